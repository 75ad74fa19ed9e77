/** Windows that sum floats by an integer key. */

import type { DStream } from "millrace";
import type { Side } from "./bench.js";
import { linesOf } from "./lines.js";
import { type Reading, readings } from "./readings.js";
import { millraceSide } from "./sides.js";
import { fillOf, INTERVAL_MS } from "./windows.js";

export interface KeyedWindowInput {
  readonly panes: number;
  readonly batches: readonly Uint8Array[];
  /** Whether the window takes away what leaves. */
  readonly hasInverse?: boolean;
}

export function batchesOf(count: number, rows: number, keys: number): Uint8Array[] {
  return Array.from({ length: count }, (_, batch) => readings({ rows, keys, seed: 100 + batch }));
}

export function sumsByKey(bytes: Uint8Array): Map<number, number> {
  const sums = new Map<number, number>();
  for (const line of linesOf(bytes)) {
    const { key, value }: Reading = JSON.parse(line);
    sums.set(key, (sums.get(key) ?? 0) + value);
  }
  return sums;
}

/** A run is one batch and the count of the window's keys. */
export function keyedWindowSide({ panes, batches, hasInverse }: KeyedWindowInput, what: string, master: string): Side {
  const given = batches.map((batch) => [batch]);
  return millraceSide({
    what,
    master,
    batches: given,
    before: fillOf(panes, given),
    build: (lines) => {
      const pairs: DStream<[number, number]> = lines
        .map((line): Reading => JSON.parse(line))
        .map(({ key, value }) => [key, value]);
      const windowMs = panes * INTERVAL_MS;
      const inverse = hasInverse ? (x: number, y: number) => x - y : undefined;
      return pairs.reduceByKeyAndWindow((x, y) => x + y, inverse, windowMs);
    },
    result: async (rdd) => (await rdd.collect()).map(([key, sum]) => [String(key), sum]),
  });
}
