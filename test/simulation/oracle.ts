import type { Pair, SinkName } from "./pipelines.js";

/** A batch and the records in it, in their order. */
export interface Batch {
  readonly timeMs: number;
  readonly rows: readonly Pair[];
}

/** What each stream of `pipelines.ts` gives for the last of these batches, in no order; undefined where it gives nothing then. */
export function expectedRows(sink: SinkName, batches: readonly Batch[]): unknown[] | undefined {
  const { timeMs, rows } = batches.at(-1)!;
  const within = (ms: number) => batches.filter((batch) => batch.timeMs > timeMs - ms).flatMap((batch) => batch.rows);
  switch (sink) {
    case "raw":
      return [...rows];
    case "plain":
      return rows.filter(([, n]) => n % 2 === 0).map(([key, n]) => [key, n + 1]);
    case "sums":
      return [...sums(rows)];
    case "update":
      return [...updated(batches)];
    case "map":
      return mapped(batches).told;
    case "snapshots":
      return [...mapped(batches).states].map(([key, { seen }]) => [key, seen]);
    case "window":
      return within(3000);
    case "slow":
      return (timeMs - batches[0]!.timeMs + 1000) % 2000 === 0 ? [within(4000).length] : undefined;
    case "window-sums":
      return [...sums(within(5000))];
    case "long-sums":
      return [...sums(within(40_000))];
    case "inverse":
      return [
        ...sums(
          within(4000).map(([key, value]) => [key, (value & 15) + 1]),
          31,
        ),
      ];
    case "counts":
      return counts(within(3000).map(([, value]) => value & 15));
    case "groups":
      return groups(within(3000));
  }
}

function sums(rows: readonly Pair[], mask = 15): Map<string, number> {
  const result = new Map<string, number>();
  for (const [key, value] of rows) result.set(key, (result.get(key) ?? 0) + (value & mask));
  return result;
}

function counts(values: readonly number[]): Array<[number, number]> {
  return [...new Set(values)].map((value) => [value, values.filter((each) => each === value).length]);
}

function groups(rows: readonly Pair[]): Array<[string, number[]]> {
  const keys = [...new Set(rows.map(([key]) => key))];
  return keys.map((key) => [key, rows.filter((row) => row[0] === key).map(([, value]) => value)]);
}

function updated(batches: readonly Batch[]): Map<string, number> {
  const states = new Map<string, number>();
  for (const { rows } of batches) {
    for (const [key, added] of sums(rows)) {
      const next = (states.get(key) ?? 0) + added;
      if (next % 7 === 0) states.delete(key);
      else states.set(key, next);
    }
  }
  return states;
}

/** States after all batches, and what the last one told. */
function mapped(batches: readonly Batch[]) {
  const states = new Map<string, { seen: number[]; timeMs: number }>();
  let told: string[] = [];
  for (const { timeMs, rows } of batches) {
    told = [];
    for (const [key, value] of rows) {
      const seen = states.get(key)?.seen ?? [];
      told.push(`${key} ${JSON.stringify(seen)}`);
      if ((value & 15) === 5) states.delete(key);
      else states.set(key, { seen: [...seen, value].slice(-4), timeMs });
    }
    for (const [key, state] of states) {
      if (timeMs - state.timeMs <= 3000) continue;
      told.push(`${key} out with ${JSON.stringify(state.seen)}`);
      states.delete(key);
    }
  }
  return { states, told };
}

/** Rows as text that tells them from others, whatever their order. */
export function textOf(rows: readonly unknown[]): string {
  return rows
    .map((row) => JSON.stringify(row))
    .sort()
    .join(" ");
}
