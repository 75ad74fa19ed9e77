import { type DStream, type State, StateSpec } from "millrace";
import { expect, vi } from "vitest";
import { INTERVAL_MS, manualContext, utf8 } from "./batches.js";
import { hostileNumber } from "./hostile-numbers.js";
import { threadsOf } from "./internals.js";
import { random } from "./property.js";

export type Value = { v: number; w: unknown };
export type Mapping = (key: never, value: Value | undefined, state: State<never>) => unknown;

export interface Options {
  /** Where `explain()` says that the function runs. */
  readonly runs?: RegExp;
  readonly idle?: number;
  readonly optional?: boolean;
  readonly initial?: ReadonlyArray<readonly [unknown, unknown]>;
  readonly master?: string;
  /** What the key of a row is. */
  readonly keyed?: (lines: DStream<string>) => DStream<[unknown, Value]>;
}

export const byText = (lines: DStream<string>): DStream<[unknown, Value]> =>
  lines
    .map((line) => JSON.parse(line) as { k: string; v: number; w: unknown })
    .map(({ k, v, w }): [string, Value] => [k, { v, w }]);

/** What comes of each batch, rows and snapshots, in the kernel and as JavaScript: the same. Returns how often the kernel took a state. */
export async function bothWays(mapping: Mapping, batches: ReadonlyArray<string | null>, options: Options = {}) {
  const { idle, optional = false, initial, master = "local[1]", keyed = byText } = options;
  const { runs = /mapWithState +kernel/ } = options;
  const results: unknown[][] = [];
  let taken = 0;
  for (const lowering of [true, false]) {
    const { ssc, clock } = manualContext({ lowering, master });
    const lines = ssc.pushStream<string>();
    const spec = optional ? StateSpec.optional(mapping as never) : StateSpec.function(mapping as never);
    if (idle !== undefined) spec.timeout(idle * INTERVAL_MS);
    if (initial) spec.initialState(ssc.engine.parallelize(initial as never) as never);
    const mapped = (keyed(lines) as DStream<[unknown, unknown]>).mapWithState(spec as never);
    if (lowering) expect(mapped.explain()).toMatch(runs);
    const made: unknown[] = [];
    mapped.foreachRDD(async (rdd) => {
      try {
        made.push(await rdd.glom().collect());
      } catch (error) {
        made.push(String((error as Error).message));
      }
    });
    mapped.stateSnapshots().foreachRDD(async (rdd) => {
      made.push(await rdd.collect().catch(() => "none"));
    });
    await ssc.start();
    const guard = vi.spyOn(threadsOf(ssc.engine), "guard");
    for (const batch of batches) {
      if (batch !== null) await lines.pushBytes(utf8(batch));
      await clock.advance(INTERVAL_MS);
    }
    if (lowering) taken = guard.mock.calls.length;
    await ssc.stop({ stopEngine: false });
    expect(threadsOf(ssc.engine).blocks.size).toBe(0);
    results.push(made);
  }
  expect(results[0]).toStrictEqual(results[1]);
  return taken;
}

/** Keys that come again, some of them in most rows; numbers of all kinds. */
export function batchesOf(seed: number, count: number, values: (next: () => number) => string): string[] {
  const next = random(seed);
  const keys = Array.from({ length: 30 }, (_, i) => `${"key \u{1f600}é".repeat(i % 5)}${i}`);
  return Array.from({ length: count }, (_, batch) => {
    const rows = batch > 0 && next() < 0.2 ? 0 : Math.floor(next() * 80);
    const row = () => {
      const number = next() < 0.5 ? Math.floor(next() * 20) - 10 : hostileNumber(next);
      const text = Object.is(number, -0) ? "-0" : Number.isFinite(number) ? String(number) : "1e999";
      return `{"k":${JSON.stringify(keys[Math.floor(next() * next() * 30)])},"v":${text},"w":${values(next)}}\n`;
    };
    return Array.from({ length: rows }, row).join("");
  });
}
