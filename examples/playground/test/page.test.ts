import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { OUT } from "../build.mjs";
import { serve } from "../serve.mjs";
import { type Browser, openChromium, openFirefox, type Page } from "./browsers.js";
import { Model, type Row } from "./model.js";

const PER_BATCH = 1_000;
const STEPS = 4;
const model = new Model(PER_BATCH, STEPS);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const PROGRAMS = ["word-count", "windows", "state", "join", "json", "top-k", "sketch"];

describe.each([
  ["Chromium", openChromium],
  ["Firefox", openFirefox],
] as const)("the playground in %s", (name, open) => {
  let browser: Browser;
  let page: Page;
  let served: Awaited<ReturnType<typeof serve>>;
  const folder = mkdtempSync(join(tmpdir(), "playground-"));

  beforeAll(async () => {
    served = await serve(OUT);
    browser = await open();
  });
  afterAll(async () => {
    await browser.close();
    served.server.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    page = await browser.page();
    await page.goto(served.address);
    await page.until(() => document.querySelector(".cm-content") !== null, undefined);
  });
  afterEach(async () => {
    const { errors } = page;
    await page.close();
    expect(errors).toEqual([]);
  });

  const click = (selector: string) =>
    page.evaluate((found) => document.querySelector<HTMLElement>(found)!.click(), selector);
  const text = (selector: string) =>
    page.evaluate((found) => document.querySelector<HTMLElement>(found)?.textContent ?? "", selector);
  const batch = () => text(".figures dd b");

  async function choose(program: string, linesPerSecond = PER_BATCH): Promise<void> {
    await click(`input[value="${program}"]`);
    await page.evaluate((rate) => {
      const select = document.querySelector<HTMLSelectElement>("#rate")!;
      select.value = String(rate);
      select.dispatchEvent(new Event("change", { bubbles: true }));
    }, linesPerSecond);
  }

  async function step(count: number): Promise<void> {
    for (let each = 0; each < count; each++) await click("#step");
    await showsBatch(count);
  }

  function showsBatch(count: number): Promise<void> {
    return page.until(
      (shown) => document.querySelector<HTMLElement>(".figures dd b")?.textContent === String(shown),
      count,
    );
  }

  function tableRows(): Promise<Row[]> {
    return page.evaluate(
      () =>
        [...document.querySelectorAll(".rows tbody tr")].map((row) => {
          const [key, ...values] = [...row.children].map((cell) => cell.textContent ?? "");
          return [key!, ...values.map((value) => Number(value.replaceAll(",", "")))] as [string, ...number[]];
        }),
      undefined,
    );
  }

  function bars(): Promise<Row[]> {
    return page.evaluate(
      () =>
        [...document.querySelectorAll(".bars li")].map((bar) => [
          bar.querySelector(".label")!.textContent!,
          Number(bar.querySelector(".value")!.textContent!.replaceAll(",", "")),
        ]) as Array<[string, number]>,
      undefined,
    );
  }

  async function typeProgram(code: string): Promise<void> {
    await page.evaluate(() => document.querySelector<HTMLElement>(".cm-content")!.focus(), undefined);
    await page.press("Control+a");
    await page.press("Delete");
    await page.type(code);
  }

  async function expectRows(expected: readonly Row[], printed: number): Promise<void> {
    const rows = await tableRows();
    expect(rows).toHaveLength(Math.min(printed, expected.length));
    expect(expected).toEqual(expect.arrayContaining(rows));
    const largest = expected.map((row) => row[1]!).sort((a, b) => b - a);
    expect((await bars()).map(([, value]) => value)).toEqual(largest.slice(0, 10));
  }

  it.each([
    ["word-count", () => model.wordCount(), 10],
    ["windows", () => model.windows(), 10],
    ["state", () => model.state(), 16],
    ["join", () => model.join(), 16],
    ["json", () => model.json(), 16],
  ] as const)("runs %s and shows what it should", async (program, expected, printed) => {
    await choose(program);
    await step(STEPS);
    await expectRows(expected(), printed);
    expect(await text("#failure")).toBe("");
  });

  it("ranks the pages that are edited most", async () => {
    await choose("top-k");
    await step(STEPS);
    const expected = model.titles();
    const rows = await tableRows();
    expect(expected).toEqual(expect.arrayContaining(rows));
    const largest = expected.map((row) => row[1]!).sort((a, b) => b - a);
    expect(rows.map((row) => row[1])).toEqual(largest.slice(0, 12));
  });

  it("counts editors about right, and shows the second output", async () => {
    await choose("sketch");
    await step(STEPS);
    const exact = new Map(model.editors().map(([wiki, count]) => [wiki, count!]));
    for (const [wiki, count] of await tableRows()) {
      expect(Math.abs(count! - exact.get(wiki)!) / exact.get(wiki)!).toBeLessThan(0.05);
    }
    await click("input[name=output]:not(:checked)");
    await page.until(() => document.querySelector("#outputs-title")?.textContent?.includes("sizes"), undefined);
    const sizes = await tableRows();
    expect(sizes.length).toBeGreaterThan(10);
    for (const [, median, high] of sizes) expect(high).toBeGreaterThan(median!);
  });

  it.each(PROGRAMS)("gives the same results for %s without the kernel", async (program) => {
    await choose(program);
    await step(STEPS);
    const [rows, largest] = [await tableRows(), await bars()];
    expect(await page.evaluate(() => document.querySelectorAll(".operator.kernel").length, undefined)).toBeGreaterThan(
      3,
    );
    await click("#kernel");
    await page.until(() => document.querySelectorAll(".operator.javascript").length > 3, undefined);
    await showsBatch(STEPS);
    const byKey = (all: Row[]) => all.toSorted((a, b) => (a[0] < b[0] ? -1 : 1));
    expect(
      byKey(await bars())
        .map(([, value]) => value)
        .sort(),
    ).toEqual(largest.map(([, value]) => value).sort());
    if (["state", "join", "json"].includes(program)) expect(byKey(await tableRows())).toEqual(byKey(rows));
  });

  it("runs on by itself, pauses and stops", async () => {
    await choose("word-count", 10_000);
    await click("#run");
    await page.until(() => Number(document.querySelector<HTMLElement>(".figures dd b")?.textContent) >= 3, undefined);
    await click("#run");
    await page.until(() => document.querySelector(".phase")?.textContent === "Paused", undefined);
    await click("#stop");
    await page.until(() => document.querySelector(".phase")?.textContent === "Stopped", undefined);
    expect(Number(await batch())).toBeGreaterThanOrEqual(3);
    expect(await text("#compared")).toMatch(/Kernel [\d,]+ ns/);
    const drawn = await page.evaluate(() => document.querySelectorAll(".plot canvas").length, undefined);
    expect(drawn).toBe(2);
  });

  it("shows the text and the line of an error in a lambda", async () => {
    await typeProgram(
      [
        `import { StreamingContext } from "millrace";`,
        `const ssc: StreamingContext = new StreamingContext({ batchInterval: 1000 });`,
        `const lines = ssc.pushStream();`,
        `lines.map((line: string) => { if (line.length > 0) throw new RangeError("no such mill"); return line; }).print();`,
        `ssc.start();`,
      ].join("\n"),
    );
    await page.press("Control+Enter");
    await page.until(() => document.querySelector("#failure h2") !== null, undefined);
    expect(await text("#failure")).toContain("Line 4");
    expect(await text("#failure")).toContain("no such mill");
    expect(await text(".phase")).toBe("Failed");
    expect(await page.evaluate(() => document.querySelectorAll(".cm-lint-marker-error").length, undefined)).toBe(1);
  });

  it.each([
    ["what is no TypeScript", "const lines = ;", "Line 1"],
    ["an import of something else", `import { readFileSync } from "node:fs";\nreadFileSync("/etc/hosts");`, "node:fs"],
    ["a program that starts nothing", `import { Seconds } from "millrace"; Seconds(1);`, "start()"],
    [
      "options that the library refuses",
      `import { StreamingContext } from "millrace";\nnew StreamingContext({ batchInterval: 0 }).start();`,
      "Line 2",
    ],
  ])("says what is wrong with %s", async (_, code, says) => {
    await typeProgram(code);
    await page.press("Control+Enter");
    await page.until(() => document.querySelector("#failure h2") !== null, undefined);
    expect(await text("#failure")).toContain(says);
  });

  it("ends a program that hangs", async () => {
    await typeProgram("while (true) {}");
    await page.press("Control+Enter");
    await page.until(() => document.querySelector(".phase")?.textContent === "Starting", undefined);
    await click("#stop");
    await page.until(() => document.querySelector(".phase")?.textContent === "Stopped", undefined);
    await click("#reset");
    await step(1);
  });

  it("runs by the keyboard alone", async () => {
    const focused = () => page.evaluate(() => document.activeElement?.id ?? "", undefined);
    const visited: string[] = [];
    while ((await focused()) !== "kernel" && visited.length < 20) {
      await page.press("Tab");
      visited.push(await focused());
      if ((await focused()) === "run") {
        await page.press("Enter");
        await page.until(
          () => Number(document.querySelector<HTMLElement>(".figures dd b")?.textContent) >= 1,
          undefined,
        );
      }
    }
    // In this order; the editor is left by the key that enters it.
    expect(visited.filter((id) => ["theme", "program-text", "run", "step", "stop", "kernel"].includes(id))).toEqual([
      "theme",
      "program-text",
      "run",
      "step",
      "stop",
      "kernel",
    ]);
    await page.press(" ");
    await page.until(() => document.querySelectorAll(".operator.javascript").length > 3, undefined);
    expect(await text("#status")).toContain("Running.");
  });

  it("reads the lines of a file and ends with it", async () => {
    const path = join(folder, `${name}.txt`);
    writeFileSync(path, `${"to be or not to be\n".repeat(1_500)}the last line has no end`);
    await choose("word-count");
    await page.setFile("#file", path);
    await click("#run");
    await page.until(() => document.querySelector(".phase")?.textContent === "Stopped", undefined);
    expect(await batch()).toBe("2");
    expect(await bars()).toEqual(
      expect.arrayContaining([
        ["to", 1_000],
        ["be", 1_000],
        ["last", 1],
        ["end", 1],
      ]),
    );
    expect(await text(".input .note")).toContain(`${name}.txt`);
  });

  it("shows a live feed, or says that it is made up", async () => {
    await choose("json");
    await click("input[value=live]");
    await click("#step");
    await showsBatch(1);
    expect(await text(".input .note")).toMatch(
      /^(Edits of all Wikimedia's wikis, as they happen|Wikimedia's feed cannot be reached from here\. These are made up)/,
    );
  });

  it.each(["light", "dark"])("has nothing that a checker of accessibility finds, %s", async (theme) => {
    const shown = await page.evaluate(() => document.documentElement.dataset.theme, undefined);
    if (shown !== theme) await click("#theme");
    await page.until((wanted) => document.documentElement.dataset.theme === wanted, theme);
    await page.evaluate((source) => void new Function(source)(), axe);
    const found = () =>
      page.evaluate(async () => {
        // Colours that are on their way to others are neither; one that goes on for ever is no colour.
        const passing = document
          .getAnimations()
          .filter(({ effect }) => effect?.getTiming().iterations !== Number.POSITIVE_INFINITY);
        await Promise.allSettled(passing.map(({ finished }) => finished));
        const { axe: checker } = globalThis as unknown as {
          axe: { run(): Promise<{ violations: Array<{ id: string; nodes: Array<{ html: string }> }> }> };
        };
        const { violations } = await checker.run();
        return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
      }, undefined);
    expect(await found()).toEqual([]);
    await choose("sketch");
    await step(2);
    await click("#kernel");
    await page.until(() => document.querySelectorAll(".operator.javascript").length > 3, undefined);
    expect(await found()).toEqual([]);
    await typeProgram("const lines = ;");
    await page.press("Control+Enter");
    await page.until(() => document.querySelector("#failure h2") !== null, undefined);
    expect(await found()).toEqual([]);
  });

  it("fits a phone: nothing scrolls sideways", async () => {
    await page.size(360, 740);
    for (const program of PROGRAMS) {
      await choose(program);
      await step(2);
      const [content, width] = await page.evaluate(
        () => [document.documentElement.scrollWidth, document.documentElement.clientWidth],
        undefined,
      );
      expect(content, program).toBeLessThanOrEqual(width!);
    }
  });
});
