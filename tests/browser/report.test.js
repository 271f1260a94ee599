// Reports as a reader meets them: in a browser, with pointer and keyboard.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { fingerprint, launch, open } from "./browser.js";

const ringtail = process.env.RINGTAIL, source = process.env.RINGTAIL_SOURCE;
const work = mkdtempSync(path.join(tmpdir(), "ringtail-browser-"));
const deployment = (name) => path.join(source, "workloads/deployments", `${name}.yaml`);
const run = (...words) => execFileSync(ringtail, words, { cwd: work, encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "inherit"] });
const quick = ["--steps", "1", "--replications", "2", "-q"];

function simulate(name, ...words) {
  writeFileSync(path.join(work, `${name}.json`), run("simulate", ...words, ...quick, "--format", "json", "--detail"));
}

// Six layers of DeepSeek-V3 on all 64 GPUs with the ladder of a smaller one, its dense counterpart, and a small study.
const makers = {
  moe() {
    simulate("moe", deployment("deepseek-v3-64"), "--set", "model.layers=6");
    const small = ["--set", "gpus=8", "--set", "parallelism={attention: {dp: 8}, ffn: {ep: 8}}", "--set", "decode.batch={total: 64}",
      "--set", "platform.gpu.hbm.capacity=1TB", "--set", "model.layers=5"];
    for (const [name, flags] of [["compared", []], ["ladder", ["--ladder"]]])
      writeFileSync(path.join(work, `${name}.json`), run("compare", deployment("deepseek-v3-64"), ...small, ...flags, "--steps", "1", "--replications", "2", "-q", "--format", "json"));
    writeFileSync(path.join(work, "qs.json"), run("qs", "--model", "mixtral-8x7b", "--platform", "h100-sxm", "--gpus", "8", "--part", "map", "--sizes", "2", "--sizes", "8",
      "--contexts", "1k", "--contexts", "64k", "--set", "model.layers=4", "--steps", "1", "--replications", "2", "-q", "--format", "json"));
    run("report", "moe.json", "compared.json", "ladder.json", "qs.json", "-q");
  },
  dense() {
    simulate("dense", deployment("llama-3.1-405b-8xh100"), "--set", "model.layers=6");
    run("report", "dense.json", "-q");
  },
  study() {
    run("sweep", path.join(source, "workloads/studies/smoke.yaml"), "-o", "study.results", "--set", "run.steps=1", "--set", "model.layers=4", "-q");
    run("report", "study.results", "-q", "-o", "study.html");
  },
};

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser.close(); rmSync(work, { recursive: true, force: true }); });

async function openReport(name, options) {
  const opened = await open(browser, options);
  await opened.page.goto(`file://${path.join(work, `${name}.html`)}`);
  return opened;
}

// All of a chart's marks that can be seen, and text that lies outside of its picture.
const lookAt = (all) => all.map((svg) => {
  const box = svg.viewBox.baseVal;
  const marks = [...svg.querySelectorAll(".mark")].filter((mark) => { const b = mark.getBoundingClientRect(); return b.width > 0 && b.height > 0; });
  const inverse = svg.getScreenCTM().inverse();
  const clipped = [...svg.querySelectorAll("text")].filter((text) => {
    const b = text.getBoundingClientRect();
    if (b.width === 0) return false;
    const from = new DOMPoint(b.left, b.top).matrixTransform(inverse), to = new DOMPoint(b.right, b.bottom).matrixTransform(inverse);
    return from.x < -1 || from.y < -1 || to.x > box.width + 1 || to.y > box.height + 1;
  }).map((text) => text.textContent);
  return { id: svg.dataset.figure, marks: marks.length, clipped, broken: /NaN|undefined|Infinity/.test(svg.outerHTML) };
});

const golden = (name) => path.join(source, "tests/browser/golden", `${name}.json`);

// Far off: other data, colours or places of charts. Near: fonts, and times that change by percents.
async function compareWithGolden(name, png) {
  const columns = 24, rows = 24, cells = await fingerprint(browser, png, columns, rows);
  if (process.env.RINGTAIL_WRITE_GOLDEN) { writeFileSync(golden(name), `${JSON.stringify(cells)}\n`); return; }
  const wanted = JSON.parse(readFileSync(golden(name), "utf8"));
  const mean = cells.reduce((sum, cell, i) => sum + Math.abs(cell - wanted[i]), 0) / cells.length;
  assert.ok(mean < 12, `${name} looks different: ${mean.toFixed(1)} of 255 on average; RINGTAIL_WRITE_GOLDEN=1 accepts it after a look`);
}

