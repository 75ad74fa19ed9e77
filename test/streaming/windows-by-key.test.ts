import fc from "fast-check";
import { type DStream, Milliseconds } from "millrace";
import { collectBatches } from "millrace/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { manualContext, stopContexts, utf8 } from "../support/batches.js";
import { threadsOf } from "../support/internals.js";
import { checkAsync, random } from "../support/property.js";

beforeEach(() => void vi.spyOn(console, "warn").mockImplementation(() => {}));
afterEach(async () => {
  await stopContexts();
  vi.restoreAllMocks();
});

type Pair = [key: string, value: string];

interface Case {
  readonly panes: number;
  readonly slide: number;
  readonly seed: number;
  /** Rows are JavaScript values, and functions that nobody can read bring them together. */
  readonly isOpaque: boolean;
  readonly partitions: number;
}

/** Of each batch its pairs, or why it has none. */
type Given = readonly Pair[] | "failing";

function batchesOf({ panes, seed }: Case): Given[] {
  const next = random(seed);
  const upTo = (count: number) => Math.floor(next() * count);
  return Array.from({ length: Math.min(3 * panes + 40, 400) }, (_, batch): Given => {
    const kind = next();
    if (kind < 0.03) return "failing";
    if (kind < 0.2) return [];
    return Array.from({ length: 1 + upTo(4) }, (): Pair => [`k${upTo(12)}`, `${batch},`]);
  });
}

/** The rows of the window that ends with a batch: values in the order in which they came, keys in that of their first value. */
function naive(batches: readonly Given[], end: number, panes: number): Pair[] {
  const joined = new Map<string, string>();
  for (const batch of batches.slice(Math.max(0, end - panes), end)) {
    for (const [key, value] of batch === "failing" ? [] : batch) joined.set(key, (joined.get(key) ?? "") + value);
  }
  return [...joined];
}

/** The windows that the stream has, by the number of their last batch. */
async function windowsOf(batches: readonly Given[], { panes, slide, isOpaque, partitions }: Case) {
  const { ssc, clock } = manualContext({ master: partitions > 1 ? "local[2]" : "local[1]" });
  const lines = ssc.pushStream();
  const sound = lines.transform((rdd, time) => {
    if (batches[time.milliseconds / 1000 - 1] === "failing") throw new Error("no such batch");
    return rdd;
  });
  const join = (a: string, b: string) => a + b;
  const pairs = sound.map((line): Pair => [line.split(" ")[0]!, line.split(" ")[1]!]) as DStream<Pair>;
  const reduce = isOpaque ? (a: string, b: string) => join(a, b) : (a: string, b: string) => a + b;
  const window = Milliseconds(panes * 1000);
  const windows = pairs.reduceByKeyAndWindow(reduce, window, Milliseconds(slide * 1000), partitions);
  const collected = collectBatches(windows);
  void ssc.start();
  for (const batch of batches) {
    if (batch !== "failing" && batch.length > 0) {
      await lines.pushBytes(utf8(batch.map(([key, value]) => `${key} ${value}\n`).join("")));
    }
    await clock.advance(1000);
  }
  const { blocks } = threadsOf(ssc.engine);
  await ssc.stop();
  // What no window reads is not made, and does not fail.
  const ended = ssc.awaitTermination();
  if (slide === 1 && batches.includes("failing")) await expect(ended).rejects.toThrow("no such batch");
  else await ended.catch((error: Error) => expect(error.message).toContain("no such batch"));
  expect(blocks.size).toBe(0);
  return new Map(collected.map(({ time, rows }) => [time.milliseconds / 1000, rows as Pair[]]));
}

const cases = fc.record({
  panes: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 40, max: 130 })),
  slide: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 4 })),
  seed: fc.integer(),
  isOpaque: fc.boolean(),
  partitions: fc.constantFrom(1, 1, 2),
});

test("windows by key have what their panes have, oldest first, whatever is missing and however long they are", async () => {
  const property = fc.asyncProperty(cases, async (given) => {
    const batches = batchesOf(given);
    const windows = await windowsOf(batches, given);
    for (let end = given.slide; end <= batches.length; end += given.slide) {
      const isFailing = batches.slice(end - 1, end).includes("failing");
      // A batch that cannot be made has no outputs; with a longer slide the ones before it are asked for anew.
      if (isFailing || !windows.has(end)) continue;
      const rows = windows.get(end)!;
      const expected = naive(batches, end, given.panes);
      if (given.partitions === 1) expect(rows).toEqual(expected);
      else expect([...rows].sort()).toEqual([...expected].sort());
    }
    const sound = batches.filter((batch, i) => (i + 1) % given.slide === 0 && batch !== "failing").length;
    if (given.slide === 1) expect(windows.size).toBe(sound);
    else expect(windows.size).toBeGreaterThan(sound / 2);
  });
  await checkAsync(property, { numRuns: 12 });
}, 300_000);

test("large windows hold as much after many slides as after few, also where not every one is looked at", async () => {
  const { ssc, clock } = manualContext();
  const lines = ssc.pushStream();
  const panes = 64;
  const pairs = lines.map((line): [string, number] => [line, 1]);
  const counts: number[] = [];
  let looks = true;
  pairs
    .reduceByKeyAndWindow((a, b) => a + b, Milliseconds(panes * 1000))
    .foreachRDD(async (rdd) => {
      if (looks) counts.push((await rdd.collect()).reduce((sum, [, count]) => sum + count, 0));
    });
  void ssc.start();
  const next = random(7);
  const slides = async (times: number, share: number) => {
    for (let i = 0; i < times; i++) {
      looks = next() < share;
      await lines.pushBytes(utf8(Array.from({ length: 5 }, () => `k${Math.floor(next() * 30)}\n`).join("")));
      await clock.advance(1000);
    }
    return threadsOf(ssc.engine).blocks.size;
  };
  // Chunks of 8 panes, 4 of which are a run: what is there repeats every 32 slides.
  await slides(3 * panes, 1);
  const few = await slides(panes, 1);
  expect(await slides(3 * panes, 1)).toBe(few);
  await slides(3 * panes, 0.5);
  expect(await slides(3 * panes, 1)).toBe(few);
  expect(new Set(counts.slice(panes))).toEqual(new Set([panes * 5]));
}, 120_000);
