import { type DStream, ManualClock, StreamingContext } from "millrace";
import { collectBatches } from "millrace/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

type Pairs = DStream<[string, number]>;
const add = (a: number, b: number) => a + b;
const subtract = (a: number, b: number) => a - b;

beforeEach(() => void vi.spyOn(console, "warn").mockImplementation(() => {}));
afterEach(() => vi.restoreAllMocks());

/** The batches of each output, by their times in seconds, of one pair ["a", 2 ** (n - 1)] in the n-th batch; those of `failing` cannot be made. */
async function run(
  failing: number[],
  numBatches: number,
  outputs: (sound: Pairs, broken: Pairs) => DStream<unknown>[],
) {
  const clock = new ManualClock();
  const ssc = new StreamingContext({ master: "local[1]", batchInterval: 1000, clock });
  const batches = Array.from({ length: numBatches }, (_, n): Array<[string, number]> => [["a", 2 ** n]]);
  const sound = ssc.queueStream(batches);
  let calls = 0;
  const broken = sound.transform((rdd, time) => {
    calls++;
    if (failing.includes(time.milliseconds / 1000)) throw new Error("no such batch");
    return rdd;
  });
  const collected = outputs(sound, broken).map(collectBatches);
  void ssc.start();
  await clock.advance(numBatches * 1000);
  await ssc.stop();
  await expect(ssc.awaitTermination()).rejects.toThrow("no such batch");
  const shown = collected.map((each) => each.map(({ time, rows }) => [time.milliseconds / 1000, rows]));
  return { shown, calls };
}

test("what should have entered an inverse window with a batch that could not be made does not count, then or later", async () => {
  const window = (pairs: Pairs, windowMs: number, slideMs: number) =>
    pairs.reduceByKeyAndWindow(add, subtract, windowMs, slideMs).map(([, sum]) => sum);
  const { shown } = await run([2], 6, (_, broken) => [window(broken, 2000, 1000)]);
  expect(shown[0]).toEqual([
    [1, [1]],
    [3, [4]],
    [4, [4 + 8]],
    [5, [8 + 16]],
    [6, [16 + 32]],
  ]);
  const slow = await run([2], 8, (_, broken) => [window(broken, 4000, 2000)]);
  // The batch at 1 s should have entered at 2 s, too.
  expect(slow.shown[0]).toEqual([
    [4, [4 + 8]],
    [6, [4 + 8 + 16 + 32]],
    [8, [16 + 32 + 64 + 128]],
  ]);
});

test("state goes on with what was received for it when outputs of the batch cannot be made", async () => {
  const state = (pairs: Pairs) =>
    pairs.updateStateByKey((values, sum: number | undefined) => values.reduce(add, sum ?? 0)).map(([, sum]) => sum);
  for (const order of [0, 1]) {
    const { shown } = await run([2], 3, (sound, broken) => {
      const both = [state(sound), broken] as DStream<unknown>[];
      return order === 0 ? both : both.reverse();
    });
    expect(shown[order]).toEqual([
      [1, [1]],
      [3, [1 + 2 + 4]],
    ]);
  }
});

test("state stays as it was where its own batch cannot be made, which is tried once", async () => {
  const { shown, calls } = await run([2], 4, (_, broken) => {
    const sums = broken.updateStateByKey((values, sum: number | undefined) => values.reduce(add, sum ?? 0));
    return [sums.map(([, sum]) => sum), sums.window(2000, 1000).map(([, sum]) => sum)];
  });
  // No output runs where one cannot be made; later windows go on without that batch.
  expect(shown).toEqual([
    [
      [1, [1]],
      [3, [1 + 4]],
      [4, [1 + 4 + 8]],
    ],
    [
      [1, [1]],
      [3, [1 + 4]],
      [4, [1 + 4, 1 + 4 + 8]],
    ],
  ]);
  expect(calls).toBe(4);
});
