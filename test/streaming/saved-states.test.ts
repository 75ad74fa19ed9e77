import fc from "fast-check";
import { type DStream, Engine, type State, StateSpec } from "millrace";
import { describe, expect, test, vi } from "vitest";
import type { Threads } from "../../src/engine/threads.js";
import { hostileNumber } from "../support/hostile-numbers.js";
import { runningOf, threadsOf, withoutSharedMemory, withoutSimd } from "../support/internals.js";
import { holds, random } from "../support/property.js";
import { Job, TracedStore } from "../support/recovery.js";
import { inManyLives, type Life, type Program } from "../support/saved-states.js";

vi.spyOn(process.stderr, "write").mockImplementation(() => true);
vi.spyOn(console, "warn").mockImplementation(() => {});

type Pairs = DStream<[string, number]>;

const parsed = (lines: DStream<string>): Pairs =>
  lines.map((line) => JSON.parse(line) as { k: string; v: number }).map(({ k, v }): [string, number] => [k, v]);

type Mapping = (key: string, value: number | undefined, state: State<never>) => unknown;

const mapped =
  (mapping: Mapping, idleMs?: number): Program =>
  (lines) => {
    const spec = StateSpec.function(mapping as never);
    if (idleMs !== undefined) spec.timeout(idleMs);
    const stream = parsed(lines).mapWithState(spec as never);
    return { rows: stream, snapshots: stream.stateSnapshots() };
  };

const PROGRAMS: ReadonlyArray<readonly [string, Program]> = [
  [
    "a running sum",
    mapped((key, value, state: State<number>) => {
      const sum = (state.getOption() ?? 0) + (value ?? 0);
      state.update(sum);
      return [key, sum];
    }),
  ],
  [
    "records that are removed and come back",
    mapped((key, value, state: State<{ n: number; last: number }>) => {
      const before = state.getOption();
      const n = (before?.n ?? 0) + 1;
      if (n > 3) state.remove();
      else state.update({ n, last: value ?? 0 });
      return [key, n];
    }),
  ],
  [
    "texts that grow and time out",
    mapped((key, value, state: State<string>) => {
      const text = `${state.getOption() ?? ""}${value ?? "?"}`;
      if (!state.isTimingOut()) state.update(text.slice(-40));
      return [key, text, state.isTimingOut()];
    }, 3000),
  ],
  [
    "lists that JavaScript keeps, of which some are changed without an update",
    mapped((key, value, state: State<number[]>) => {
      const seen = state.getOption();
      if (seen === undefined) state.update([value!]);
      else if (seen.length > 5) state.remove();
      else seen.push(value!);
      return `${key} ${JSON.stringify(seen)}`;
    }),
  ],
  [
    "objects that JavaScript keeps, that time out, in batches of which some fail",
    mapped((key, value, state: State<{ at: Date }>) => {
      if (value === 13) throw new Error("thirteen");
      const before = state.getOption();
      if (state.isTimingOut()) return [key, "out", before];
      if (value === 5) state.remove();
      else state.update({ at: new Date((before?.at.getTime() ?? 0) + 1) });
      return [key, before];
    }, 2000),
  ],
];

type Update = (values: number[], state: never, key: string) => unknown;

const updated =
  (update: Update): Program =>
  (lines) => ({ state: parsed(lines).updateStateByKey(update as never) });

const UPDATES: ReadonlyArray<readonly [string, Program]> = [
  ["a running sum by key", updated((values, state: number | undefined) => values.reduce((a, b) => a + b, state ?? 0))],
  [
    "records by key",
    updated((values, state: { n: number; last: number } | undefined) => ({
      n: (state?.n ?? 0) + values.length,
      last: values.at(-1) ?? state?.last ?? 0,
    })),
  ],
  [
    "keys that go and come again",
    updated((values, state: number | undefined) => {
      const n = (state ?? 0) + values.length;
      return n > 3 || n === 0 ? undefined : n;
    }),
  ],
  [
    "keys that go when they are idle",
    updated((values, state: number | undefined) => (values.length === 0 ? undefined : (state ?? 0) + 1)),
  ],
];

const windowed =
  (options: object): Program =>
  (lines) => ({
    window: parsed(lines)
      .map(([key, value]): [string, number] => [key, (value % 10) | 0])
      .reduceByKeyAndWindow(
        (a, b) => a + b,
        (a, b) => a - b,
        4000,
        1000,
        options,
      ),
  });

