/**
 * What does a slide of a window with an inverse cost where it has 100,000 keys: 60 panes of 30,000 rows, sliding by one?
 *
 * A run is one batch of lines of JSON by `pushBytes` and the count of the window's keys, on one core. The plain program does the same with a `Map` of
 * running sums: it adds what enters and takes away what leaves.
 *
 * Not measured: more than one thread, a filter, other numbers of panes, on which the cost does not depend.
 */
import { batchesOf, type KeyedWindowInput, keyedWindowSide, sumsByKey } from "./support/keyed-windows.js";
import type { Alternation } from "./support/measure.js";
import { benchOf, PLAIN } from "./support/question.js";
import { incrementalWindow } from "./support/windows.js";

interface Size extends Alternation {
  readonly rows: number;
  readonly keys: number;
  readonly panes: number;
}

export default benchOf<Size, KeyedWindowInput>({
  name: "window-inverse",
  question: "What does a slide of a window with an inverse cost, of 60 panes and 100,000 keys?",
  notMeasured: "more than one thread, a filter, other numbers of panes",
  sizes: {
    small: { rows: 300, keys: 1000, panes: 6, rounds: 2, warmUpRounds: 1 },
    large: { rows: 30_000, keys: 100_000, panes: 60, rounds: 11, warmUpRounds: 2 },
  },
  aims: {},
  input: ({ rows, keys, panes }) => ({ panes, batches: batchesOf(panes, rows, keys), hasInverse: true }),
  millrace: (input, master) => [keyedWindowSide(input, `Millrace, ${master}`, master)],
  others: (input) => [incrementalWindow({ ...input, what: PLAIN, paneOf: sumsByKey })],
});
