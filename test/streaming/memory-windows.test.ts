import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type DStream, Seconds, type State, StateSpec } from "millrace";
import { afterEach, expect, test } from "vitest";
import { manualContext, stopContexts, utf8, wordCount } from "../support/batches.js";
import { threadsOf } from "../support/internals.js";

afterEach(stopContexts);

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

const add = (a: number, b: number) => a + b;
const subtract = (a: number, b: number) => a - b;

/** Batches for each move of the clock. The line that comes with each is in the windows of ten of them. */
const BATCHES_A_MOVE = 20;
const MOVES = 5000;
/** Moves after which everything that grows once has grown. */
const WARM_UP_MOVES = 500;
/** What code that is compiled and rounding of pages may add; a byte a batch would be half of it. */
const HEAP_BYTES_MORE_MAX = 1024 * 1024;

test("100,000 batches with windows and state leave the heap and the kernel's memory as they were", async () => {
  const { ssc, clock } = manualContext();
  const lines = ssc.pushStream();
  const pairs = lines.flatMap((line) => line.split(" ")).map((word): [string, number] => [word, 1]);
  const window = Seconds(10);
  const rows: number[] = [];
  const streams: Array<DStream<unknown>> = [
    lines.window(window),
    wordCount(lines).window(window),
    pairs.reduceByKeyAndWindow((a, b) => a + b, window),
    pairs.reduceByKeyAndWindow(add, subtract, window, Seconds(1), { filter: ([, count]) => count > 0 }),
    pairs.updateStateByKey<string, number>((values, sum = 0) => values.reduce(add, sum)),
    pairs.mapWithState(
      StateSpec.function((key: string, value: number | undefined, state: State<number>) => {
        if (!state.isTimingOut()) state.update((state.getOption() ?? 0) + value!);
        return key;
      }).timeout(Seconds(5)),
    ),
  ];
  streams.forEach((stream, index) => {
    rows[index] = 0;
    stream.foreachRDD(async (rdd) => {
      rows[index]! += await rdd.count();
    });
  });
  void ssc.start();
  const line = utf8("the mill on the floss\n");
  const run = async (moves: number) => {
    for (let i = 0; i < moves; i++) {
      await lines.pushBytes(line);
      await clock.advance(BATCHES_A_MOVE * 1000);
    }
  };
  const figures = () => {
    gc();
    const { memoryBytes, blocks, kernel } = threadsOf(ssc.engine);
    return {
      heapBytes: process.memoryUsage().heapUsed,
      kernel: { memoryBytes, blocks: blocks.size, bytesTaken: kernel.memory.bytesTaken },
    };
  };
  await run(WARM_UP_MOVES);
  const before = figures();
  await run(MOVES - WARM_UP_MOVES);
  const after = figures();
  expect(after.kernel).toEqual(before.kernel);
  expect(after.heapBytes - before.heapBytes).toBeLessThan(HEAP_BYTES_MORE_MAX);
  // Four words, one of them twice: each line is in ten windows, each key in all later states, each time-out a record more.
  const [text, counts, reduced, inverse, state, mapped] = rows;
  expect([text, counts, reduced, inverse]).toEqual([MOVES * 10, MOVES * 40, MOVES * 40, MOVES * 40]);
  expect(state).toBe(MOVES * BATCHES_A_MOVE * 4);
  expect(mapped).toBe(MOVES * (5 + 4));
  await ssc.stop();
  await ssc.awaitTermination();
}, 300_000);