const expected = {
  moe: ["r0-breakdown", "r0-timeline", "r0-gpus", "r0-load", "r0-traffic", "r0-overlap", "r0-path", "r0-ledger", "c0-0-terms", "l0-0-ladder", "q0-map"],
  dense: ["r0-breakdown", "r0-timeline", "r0-gpus", "r0-load", "r0-traffic", "r0-overlap", "r0-path", "r0-ledger"],
  study: ["s0-multiples", "s0-front", "s0-steps"],
};

for (const name of Object.keys(expected)) {
  describe(`the report of ${name}`, () => {
    before(() => makers[name]());

    test("opens by itself, soon, without errors, with every chart drawn", async () => {
      const { page, errors, requests } = await openReport(name);
      const charts = await page.$$eval("svg.chart", lookAt);
      assert.deepEqual(charts.map((chart) => chart.id), expected[name]);
      for (const chart of charts) {
        assert.ok(chart.marks > 0, `${chart.id} shows nothing`);
        assert.deepEqual(chart.clipped, [], `${chart.id} has clipped labels`);
        assert.ok(!chart.broken, `${chart.id} has numbers that are none`);
      }
      assert.equal(requests.filter((url) => !url.startsWith("data:") && !url.startsWith(`file://${work}`)).join(), "");
      assert.deepEqual(errors, []);
      const loaded = await page.evaluate(() => performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd);
      console.log(`${name}: ${statSync(path.join(work, `${name}.html`)).size} bytes, there after ${Math.round(loaded)} ms`);
      assert.ok(statSync(path.join(work, `${name}.html`)).size < 3e6);
      assert.ok(loaded < 5000, "two seconds, and what a busy machine adds");
      await page.context().close();
    });

    test("answers pointer and keyboard", async () => {
      const { page, errors } = await openReport(name);
      const tip = page.locator("#tip");
      for (const id of expected[name]) {
        const svg = page.locator(`svg[data-figure="${id}"]`);
        await svg.scrollIntoViewIfNeeded();
        const largest = await svg.evaluate((node) => {
          const boxes = [...node.querySelectorAll(".mark")].map((m) => m.getBoundingClientRect()).filter((b) => b.top >= 0 && b.bottom <= innerHeight);
          const box = boxes.reduce((a, b) => (b.width * b.height > a.width * a.height ? b : a));
          return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
        });
        await page.mouse.move(largest.x, largest.y);
        await tip.waitFor({ state: "visible", timeout: 3000 });
        await page.mouse.move(0, 0);
        await tip.waitFor({ state: "hidden", timeout: 3000 });
        await svg.focus();
        await page.keyboard.press("ArrowRight");
        assert.notEqual(await tip.textContent(), "", id);
        await tip.waitFor({ state: "visible", timeout: 3000 });
        await page.keyboard.press("Escape");
        await page.locator(`figure#${id} summary`).focus();
        await page.keyboard.press("Enter");
        await page.locator(`figure#${id} tbody tr`).first().waitFor({ timeout: 3000 });
        await page.keyboard.press("Tab");
        assert.equal(await page.evaluate(() => document.activeElement.textContent), "Download CSV");
        const download = page.waitForEvent("download");
        await page.keyboard.press("Enter");
        const file = await (await download).path();
        const lines = readFileSync(file, "utf8").trimEnd().split("\r\n");
        assert.equal(lines.length - 1, await page.locator(`figure#${id} tbody tr`).count(), id);
        await page.locator(`figure#${id} summary`).press("Enter");
      }
      assert.deepEqual(errors, []);
      await page.context().close();
    });

    test("changes with its controls and in the dark", async () => {
      const { page, errors } = await openReport(name);
      const unchanged = [];
      for (const select of await page.locator("figure select").all()) {
        const svg = select.locator("xpath=ancestor::figure//*[local-name()='svg']");
        const values = await select.locator("option").evaluateAll((all) => all.map((o) => o.value));
        const before = await svg.innerHTML();
        await select.selectOption(values[values.length - 1]);
        if (values.length > 1 && (await svg.innerHTML()) === before) unchanged.push(await svg.getAttribute("data-figure"));
      }
      if (name !== "dense") assert.deepEqual(unchanged, []);  // GPUs of one TP group are alike in any order.
      await page.locator("#theme").click();
      const charts = await page.$$eval("svg.chart", lookAt);
      for (const chart of charts) assert.ok(chart.marks > 0 && !chart.broken && chart.clipped.length === 0, JSON.stringify(chart));
      assert.deepEqual(errors, []);
      await page.context().close();
    });

    // On a phone text is as large as elsewhere, so charts are scrolled, but not the page.
    test("can be read in a narrow window", async () => {
      const { page, errors } = await openReport(name, { viewport: { width: 420, height: 900 } });
      const charts = await page.$$eval("svg.chart", lookAt);
      for (const chart of charts) assert.ok(chart.marks > 0 && !chart.broken && chart.clipped.length === 0, JSON.stringify(chart));
      const scales = await page.$$eval("svg.chart", (all) => all.map((svg) => svg.getBoundingClientRect().width / svg.viewBox.baseVal.width));
      assert.ok(Math.min(...scales) > 0.99, `text is scaled by ${Math.min(...scales)}`);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 420);
      await page.setViewportSize({ width: 1200, height: 900 });
      await page.waitForFunction(() => document.querySelector("svg.chart").viewBox.baseVal.width === 1040, null, { timeout: 3000 });
      assert.deepEqual(errors, []);
      await page.context().close();
    });

    test("looks as it did", async () => {
      const { page } = await openReport(name, { colorScheme: "light" });
      await compareWithGolden(name, await page.screenshot({ fullPage: true }));
      await page.context().close();
    });
  });
}

