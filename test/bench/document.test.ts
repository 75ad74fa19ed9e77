import { describe, expect, it } from "vitest";
import { chart } from "../../bench/support/chart.js";
import { withFigures } from "../../bench/support/document.js";
import { ratioOfRuns, rowOfMs } from "../../bench/support/measure.js";
import { environment } from "../../bench/support/report.js";

const own = rowOfMs("Millrace, local[1]", [2], {
  ratios: [
    ratioOfRuns("plain JavaScript", [2, 2, 2], [8, 6, 10], { atLeast: 5 }),
    ratioOfRuns("DuckDB, 1 thread", [2], [4], { atLeast: 2 }),
    ratioOfRuns("RxJS", [2], [16]),
  ],
});
const rows = [own, rowOfMs("plain JavaScript", [8]), rowOfMs("DuckDB, 1 thread", [4]), rowOfMs("RxJS", [16])];
const apart = rowOfMs("first batch", [50], { target: { atMost: 40 }, ratios: [ratioOfRuns("plain", [2], [1])] });
const report = {
  environment: { ...environment("1.2.3"), time: "2030-01-02T03:04:05.000Z" },
  answers: [
    { bench: { name: "speed", question: "How fast?", notMeasured: "the rest" }, rows },
    { bench: { name: "start", question: "How soon?", notMeasured: "the rest" }, rows: [apart] },
  ],
};
const marked = (figures: string) =>
  `before\n<!-- figures: written by npm run bench:peers -->\n${figures}<!-- end of figures -->\nafter\n`;

describe("the document", () => {
  it("has figures between its marks, with ratios, aims and misses, and keeps the rest", () => {
    const text = withFigures(marked("old\n"), report, { rxjs: "7.8.2" });
    expect(text).toMatch(
      /^before\n<!-- figures: written by npm run bench:peers -->\n2030-01-02: millrace 1\.2\.3, .*; rxjs 7\.8\.2\.\n/,
    );
    expect(text.split("\n").filter((line) => line.startsWith("|"))).toEqual([
      "| bench | side | median | times as fast as | aim |",
      "|---|---|---|---|---|",
      "| `speed` | Millrace, local[1] | 2.00 ms | 4.00 x plain JavaScript<br>2.00 x DuckDB, 1 thread<br>8.00 x RxJS | 5.00 x, **missed**<br>2.00 x |",
      "|  | plain JavaScript | 8.00 ms |  |  |",
      "|  | DuckDB, 1 thread | 4.00 ms |  |  |",
      "|  | RxJS | 16.0 ms |  |  |",
      "| `start` | first batch | 50.0 ms | <br>0.50 x plain | at most 40.0 ms, **missed** |",
    ]);
    expect(text).toMatch(/\n<!-- end of figures -->\nafter\n$/);
    expect(withFigures(text, report, { rxjs: "7.8.2" })).toBe(text);
  });

  it("needs its marks", () => {
    expect(() => withFigures("no marks", report, {})).toThrow("The document needs the marks");
  });
});

describe("the chart", () => {
  it("has a bar for each side beside plain JavaScript, of the questions that this answers", () => {
    const svg = chart(report);
    const [title, ...bars] = [...svg.matchAll(/<title>([^<]+)<\/title>/g)].map(([, text]) => text);
    expect(title).toContain("multiple of plain JavaScript's");
    expect(bars).toEqual(["Millrace: 4", "DuckDB, 1 thread: 2", "RxJS: 0.5"]);
    expect(svg).toContain(">speed</text>");
    expect(svg).not.toContain(">start</text>");
    expect(svg).toContain("prefers-color-scheme:dark");
  });

  it("has faster sides further to the right, slower ones than plain JavaScript to its left", () => {
    const bars = [...chart(report).matchAll(/<rect x="([\d.]+)" y="\d+" width="([\d.]+)"/g)];
    const [millrace, duckdb, rxjs] = bars.map(([, x, width]) => ({ from: Number(x), to: Number(x) + Number(width) }));
    expect(millrace!.from).toBe(duckdb!.from);
    expect(millrace!.to).toBeGreaterThan(duckdb!.to);
    expect(rxjs!.to).toBeCloseTo(duckdb!.from, 0);
    expect(rxjs!.from).toBeLessThan(rxjs!.to);
  });
});
