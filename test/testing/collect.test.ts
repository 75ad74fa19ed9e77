import { ManualClock as LibraryClock, StreamingContext } from "millrace";
import { collectBatches, collected, ManualClock, runOperation } from "millrace/testing";
import { afterEach, expect, test } from "vitest";
import { manualContext, stopContexts } from "../support/batches.js";

afterEach(stopContexts);

test("collectBatches: rows with their times; a batch that does not exist leaves nothing", async () => {
  const { ssc, clock } = manualContext();
  const batches = collectBatches(ssc.queueStream([["a"], null, []]));
  void ssc.start();
  await clock.advance(3000);
  expect(batches.map(({ time, rows }) => [time.milliseconds, rows])).toEqual([
    [1000, ["a"]],
    [3000, []],
  ]);
});

test("collected: the rows alone", async () => {
  const { ssc, clock } = manualContext();
  const batches = collected(ssc.queueStream([["a"], ["b", "c"]]));
  void ssc.start();
  await clock.advance(1000);
  expect(batches).toEqual([["a"]]);
  await clock.advance(1000);
  expect(batches).toEqual([["a"], ["b", "c"]]);
});

test("runOperation: the output batches of one input or two", async () => {
  expect(await runOperation([[1, 2], [3]], (numbers) => numbers.map((n) => n * 10))).toEqual([[10, 20], [30]]);
  expect(await runOperation([["a"]], [["b"]], (one, other) => one.union(other))).toEqual([["a", "b"]]);
  expect(await runOperation([[1], [2]], (numbers) => numbers, { numBatches: 1 })).toEqual([[1]]);
});

test("runOperation leaves an engine that it was given running", async () => {
  const ssc = new StreamingContext({ batchInterval: 1000, master: "local[1]" });
  const { engine } = ssc;
  await runOperation([[1]], (numbers) => numbers, { engineOptions: { engine } });
  expect(await engine.parallelize([1, 2]).collect()).toEqual([1, 2]);
  await ssc.stop();
});

test("the entry shares the classes of the package", () => {
  expect(ManualClock).toBe(LibraryClock);
});
