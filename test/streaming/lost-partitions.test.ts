import { Engine } from "millrace";
import { afterEach, describe, expect, test, vi } from "vitest";
import { runningOf } from "../support/internals.js";

const engine = new Engine({ master: "local[1]" });

afterEach(() => vi.restoreAllMocks());

describe("a persisted partition that can no longer be read", () => {
  test("is computed again from its lineage, and said", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const calls: number[] = [];
    const squares = engine.parallelize([1, 2, 3, 4], 2).map((n) => {
      calls.push(n);
      return n * n;
    });
    squares.persist("MEMORY_ONLY_SER");
    expect(await squares.collect()).toEqual([1, 4, 9, 16]);
    expect(await squares.collect()).toEqual([1, 4, 9, 16]);
    expect(calls).toEqual([1, 2, 3, 4]);
    vi.spyOn((await runningOf(engine)).storage, "load").mockRejectedValueOnce(new Error("the disk is gone"));
    expect(await squares.collect()).toEqual([1, 4, 9, 16]);
    expect(calls).toEqual([1, 2, 3, 4, 1, 2]);
    expect(warn.mock.calls.flat().join()).toContain("the disk is gone");
    expect(await squares.collect()).toEqual([1, 4, 9, 16]);
    expect(calls).toHaveLength(6);
  });
});
