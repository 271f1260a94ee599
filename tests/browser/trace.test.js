// Traces in an independent reader: speedscope, which says on the console where slices do not nest.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { launch, open } from "./browser.js";

const work = mkdtempSync(path.join(tmpdir(), "ringtail-trace-"));
const trace = path.join(work, "trace.json");
const reader = path.join(path.dirname(createRequire(import.meta.url).resolve("speedscope/package.json")), "dist/release");
let browser;

before(async () => {
  browser = await launch();
  const deployment = path.join(process.env.RINGTAIL_SOURCE, "workloads/deployments/deepseek-v3-64.yaml");
  execFileSync(process.env.RINGTAIL, ["simulate", deployment, "--set", "model.layers=6", "--steps", "1", "--replications", "1", "-q",
    "--trace", trace, "--trace-layers", "3-4"], { stdio: "ignore" });
});
after(async () => { await browser.close(); rmSync(work, { recursive: true, force: true }); });

const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".woff2": "font/woff2", ".png": "image/png" };

test("two layers of all 64 GPUs load", { timeout: 90000 }, async () => {
  const { page, errors } = await open(browser);
  await page.route("http://reader.test/**", (route) => {
    const name = new URL(route.request().url()).pathname.slice(1) || "index.html";
    try {
      route.fulfill({ body: readFileSync(path.join(reader, name)), contentType: types[path.extname(name)] ?? "application/octet-stream" });
    } catch { route.fulfill({ status: 404, body: "" }); }
  });
  await page.goto("http://reader.test/");
  await page.locator("input[type=file]").setInputFiles(trace);
  await page.waitForFunction(() => /\(\d+\/\d+\)/.test(document.body.innerText) || /GPU \d+/.test(document.title), null, { timeout: 60000 });
  const text = await page.evaluate(() => `${document.title}\n${document.body.innerText}`);
  const count = Number(/\(\d+\/(\d+)\)/.exec(text)?.[1]);
  assert.ok(count >= 64 * 4, `64 GPUs with four tracks or more, not ${count}: ${text.slice(0, 300)}`);
  assert.deepEqual(errors.filter((line) => !/404|WebGL/.test(line)), []);
  await page.context().close();
});

test("it is JSON with a process for each GPU, arrows in pairs and counters", () => {
  const events = JSON.parse(readFileSync(trace, "utf8")).traceEvents;
  const of = (phase) => events.filter((event) => event.ph === phase);
  assert.equal(of("M").filter((event) => event.name === "process_name").length, 64);
  assert.deepEqual(of("s").map((e) => e.id).sort(), of("f").map((e) => e.id).sort());
  assert.ok(of("s").length > 0 && of("C").length > 0);
  const layers = new Set(of("B").map((event) => event.args.layer).filter((layer) => layer !== undefined));
  assert.deepEqual([...layers].sort(), [3, 4]);
});
