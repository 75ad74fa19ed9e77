/**
 * Does the cost of a slide depend on the number of panes: 15, 60, 240?
 *
 * A run is that of window-keys.bench.ts with fewer rows, so that the windows have about as many keys each. What the windows hold is checked against the
 * sum of all their batches.
 *
 * Not measured: more than one thread, other slides, plain programs (window-keys.bench.ts).
 */
import type { Bench, Row } from "./support/bench.js";
import { checksumOf } from "./support/checksum.js";
import { batchesOf, keyedWindowSide, sumsByKey } from "./support/keyed-windows.js";
import { type Alternation, alternate, ratioOfRuns, rowOfMs } from "./support/measure.js";

interface Size extends Alternation {
  readonly rows: number;
  readonly keys: number;
  readonly panes: readonly number[];
}

/** What a window holds of batches that come in turn. */
function windowOf(batches: readonly Uint8Array[], panes: number): string {
  const sums = new Map<number, number>();
  for (const batch of batches) {
    for (const [key, sum] of sumsByKey(batch)) sums.set(key, (sums.get(key) ?? 0) + sum);
  }
  const times = panes / batches.length;
  return checksumOf(Array.from(sums, ([key, sum]) => [String(key), sum * times]));
}

const bench: Bench<Size> = {
  name: "window-panes",
  question: "Does the cost of a slide depend on the number of panes?",
  notMeasured: "more than one thread, other slides, plain programs",
  sizes: {
    small: { rows: 300, keys: 200, panes: [3, 6, 12], rounds: 2, warmUpRounds: 1 },
    large: { rows: 10_000, keys: 100_000, panes: [15, 60, 240], rounds: 11, warmUpRounds: 3 },
  },
  async run({ rows: rowsOfBatch, keys, panes, ...alternation }) {
    // As many batches as the smallest window has panes: a larger one has each of them several times, and all windows have the same keys.
    const batches = batchesOf(panes[0]!, rowsOfBatch, keys);
    const sides = panes.map((count) => keyedWindowSide({ panes: count, batches }, `${count} panes`, "local[1]"));
    for (const side of sides) await side.prepare?.();
    const times = await alternate(sides, alternation);
    const rows: Row[] = [];
    for (const [index, { what, check, stop }] of sides.entries()) {
      const { checksum, bytesCopied } = await check();
      await stop?.();
      const expected = windowOf(batches, panes[index]!);
      if (checksum !== expected) throw new Error(`${what} computed ${checksum}; the batches have ${expected}.`);
      const ratios = index === 0 ? [] : [ratioOfRuns(sides[0]!.what, times[index]!, times[0]!, { atLeast: 0.8 })];
      rows.push(rowOfMs(what, times[index]!, { part: what, checksum, ...(bytesCopied && { bytesCopied }), ratios }));
    }
    return rows;
  },
};

export default bench;
