import { KeyMap } from "./block/key.js";
import type { Sink, TaskControl } from "./plan/operator.js";

type ResultSink<R> = Sink & { result(): R };

/** The rows of all partitions, in their order. (`flat()` takes several times as long.) */
export function joined(partitions: ReadonlyArray<unknown[]>): unknown[] {
  return partitions.length === 1 ? partitions[0]! : ([] as unknown[]).concat(...partitions);
}

/** All rows. */
export function collecting(): ResultSink<unknown[]> {
  const rows: unknown[] = [];
  return { push: (row) => rows.push(row), end: () => {}, result: () => rows };
}

/** The first rows, up to `wanted` of them. */
export function taking(control: TaskControl, wanted: number): ResultSink<unknown[]> {
  const rows: unknown[] = [];
  return {
    push: (row) => {
      if (rows.length < wanted) rows.push(row);
      control.done = rows.length >= wanted;
    },
    end: () => {},
    result: () => rows,
  };
}

/** One value made of all rows, starting from `zero`. */
export function folding(zero: unknown, fn: (combined: unknown, row: unknown) => unknown): ResultSink<unknown> {
  let combined = zero;
  return {
    push: (row) => {
      combined = fn(combined, row);
    },
    end: () => {},
    result: () => combined,
  };
}

/** A call for each row. */
export function calling(fn: (row: unknown) => void): ResultSink<undefined> {
  return { push: fn, end: () => {}, result: () => undefined };
}

/** A map by value as a `Map`: a composite key is the object that came first. */
export function toMap<K, V>(groups: KeyMap<V>): Map<K, V> {
  return new Map(groups.entries.map(({ key, value }) => [key as K, value]));
}

/** How often each value is there, by value, in order of first arrival. */
export function countedByValue(values: Iterable<unknown>): KeyMap<number> {
  const counts = new KeyMap<number>();
  for (const value of values) {
    const entry = counts.entry(value);
    if (entry) entry.value += 1;
    else counts.add(value, 1);
  }
  return counts;
}