// Balanced routing loads all GPUs alike: a heat map says so, and has the colour of 1 in all its cells.
test("equal loads look equal", async () => {
  simulate("even", deployment("deepseek-v3-64"), "--set", "model.layers=5", "--set", "routing.popularity=balanced");
  run("report", "even.json", "-q");
  const { page, errors } = await openReport("even");
  const heat = page.locator('svg[data-figure="r0-load"]');
  assert.match(await heat.textContent(), /copies over the layer's mean; all equal: 1 ×/);
  assert.equal(new Set(await heat.locator(".mark").evaluateAll((all) => all.map((m) => m.getAttribute("fill")))).size, 1);
  assert.deepEqual(errors, []);
  await page.context().close();
});

test("the timeline zooms and comes back", async () => {
  const { page, errors } = await openReport("moe");
  const figure = page.locator("figure#r0-timeline"), svg = figure.locator("svg");
  const whole = await svg.innerHTML();
  await figure.getByRole("button", { name: "Zoom in" }).press("Enter");
  assert.notEqual(await svg.innerHTML(), whole);
  await figure.getByRole("button", { name: "Whole" }).press("Enter");
  assert.equal(await svg.innerHTML(), whole);
  assert.deepEqual(errors, []);
  await page.context().close();
});

test("the data are those of the result", async () => {
  const { page } = await openReport("moe");
  const result = JSON.parse(readFileSync(path.join(work, "moe.json"), "utf8"));
  const figure = page.locator("figure#r0-breakdown");
  await figure.locator("summary").click();
  const rows = await figure.locator("tbody tr").evaluateAll((all) => all.map((row) => Number(row.children[1].textContent)));
  const sum = rows.reduce((a, b) => a + b, 0);
  assert.ok(Math.abs(sum / result.step.seconds.mean - 1) < 1e-5, "states add up to the step");
  await page.context().close();
});

test("figures are whole files of SVG and PDF", () => {
  run("report", "study.results", "-q", "-o", "study.html", "--figures", "figures");
  for (const id of expected.study) {
    assert.match(readFileSync(path.join(work, "figures", `${id}.svg`), "utf8"), /^<svg .*xmlns="http:\/\/www.w3.org\/2000\/svg"[\s\S]*<\/svg>\n$/);
    assert.match(readFileSync(path.join(work, "figures", `${id}.pdf`), "latin1"), /^%PDF/);
  }
});
