import type { DStream } from "millrace";
import type { Library } from "./library.js";

/** A key, and a number whose last four bits are what is computed with: the others make it unique. */
export type Pair = [key: string, value: number];
export type Pairs = DStream<Pair>;

const sum = (a: number, b: number) => a + b;
const small = (pairs: Pairs): Pairs => pairs.mapValues((value) => value & 15);

/** The streams that are looked at, by name. What each is to give says `oracle.ts`. */
export const SINKS = {
  raw: (_: Library, pairs: Pairs) => pairs,
  plain: (_: Library, pairs: Pairs) => pairs.filter(([, n]) => n % 2 === 0).map(([key, n]) => [key, n + 1] as Pair),
  sums: (_: Library, pairs: Pairs) => small(pairs).reduceByKey(sum),
  update: (_: Library, pairs: Pairs) =>
    small(pairs).updateStateByKey((values: number[], state: number | undefined) => {
      const next = values.reduce((a, b) => a + b, state ?? 0);
      return next % 7 === 0 && values.length > 0 ? undefined : next;
    }),
  map: (library: Library, pairs: Pairs) => mapped(library, pairs),
  snapshots: (library: Library, pairs: Pairs) => mapped(library, pairs).stateSnapshots(),
  window: (_: Library, pairs: Pairs) => pairs.window(3000),
  slow: (_: Library, pairs: Pairs) => pairs.window(4000, 2000).count(),
  "window-sums": (_: Library, pairs: Pairs) => small(pairs).reduceByKeyAndWindow(sum, 5000),
  "long-sums": (_: Library, pairs: Pairs) => small(pairs).reduceByKeyAndWindow(sum, 40_000),
  inverse: (_: Library, pairs: Pairs) =>
    pairs
      .mapValues((value) => (value & 15) + 1)
      .reduceByKeyAndWindow(sum, (a: number, b: number) => a - b, 4000, 1000, { filter: ([, n]) => n > 0 }),
  counts: (_: Library, pairs: Pairs) => pairs.map(([, n]) => n & 15).countByValueAndWindow(3000, 1000),
  groups: (_: Library, pairs: Pairs) => pairs.groupByKeyAndWindow(3000),
} as const satisfies Record<string, (library: Library, pairs: Pairs) => unknown>;

export type SinkName = keyof typeof SINKS;
export const SINK_NAMES = Object.keys(SINKS) as SinkName[];

/** Of each stream one, for what it tells and for its states. */
const mappedStreams = new WeakMap<Pairs, ReturnType<typeof newMapped>>();

function mapped(library: Library, pairs: Pairs) {
  const stream = mappedStreams.get(pairs) ?? newMapped(library, pairs);
  mappedStreams.set(pairs, stream);
  return stream;
}

function newMapped({ StateSpec }: Library, pairs: Pairs) {
  return pairs.mapWithState(
    StateSpec.function((key: string, value: number | undefined, state: import("millrace").State<number[]>) => {
      if (state.isTimingOut()) return `${key} out with ${JSON.stringify(state.get())}`;
      const seen = state.getOption() ?? [];
      if ((value! & 15) === 5) state.remove();
      else state.update([...seen, value!].slice(-4));
      return `${key} ${JSON.stringify(seen)}`;
    }).timeout(3000),
  );
}

/** Programs of crash points and of damage, by the streams they look at. */
export const PIPELINES: ReadonlyArray<readonly SinkName[]> = [
  ["raw", "update"],
  ["raw", "map", "snapshots"],
  ["raw", "window", "slow", "counts"],
  ["raw", "window-sums", "inverse"],
  ["raw", "plain", "sums", "long-sums"],
  ["raw", "update", "map", "groups", "inverse", "window"],
];
