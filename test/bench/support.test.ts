import { describe, expect, it } from "vitest";
import type { Row, Target } from "../../bench/support/bench.js";
import { checksumOf, merged } from "../../bench/support/checksum.js";
import { agreed, alternate, median, ratio, rowOfBytes, rowOfMs } from "../../bench/support/measure.js";
import { answerText, environment, isReached, jsonReport, keepsLimits } from "../../bench/support/report.js";
import { bookText } from "../../bench/support/text.js";

const bench = { name: "speed", question: "How fast?", notMeasured: "the rest" };

describe("alternate", () => {
  it("runs the contenders in turn and counts the rounds after the warm-up", async () => {
    const order: string[] = [];
    const contender = (what: string, ms: number) => ({
      what,
      measuresItself: true as const,
      run: () => {
        order.push(what);
        return ms;
      },
    });
    const times = await alternate([contender("A", 1), contender("B", 2)], { rounds: 2, warmUpRounds: 1 });
    expect(order.join(" ")).toBe("A B A B A B");
    expect(times).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  it("passes on what a run throws", async () => {
    const failing = { what: "A", run: () => Promise.reject(new Error("no")) };
    await expect(alternate([failing], { rounds: 1, warmUpRounds: 0 })).rejects.toThrow("no");
  });
});

describe("rows", () => {
  it("have the median of their runs", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(rowOfBytes("A", 2_000_000, [1, 2, 4])).toMatchObject({ unit: "MB/s", median: 1000, min: 500, max: 2000 });
  });

  it("compare so that more is faster, in either unit", () => {
    expect(ratio(rowOfMs("A", [1]), rowOfMs("B", [3])).value).toBe(3);
    expect(ratio(rowOfBytes("A", 9, [1]), rowOfBytes("B", 9, [3])).value).toBe(3);
  });

  it("must agree on their checksum where they have one", () => {
    const rows = [rowOfMs("A", [1], { checksum: "x" }), rowOfMs("B", [1]), rowOfMs("C", [1], { checksum: "x" })];
    expect(agreed(rows)).toBe(rows);
    expect(() => agreed([...rows, rowOfMs("D", [1], { checksum: "y" })])).toThrow("A computed x, D computed y.");
  });
});

describe("checksumOf", () => {
  it("does not depend on the order, but on every word and count", () => {
    const pairs: Array<[string, number]> = [
      ["a", 2],
      ["b", 1],
    ];
    expect(checksumOf([...pairs].reverse())).toBe(checksumOf(pairs));
    expect(checksumOf(pairs)).toMatch(/^2 keys, 3 in all, /);
    expect(
      checksumOf([
        ["a", 1],
        ["b", 2],
      ]),
    ).not.toBe(checksumOf(pairs));
    expect(
      checksumOf([
        ["a", 2],
        ["c", 1],
      ]),
    ).not.toBe(checksumOf(pairs));
    expect(checksumOf(merged([[["a", 1]], pairs, []]))).toBe(
      checksumOf([
        ["a", 3],
        ["b", 1],
      ]),
    );
  });
});

describe("the text", () => {
  it("is the same each time, repeats the book, and ends with a whole line", () => {
    const text = bookText(3_000_000);
    expect(text.length).toBeGreaterThan(2_990_000);
    expect(text.length).toBeLessThanOrEqual(3_000_000);
    expect(text.at(-1)).toBe(10);
    expect(Buffer.from(text).equals(bookText(3_000_000))).toBe(true);
    expect(Buffer.from(text).toString().split("Call me Ishmael.").length - 1).toBe(3);
  });
});

describe("reports", () => {
  const plain = rowOfMs("plain", [4], { checksum: "x" });
  const own = rowOfMs("own", [2], { checksum: "x", target: { atMost: 1 }, bytesCopied: { in: 5, out: 7 } });
  const rows: Row[] = [{ ...own, ratios: [ratio(own, plain, { atLeast: 2 })] }, plain];

  it("say whether a target is reached, its bound included", () => {
    expect([isReached(2, { atLeast: 2 }), isReached(1.9, { atLeast: 2 })]).toEqual([true, false]);
    expect([isReached(2, { atMost: 2 }), isReached(2.1, { atMost: 2 })]).toEqual([true, false]);
  });

  it("keep limits, which only a target that is one can miss", () => {
    const withTarget = (target: Target) => ({
      environment: environment("1.2.3"),
      answers: [{ bench, rows: [rowOfMs("own", [2], { target })] }],
    });
    expect(keepsLimits(withTarget({ atMost: 1 }))).toBe(true);
    expect(keepsLimits(withTarget({ atMost: 2, isLimit: true }))).toBe(true);
    expect(keepsLimits(withTarget({ atMost: 1, isLimit: true }))).toBe(false);
  });

  it("print every row, ratio and verdict", () => {
    expect(answerText({ bench, rows })).toBe(
      [
        "speed: How fast?",
        "  not measured: the rest",
        "  own    2.00 ms (2.00 to 2.00, 1 runs); target at most 1.00 ms: MISSED; copied in 5, out 7 bytes",
        "         2.00 x plain; target at least 2.00 x: reached",
        "  plain  4.00 ms (4.00 to 4.00, 1 runs)",
        "  checksum of all: x",
        "",
      ].join("\n"),
    );
  });

  it("are one JSON document with the machine", () => {
    const document = JSON.parse(jsonReport({ environment: environment("1.2.3"), answers: [{ bench, rows }] }));
    expect(document.environment).toMatchObject({ millrace: "1.2.3", runtime: `Node ${process.versions.node}` });
    expect(document.benches[0]).toMatchObject(bench);
    expect(document.benches[0].rows[0]).toMatchObject({ median: 2, target: { atMost: 1, reached: false } });
    expect(document.benches[0].rows[0].ratios[0]).toEqual({
      to: "plain",
      value: 2,
      target: { atLeast: 2, reached: true },
    });
  });
});
