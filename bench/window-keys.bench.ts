/**
 * What does a slide of a window by key cost where it has 100,000 keys: 60 panes of 30,000 rows, sliding by one?
 *
 * A run is one batch of lines of JSON by `pushBytes` and the count of the window's keys, on one core. The plain program does the same with `Map`s: it
 * sums up the batch, keeps the last 60 of these, and merges all of them for each window.
 *
 * Not measured: more than one thread, windows of rows, an inverse (window.bench.ts), other numbers of panes (window-panes.bench.ts).
 */
import { batchesOf, type KeyedWindowInput, keyedWindowSide, sumsByKey } from "./support/keyed-windows.js";
import type { Alternation } from "./support/measure.js";
import { benchOf, PLAIN } from "./support/question.js";
import { plainWindow } from "./support/windows.js";

interface Size extends Alternation {
  readonly rows: number;
  readonly keys: number;
  readonly panes: number;
}

export default benchOf<Size, KeyedWindowInput>({
  name: "window-keys",
  question: "What does a slide of a window of 60 panes and 100,000 keys cost?",
  notMeasured: "more than one thread, windows of rows, an inverse, other numbers of panes",
  sizes: {
    small: { rows: 300, keys: 1000, panes: 6, rounds: 2, warmUpRounds: 1 },
    large: { rows: 30_000, keys: 100_000, panes: 60, rounds: 11, warmUpRounds: 2 },
  },
  aims: { [PLAIN]: 5 },
  input: ({ rows, keys, panes }) => ({ panes, batches: batchesOf(panes, rows, keys) }),
  millrace: (input, master) => [keyedWindowSide(input, `Millrace, ${master}`, master)],
  others: (input) => [plainWindow({ ...input, what: PLAIN, paneOf: sumsByKey })],
});