const WINDOWS: ReadonlyArray<readonly [string, Program]> = [
  ["a window with an inverse", windowed({})],
  ["a window with an inverse and a filter", windowed({ filter: ([, n]: [string, number]) => n > 0 })],
];

/** Keys of several lengths, of which most come again; numbers of all kinds. */
function batchesOf(next: () => number, count: number): string[][] {
  const below = (n: number) => Math.floor(next() * n);
  return Array.from({ length: count }, () =>
    Array.from({ length: next() < 0.2 ? 0 : below(60) }, () => {
      const key = `${"key é\u{1f600}".repeat(below(3))}${below(next() < 0.3 ? 200 : 20)}`;
      const number = next() < 0.8 ? below(16) : hostileNumber(next);
      return JSON.stringify({ k: key, v: Number.isFinite(number) ? number : 0 });
    }),
  );
}

const WAYS = [
  { name: "scalar", master: "local[1]", prepare: withoutSimd },
  { name: "unshared", master: "local[2]", prepare: withoutSharedMemory },
  { name: "shared", master: "local[2]", prepare: () => {} },
] as const;

/** How often the kernel has made a version: of a state in tables, or of one in frames, by tasks of this kind. */
function versionsOf({ guard, runKernel }: Pick<Threads, "guard" | "runKernel">, task: string | undefined): number {
  if (task === undefined) return vi.mocked(guard).mock.calls.length;
  return vi.mocked(runKernel).mock.calls.filter(([work]) => work.some((each) => each.task.work.op === task)).length;
}

describe.each([
  ...PROGRAMS.map(([what, program]) => ({ what, program, task: undefined })),
  ...UPDATES.map(([what, program]) => ({ what, program, task: "update-state" })),
  ...WINDOWS.map(([what, program]) => ({ what, program, task: "slide" })),
])("$what", ({ program, task }) => {
  test.each(WAYS)(
    "goes on from what the kernel or JavaScript has written ($name)",
    async ({ master, prepare }) => {
      await holds(
        fc.integer(),
        async (seed) => {
          const draw = random(seed);
          let versions = 0;
          await inManyLives(program, batchesOf(draw, 40), draw, async (life): Promise<Life> => {
            const engine = new Engine({ master, defaultParallelism: 2, lowering: life === 0 || draw() < 0.6 });
            prepare(engine);
            await runningOf(engine);
            const threads = threadsOf(engine);
            vi.spyOn(threads, "guard");
            vi.spyOn(threads, "runKernel");
            const ended = async () => {
              versions += versionsOf(threads, task);
              expect(threads.blocks.size).toBe(0);
              await engine.stop();
            };
            return { options: { engine }, ended };
          });
          expect(versions).toBeGreaterThan(0);
        },
        1,
      );
    },
    60_000,
  );
});

const SMALL: ReadonlyArray<readonly [string, Program]> = [
  PROGRAMS[0]!,
  [
    "objects that JavaScript keeps",
    mapped((key, _value, state: State<{ at: Date }>) => {
      state.update({ at: new Date((state.getOption()?.at.getTime() ?? 0) + 1) });
      return key;
    }),
  ],
  UPDATES[0]!,
  UPDATES[1]!,
  [
    "a long window with an inverse",
    (lines) => ({
      window: parsed(lines).reduceByKeyAndWindow(
        (a, b) => a + b,
        (a, b) => a - b,
        100_000,
        1000,
      ),
    }),
  ],
];

test.each(SMALL)("a commit has what its batch has changed: %s", async (_what, program) => {
  const store = new TracedStore();
  const job = new Job((input) => {
    for (const stream of Object.values(program(input as unknown as DStream<string>))) {
      stream.foreachRDD(async (rdd) => void (await rdd.count()));
    }
  });
  await job.begin(store);
  const lines = (keys: readonly number[]) => keys.map((key) => JSON.stringify({ k: `key ${key}`, v: 1 }));
  const committedBytes = async (keys: readonly number[]) => {
    await job.run(lines(keys));
    const logged = store.changes.filter(([key, bytes]) => key.startsWith("log/") && bytes);
    return logged.at(-1)![1]!.length;
  };
  const all = Array.from({ length: 4000 }, (_, key) => key);
  const first = await committedBytes(all);
  // The rows of a batch that windows look back at are saved, too.
  const some = await committedBytes([17, 4, 3999]);
  await job.end();
  expect(first).toBeGreaterThan(40_000);
  expect(some).toBeLessThan(1500);
});
