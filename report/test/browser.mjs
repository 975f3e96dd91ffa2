// The page in a real browser: loads offline under its policy, answers to clicks and keys, and axe finds nothing serious.
// usage: node test/browser.mjs PAGE.html [FOLDER for screenshots]
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const page_url = pathToFileURL(resolve(process.argv[2])).href;
const shots = process.argv[3];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const complaints = [];

// axe runs by the debugger, which the page's policy does not bind
async function open(options) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, acceptDownloads: true, ...options });
  const page = await context.newPage();
  page.on("console", (m) => ["error", "warning"].includes(m.type()) && complaints.push(m.text()));
  page.on("pageerror", (e) => complaints.push(String(e)));
  page.on("dialog", (d) => (complaints.push(`a dialog: ${d.message()}`), d.dismiss()));
  page.on("request", (r) => r.url() !== page_url && !r.url().startsWith("blob:") && complaints.push(`asked for ${r.url()}`));
  const start = performance.now();
  await page.goto(page_url);
  await page.waitForSelector("html[data-ready=yes]");
  page.seconds = (performance.now() - start) / 1000;
  return page;
}

async function checkAccess(page, what) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Runtime.evaluate", { expression: axe });
  const { result } = await cdp.send("Runtime.evaluate", { expression: "axe.run().then((r) => JSON.stringify(r.violations))", awaitPromise: true, returnByValue: true });
  const found = JSON.parse(result.value).map((v) => `${v.impact}: ${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => `${n.html.slice(0, 120)} ${n.any.map((a) => a.message)}`).join(" | ")}`);
  found.forEach((f) => console.log(`axe, ${what}: ${f}`));
  assert.equal(found.filter((f) => /^(serious|critical)/.test(f)).length, 0, `axe: ${what}`);
}

async function shoot(page, name, full = true) {
  if (shots) await page.screenshot({ path: join(shots, `${name}.png`), fullPage: full });
}

async function saved(page, button) {
  const [download] = await Promise.all([page.waitForEvent("download"), button.click()]);
  return readFileSync(await download.path(), "utf8");
}

