import { type DStream, MemoryStore } from "millrace";
import { afterEach, describe, expect, test } from "vitest";
import { manualContext, stopContexts } from "../../support/batches.js";

afterEach(stopContexts);

const sum = (a: number, b: number) => a + b;
const ms = ({ rememberDuration, checkpointDuration }: DStream<never>) => [
  rememberDuration?.milliseconds,
  checkpointDuration?.milliseconds,
];

describe("how long batches are remembered, and how often they are checkpointed", () => {
  test("a slide; what readers look back at, all the way up; twice a checkpoint interval", async () => {
    const { ssc } = manualContext({ checkpoint: new MemoryStore() });
    const input = ssc.queueStream<[string, number]>([]);
    const mapped = input.mapValues((value) => value);
    const window = mapped.window(3000);
    const outer = window.window(4000, 2000);
    const state = ssc.queueStream<[string, number]>([]).updateStateByKey((values) => values.length);
    const saved = mapped.reduceByKey(sum).checkpoint(5000);
    for (const stream of [outer, state, saved]) stream.foreachRDD(() => {});
    await ssc.start();
    expect(ms(outer as DStream<never>)).toEqual([2000, undefined]);
    expect(ms(window as DStream<never>)).toEqual([6000, undefined]);
    expect(ms(state as DStream<never>)).toEqual([20_000, 10_000]);
    expect(ms(saved as DStream<never>)).toEqual([10_000, 5000]);
    // The longer of what the windows and the checkpointed stream ask for.
    expect(ms(mapped as DStream<never>)).toEqual([10_000, undefined]);
    expect(ms(input as DStream<never>)).toEqual([10_000, undefined]);
  });

  test("the default interval is the least multiple of the slide from 10 s on; of mapWithState's state ten slides", async () => {
    const { ssc } = manualContext({ batchInterval: 3000, checkpoint: new MemoryStore() });
    const state = ssc.queueStream<[string, number]>([]).updateStateByKey((values) => values.length);
    state.foreachRDD(() => {});
    await ssc.start();
    expect(ms(state as DStream<never>)).toEqual([24_000, 12_000]);
  });
});
