import fc from "fast-check";
import type { DStream } from "millrace";
import { collectBatches } from "millrace/testing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { manualContext, stopContexts, utf8 } from "../support/batches.js";
import { hostileNumber } from "../support/hostile-numbers.js";
import { threadsOf } from "../support/internals.js";
import { checkAsync, random } from "../support/property.js";

beforeEach(() => void vi.spyOn(console, "warn").mockImplementation(() => {}));
afterEach(async () => {
  await stopContexts();
  vi.restoreAllMocks();
});

interface Event {
  readonly k: string;
  readonly v: number;
}

type Windows = (events: DStream<Event>, windowMs: number, slideMs: number, partitions: number) => DStream<unknown>;

/** Lines of a batch; null where it cannot be made. */
type Given = string | null;

/** The windows in the kernel and as JavaScript, which must be the same; and how many slides the kernel made. */
async function bothWays(
  windows: Windows,
  batches: readonly Given[],
  { panes = 3, slide = 1, partitions = 1, master = "local[1]" } = {},
) {
  const results: unknown[] = [];
  let slides = 0;
  let explained = "";
  for (const lowering of [true, false]) {
    const { ssc, clock } = manualContext({ lowering, master });
    const lines = ssc.pushStream();
    const sound = lines.transform((rdd, time) => {
      if (batches[time.milliseconds / 1000 - 1] === null) throw new Error("no such batch");
      return rdd;
    });
    const events = (batches.includes(null) ? sound : lines).map((line): Event => JSON.parse(line));
    const made = windows(events, panes * 1000, slide * 1000, partitions);
    if (lowering) explained = made.explain();
    const collected = collectBatches(made);
    await ssc.start();
    const runKernel = vi.spyOn(threadsOf(ssc.engine), "runKernel");
    for (const batch of batches) {
      if (batch) await lines.pushBytes(utf8(batch));
      await clock.advance(1000);
    }
    await ssc.stop({ stopEngine: false });
    const error = await ssc.awaitTermination().then(
      () => undefined,
      (thrown: Error) => thrown.message,
    );
    expect(threadsOf(ssc.engine).blocks.size).toBe(0);
    if (lowering) {
      slides = runKernel.mock.calls.filter(([work]) => work.some(({ task }) => task.work.op === "slide")).length;
    }
    results.push({ error, windows: collected.map(({ time, rows }) => [time.milliseconds / 1000, rows]) });
  }
  expect(results[0]).toStrictEqual(results[1]);
  return { ...(results[0] as { error: string | undefined; windows: [number, unknown[]][] }), slides, explained };
}

/** Batches of events, some of them empty, some of which cannot be made. */
function batchesOf(seed: number, count: number, { isHostile = false, failing = 0 } = {}): Given[] {
  const next = random(seed);
  return Array.from({ length: count }, (_, batch): Given => {
    if (batch > 0 && next() < failing) return null;
    const rows = next() < 0.2 ? 0 : Math.floor(next() * 12);
    const event = () => {
      const value = isHostile ? hostileNumber(next) : Math.floor(next() * 20) - 10;
      const text = Object.is(value, -0) ? "-0" : Number.isFinite(value) ? String(value) : "1e999";
      return `{"k":"${"é".repeat(batch % 3)}${Math.floor(next() * next() * 15)}","v":${text}}\n`;
    };
    return Array.from({ length: rows }, event).join("");
  });
}

const FORMS: ReadonlyArray<readonly [string, Windows]> = [
  [
    "sums",
    (events, window, slide, partitioning) =>
      events
        .map(({ k, v }): [string, number] => [k, v])
        .reduceByKeyAndWindow(
          (a, b) => a + b,
          (a, b) => a - b,
          window,
          slide,
          { partitioning },
        ),
  ],
  [
    "sums that a filter may remove",
    (events, window, slide, partitioning) =>
      events
        .map(({ k, v }): [string, number] => [k, v])
        .reduceByKeyAndWindow(
          (a, b) => a + b,
          (a, b) => a - b,
          window,
          slide,
          { partitioning, filter: ([, sum]) => sum !== 0 },
        ),
  ],
  [
    "records by composite keys",
    (events, window, slide, partitioning) =>
      events
        .map(({ k, v }): [[string, boolean], { n: number; sum: number; name: string }] => [
          [k, v > 0],
          { n: 1, sum: v, name: k },
        ])
        .reduceByKeyAndWindow(
          (a, b) => ({ n: a.n + b.n, sum: a.sum + b.sum, name: a.name }),
          (a, b) => ({ n: a.n - b.n, sum: a.sum - b.sum, name: a.name }),
          window,
          slide,
          { partitioning, filter: ([, { n }]) => n > 0 },
        ),
  ],
  [
    "countByValueAndWindow",
    (events, window, slide, count) => events.map(({ v }) => v % 7).countByValueAndWindow(window, slide, count),
  ],
  ["countByWindow", (events, window, slide) => events.countByWindow(window, slide)],
  [
    "reduceByWindow",
    (events, window, slide) =>
      events
        .map(({ v }) => v)
        .reduceByWindow(
          (a, b) => a + b,
          (a, b) => a - b,
          window,
          slide,
        ),
  ],
];

describe("windows with an inverse, in the kernel as in JavaScript", () => {
  test.each(FORMS)("%s: every slide is the kernel's", async (_, windows) => {
    const { slides, explained, windows: made } = await bothWays(windows, batchesOf(3, 24));
    expect(made.length).toBe(24);
    // A sum may be zero while its key is in the window: then JavaScript goes on, for some slides.
    expect(slides).toBeGreaterThanOrEqual(_.includes("may remove") ? 4 : 22);
    expect(explained).toMatch(/kernel +the running value of each key, in columns/);
  });

  test("whatever their length, and whatever is missing or fails", async () => {
    const given = fc.record({
      form: fc.nat(FORMS.length - 1),
      panes: fc.integer({ min: 1, max: 9 }),
      slide: fc.integer({ min: 1, max: 3 }),
      seed: fc.integer(),
      isHostile: fc.boolean(),
      failing: fc.constantFrom(0, 0, 0.1),
      partitions: fc.constantFrom(1, 3),
      isOnTwo: fc.boolean(),
    });
    const property = fc.asyncProperty(given, async ({ form, seed, isHostile, failing, isOnTwo, ...rest }) => {
      const options = { ...rest, slide: Math.min(rest.slide, rest.panes), master: isOnTwo ? "local[2]" : "local[1]" };
      await bothWays(FORMS[form]![1], batchesOf(seed, 30, { isHostile, failing }), options);
    });
    await checkAsync(property, { numRuns: 25 });
  }, 300_000);

  test("goes back to the kernel after a batch that failed has left the window", async () => {
    const batches = batchesOf(5, 60).map((batch, i) => (i === 10 ? null : batch || '{"k":"x","v":1}\n'));
    for (const [name, windows] of FORMS) {
      if (name.includes("may remove")) continue;
      const { slides, error } = await bothWays(windows, batches);
      expect(error).toContain("no such batch");
      // One window long JavaScript remembers what was lost.
      expect(slides).toBeGreaterThan(50);
    }
  });

  test("keys of which the reducer makes an unequal one are told as JavaScript tells them", async () => {
    const { explained } = await bothWays(
      (events, window, slide) =>
        events
          .map(({ k, v }): [string, number] => [k, v])
          .reduceByKeyAndWindow(
            (a, b) => Math.max(a, b),
            (a, b) => (a === b ? 0 : a),
            window,
            slide,
          ),
      batchesOf(9, 10),
    );
    expect(explained).toMatch(/JavaScript +the kernel /);
  });
});
