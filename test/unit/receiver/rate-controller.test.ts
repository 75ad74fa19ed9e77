import { expect, test } from "vitest";
import type { BatchInfo } from "../../../src/batch/listener.js";
import type { StreamInput } from "../../../src/batch/stream-input.js";
import { RateController } from "../../../src/receiver/rate-controller.js";
import { Time } from "../../../src/time/time.js";

/** A batch that was processed between two times, with so many records of each input. */
function batch(
  startMs: number,
  endMs: number,
  records: readonly number[],
  schedulingDelay = 0,
): { batchInfo: BatchInfo } {
  return {
    batchInfo: {
      batchTime: new Time(endMs),
      submissionTime: startMs - schedulingDelay,
      processingStartTime: startMs,
      processingEndTime: endMs,
      schedulingDelay,
      processingDelay: endMs - startMs,
      totalDelay: schedulingDelay + endMs - startMs,
      numRecords: records.reduce((sum, count) => sum + count, 0),
      streamIdToInputInfo: new Map(records.map((numRecords, streamId) => [streamId, { numRecords }])),
      outputOperationInfos: [],
    },
  };
}

function inputs(...limited: boolean[]) {
  const published: number[][] = limited.map(() => []);
  const map = new Map<number, StreamInput>();
  for (const [id, isLimited] of limited.entries()) {
    map.set(id, (isLimited ? { updateRate: (rate: number) => void published[id]!.push(rate) } : {}) as StreamInput);
  }
  return { map, published };
}

test("each receiver gets a rate of its own after each batch, as a whole number; others none", () => {
  const { map, published } = inputs(true, false, true);
  const controller = new RateController(1000, map, { minRate: 1 });
  controller.onBatchCompleted(batch(1000, 1300, [100, 50, 10]));
  expect(published).toEqual([[], [], []]);
  controller.onBatchCompleted(batch(2000, 2300, [100, 50, 0]));
  // 100 records in 300 ms: 333.3 a second.
  expect(published).toEqual([[333], [], []]);
  controller.onBatchCompleted(batch(3000, 3300, [100, 50, 10]));
  expect(published).toEqual([[333, 333], [], [33]]);
});

test("the defaults: proportional 1, integral 0.2, no derivative, at least 100", () => {
  const { map, published } = inputs(true);
  const controller = new RateController(1000, map, {});
  controller.onBatchCompleted(batch(1000, 2000, [1000]));
  controller.onBatchCompleted(batch(3000, 4000, [500], 400));
  // 500 - 0.2 * 400 * 500 / 1000
  expect(published).toEqual([[460]]);
  controller.onBatchCompleted(batch(5000, 6000, [10]));
  expect(published).toEqual([[460, 100]]);
});

test("a batch without delays says nothing", () => {
  const { map, published } = inputs(true);
  const controller = new RateController(1000, map, {});
  for (let time = 1000; time < 5000; time += 1000) controller.onBatchCompleted(batch(time, time, [1000]));
  expect(published).toEqual([[]]);
});
