// The case of Spark's StateMapSuite that tries every sequence of changes, seen through snapshots.
import { type DStream, StateSpec } from "millrace";
import { collected } from "millrace/testing";
import { afterEach, expect, test } from "vitest";
import { INTERVAL_MS, manualContext, stopContexts } from "../support/batches.js";

afterEach(stopContexts);

const BATCHES = 3;
const CHANGES_PER_BATCH = 3;
const CHANGES = BATCHES * CHANGES_PER_BATCH;

/** Change `at` of a key: to put a value, or (undefined) to remove it. The bits of the key say which. */
function changeOf(key: number, at: number): number | undefined {
  return (key >> (CHANGES - at - 1)) & 1 ? undefined : key * 100 + at;
}

test("every sequence of nine updates and removals, three in each of three batches, on a key of its own", async () => {
  const keys = Array.from({ length: 2 ** CHANGES }, (_, key) => key);
  const input = Array.from({ length: BATCHES }, (_, batch) =>
    Array.from({ length: CHANGES_PER_BATCH }, (_, index) => batch * CHANGES_PER_BATCH + index).flatMap((at) =>
      keys.map((key): [number, number] => [key, at]),
    ),
  );
  const model = new Map<number, number>();
  const expected = input.map((rows) => {
    for (const [key, at] of rows) {
      const value = changeOf(key, at);
      if (value === undefined) model.delete(key);
      else model.set(key, value);
    }
    return [...model].sort(([a], [b]) => a - b);
  });

  const { ssc, clock } = manualContext({ master: "local[2]" });
  const spec = StateSpec.function<number, number, number, number>((key, at, state) => {
    const value = changeOf(key, at!);
    if (value === undefined) state.remove();
    else state.update(value);
    return key;
  });
  const stream = (ssc.queueStream(input) as DStream<[number, number]>).mapWithState(spec);
  const snapshots = collected(stream.stateSnapshots());
  await ssc.start();
  await clock.advance(BATCHES * INTERVAL_MS);
  await ssc.stop();
  await ssc.awaitTermination();
  expect(snapshots.map((rows) => [...rows].sort(([a], [b]) => a - b))).toEqual(expected);
});
