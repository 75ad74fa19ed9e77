/** Windows by key over batches that come in turn. */

import type { Side } from "./bench.js";
import { checksumOf } from "./checksum.js";
import { inTurn } from "./sides.js";

export const INTERVAL_MS = 1000;

export interface PlainWindow<K> {
  readonly what: string;
  readonly panes: number;
  readonly batches: readonly Uint8Array[];
  /** The values of a batch, summed up by key. */
  readonly paneOf: (batch: Uint8Array) => Map<K, number>;
}

/** Pane by pane: the sums of each batch are kept as long as the window has it, and merged in one `Map` for each window. */
export function plainWindow<K extends string | number>({ what, panes, batches, paneOf }: PlainWindow<K>): Side {
  const turn = inTurn(batches);
  const kept: Array<Map<K, number>> = [];
  const slide = () => {
    kept.push(paneOf(turn()));
    if (kept.length > panes) kept.shift();
  };
  const run = () => {
    slide();
    const window = new Map<K, number>();
    for (const pane of kept) for (const [key, sum] of pane) window.set(key, (window.get(key) ?? 0) + sum);
    return window;
  };
  return {
    what,
    prepare: async () => {
      for (let pane = 0; pane < panes; pane++) slide();
    },
    run,
    check: () => ({ checksum: checksumOf(Array.from(run(), ([key, sum]) => [String(key), sum])) }),
  };
}

/** The running sums: what enters is added, what leaves is taken away. Keys stay. */
export function incrementalWindow<K extends string | number>({ what, panes, batches, paneOf }: PlainWindow<K>): Side {
  const turn = inTurn(batches);
  const kept: Array<Map<K, number>> = [];
  const window = new Map<K, number>();
  const run = () => {
    const entering = paneOf(turn());
    kept.push(entering);
    if (kept.length > panes) {
      for (const [key, sum] of kept.shift()!) window.set(key, window.get(key)! - sum);
    }
    for (const [key, sum] of entering) window.set(key, (window.get(key) ?? 0) + sum);
    return window;
  };
  return {
    what,
    prepare: async () => {
      for (let pane = 0; pane < panes; pane++) run();
    },
    run,
    check: () => ({ checksum: checksumOf(Array.from(run(), ([key, sum]) => [String(key), sum])) }),
  };
}

/** As many batches as a window has panes, in turn. */
export function fillOf<T>(panes: number, batches: readonly T[]): T[] {
  return Array.from({ length: panes }, (_, pane) => batches[pane % batches.length]!);
}