// light: charts, tree, heat map, evidence
{
  const page = await open({ colorScheme: "light" });
  const words = async (where) => assert.doesNotMatch(await page.locator(where).innerText(), /undefined|NaN|null|\[object/, `${where} is readable`);
  console.log(`loaded in ${page.seconds.toFixed(2)} s`);
  const data = await page.evaluate(() => JSON.parse(document.getElementById("data").textContent));
  const guarded = data.meta.suppress_below !== undefined;
  if (process.env.PAGE_SECONDS) assert.ok(page.seconds < +process.env.PAGE_SECONDS, `loads in ${process.env.PAGE_SECONDS} s`);
  assert.ok((await page.locator("#trends figure svg").count()) > 0, "charts");
  assert.equal(await page.locator("#trends figure").count(), await page.locator("#trends svg[role=img][aria-label]").count(), "charts have names");
  await checkAccess(page, "light");
  await words("body");
  await shoot(page, "light");

  // the numbers of the heat map are those of the data
  const cell = page.locator("#heat .cell:not(.hidden-count)").first();
  const name = await cell.getAttribute("aria-label");
  const [, label, period, with_, of] = name.match(/^(.*), (\S+): .*?(\d+) of (\d+) reviews$/);
  const index = data.themes.findIndex((t) => t.label === label || `${t.label} (${t.code})` === label);
  const group = data.groups.find((g) => g.period === period);
  assert.equal(group.reviews_with[index], +with_);
  assert.equal(group.reviews, +of);

  // keyboard: arrow, Enter opens the evidence, Escape gives the focus back
  await cell.focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  const at = await page.evaluate(() => document.activeElement.getAttribute("aria-label"));
  assert.notEqual(at, name, "arrow keys move");
  await page.keyboard.press("Enter");
  assert.ok(await page.locator("dialog[open]").isVisible(), "Enter opens the dialog");
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("dialog[open]").count(), 0);
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), at, "focus comes back");
  assert.equal(await page.locator("#heat .cell[tabindex='0']").count(), 1, "one tab stop");

  // hidden counts are marks, in the page and in what is saved; no review is named
  if (guarded) {
    const hidden = data.groups.flatMap((g) => g.reviews_with.filter((n) => typeof n !== "number"));
    assert.ok(hidden.every((n) => n === "[c]" || n === `<${data.meta.suppress_below}`), "marks");
    assert.ok(data.groups.every((g) => g.reviews_with.every((n) => typeof n !== "number" || n === 0 || n >= data.meta.suppress_below)), "no small number");
    assert.ok((data.evidence ?? []).every((e) => e[2] === "" && e[3] === "" && typeof data.groups[e[1]].reviews_with[e[0]] === "number"), "no review, no phrase of a hidden count");
    assert.equal(data.undated, undefined);
    assert.ok(data.trends.every((t) => t?.carried_by === undefined));
    assert.match(await page.locator("header").innerText(), /are withheld/);
    assert.doesNotMatch(await saved(page, page.locator("#trends .save")), new RegExp(`,[1-${data.meta.suppress_below - 1}],\\d+,`));
  }

  // a cell with phrases shows them, marked
  if (data.evidence) {
    const cells = page.locator("#heat .cell:not(.s0):not(.hidden-count)");
    for (let i = 0; i === 0 || (guarded && i < (await cells.count()) && !(await page.locator("dialog mark").count())); i++) { // where some are withheld a cell may have none to show
      if (i) await page.locator("dialog .close").click();
      await cells.nth(i).click();
    }
    assert.ok((await page.locator("dialog mark").count()) > 0, "phrases");
    await words("dialog");
    await checkAccess(page, "evidence");
    await shoot(page, "evidence", false);
    assert.match(await saved(page, page.locator("dialog .save")), guarded ? /^theme,period,left,/ : /^theme,period,review,/);
    await page.locator("dialog .close").click();
    await page.locator("#find").fill("domestic");
    await page.waitForFunction(() => /phrases/.test(document.querySelector("#evidence [role=status]").textContent));
    assert.ok((await page.locator("#evidence .phrases li").count()) > 0, "search");
  } else {
    assert.match(await page.locator("#evidence").innerText(), /holds no phrases/);
  }

  // change, lift, own scales
  await page.locator("#signed").check();
  assert.ok(guarded || (await page.locator("#heat .cell.d0, #heat .cell.up1, #heat .cell.up2, #heat .cell.up3, #heat .cell.down1, #heat .cell.down2, #heat .cell.down3").count()) > 0);
  await page.locator("#lift").check();
  await page.locator("#same-scale").uncheck();
  assert.match(await page.locator("#trends .note").first().innerText(), /scale of its own/);
  await checkAccess(page, "change");
  await shoot(page, "change");

  // the tree
  await page.getByRole("button", { name: "None", exact: true }).click();
  assert.equal(await page.locator("#trends figure").count(), 0);
  await page.getByText("Choose from the theme tree").click();
  await page.locator("#theme-0").check();
  assert.equal(await page.locator("#trends figure").count(), 1);
  assert.equal(await page.locator("#heat tbody tr").count(), 1);
  await checkAccess(page, "tree");
  await shoot(page, "tree", false);
  await page.getByRole("button", { name: "All", exact: true }).click();
  assert.equal(await page.locator("#heat tbody tr").count(), data.themes.length);
  await page.getByRole("button", { name: "Strongest trends" }).click();

  // sorting by q, then by effect both ways
  if (await page.locator("#tests table").count()) {
    const column = async (i) => (await page.locator(`#tests tbody tr > :nth-child(${i})`).allInnerTexts()).filter((t) => t).map((t) => +t.replace("−", "-").replace("<", ""));
    const sorted = (list, sign) => list.every((x, i) => i === 0 || sign * (x - list[i - 1]) >= 0);
    assert.ok(sorted(await column(7), 1), "by q at first");
    await page.locator("#tests").getByRole("button", { name: "Effect" }).click();
    assert.ok(sorted(await column(4), -1), "by effect, largest first");
    assert.equal(await page.locator("#tests th[aria-sort=descending]").count(), 1);
    await page.locator("#tests").getByRole("button", { name: "Effect" }).click();
    assert.ok(sorted(await column(4), 1), "by effect, least first");
  } else {
    assert.match(await page.locator("#tests").innerText(), /withheld|no trends/);
  }

  // long patterns are short in the table, whole in the title and in the csv
  for (const span of await page.locator("#tests tbody td:last-child span[title]").all()) {
    assert.match(await span.innerText(), /… \d+ more\}|…$/);
    assert.ok(data.trends.map((t) => t?.carried_by).includes(await span.getAttribute("title")), "the title is the pattern");
  }
  assert.ok(await page.locator("#tests tbody tr").evaluateAll((rows) => rows.every((r) => r.offsetHeight < 140)), "no row of the tests is a page long");

  // regions add up to the reviews
  if (data.sets) {
    if (!guarded) assert.equal(data.sets.regions.reduce((sum, r) => sum + r.reviews, 0), data.total.reviews);
    const regions = await saved(page, page.locator("#sets .save"));
    assert.equal(regions.trim().split("\n").length, 1 + data.sets.regions.length);
  }
  await page.getByRole("button", { name: "Most found" }).click();
  // each chart's numbers open as a table
  await page.locator("#trends details.data summary").click();
  await page.locator("#trends details.data tbody tr").first().waitFor({ timeout: 10000 });
  assert.match(await saved(page, page.locator("#trends .save")), /^theme,period,reviews_with,reviews,share,share_low,share_high\n/);
  await page.context().close();
}

// dark, narrow, print
{
  const page = await open({ colorScheme: "dark" });
  await checkAccess(page, "dark");
  await shoot(page, "dark");
  await page.locator("#signed").check();
  await checkAccess(page, "dark change");
  await page.locator("#lift").check();
  await page.locator("#heat").scrollIntoViewIfNeeded();
  await shoot(page, "dark-change", false);
  await page.context().close();
}
{
  const page = await open({ colorScheme: "light", viewport: { width: 390, height: 800 } });
  await checkAccess(page, "narrow");
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth + 1), "no sideways scrolling of the page");
  await shoot(page, "narrow", false);
  await page.context().close();
}
{
  const page = await open({ colorScheme: "dark" });
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)", "print is light");
  await shoot(page, "print");
  assert.ok(await page.locator("#tests .sort").evaluateAll((list) => list.every((b) => getComputedStyle(b).display === "contents")), "the head of the tests is repeated on each page");
  if (shots) await page.pdf({ path: join(shots, "print.pdf"), format: "A4", printBackground: false });
  await page.context().close();
}
await browser.close();
assert.deepEqual(complaints, []);
console.log("report page: all right");
