// Chromium, and what tests ask of any page.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

export const chromiumPath = "/usr/bin/chromium";

export async function launch() {
  assert.ok(existsSync(chromiumPath));
  return chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox", "--disable-gpu"] });
}

// A page that remembers what went wrong and what it asked for.
export async function open(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, acceptDownloads: true, ...options });
  const page = await context.newPage();
  const errors = [], requests = [];
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) errors.push(message.text()); });
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("request", (request) => requests.push(request.url()));
  return { page, errors, requests };
}

// The picture in cells of mean colours: what is left of it when it is looked at from afar.
export async function fingerprint(browser, png, columns, rows) {
  const { page } = await open(browser);
  const cells = await page.evaluate(async ({ url, columns: w, rows: h }) => {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = new OffscreenCanvas(w, h), context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(image, 0, 0, w, h);
    return [...context.getImageData(0, 0, w, h).data].filter((_, i) => i % 4 !== 3);
  }, { url: `data:image/png;base64,${png.toString("base64")}`, columns, rows });
  await page.context().close();
  return cells;
}
