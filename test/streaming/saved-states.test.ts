import fc from "fast-check";
import { type DStream, Engine, type State, StateSpec } from "millrace";
import { describe, expect, test, vi } from "vitest";
import { hostileNumber } from "../support/hostile-numbers.js";
import { runningOf, threadsOf, withoutSharedMemory, withoutSimd } from "../support/internals.js";
import { holds, random } from "../support/property.js";
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

describe.each(PROGRAMS)("%s", (_what, program) => {
  test.each(WAYS)(
    "goes on from what the kernel or JavaScript has written ($name)",
    async ({ master, prepare }) => {
      await holds(
        fc.integer(),
        async (seed) => {
          const draw = random(seed);
          let versionsInKernel = 0;
          await inManyLives(program, batchesOf(draw, 40), draw, async (life): Promise<Life> => {
            const engine = new Engine({ master, defaultParallelism: 2, lowering: life === 0 || draw() < 0.6 });
            prepare(engine);
            await runningOf(engine);
            const guard = vi.spyOn(threadsOf(engine), "guard");
            const ended = async () => {
              versionsInKernel += guard.mock.calls.length;
              expect(threadsOf(engine).blocks.size).toBe(0);
              await engine.stop();
            };
            return { options: { engine }, ended };
          });
          expect(versionsInKernel).toBeGreaterThan(0);
        },
        2,
      );
    },
    60_000,
  );
});
