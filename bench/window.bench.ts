/**
 * What does a slide of a window by key cost: 60 panes, sliding by one?
 *
 * A run is one batch of text by `pushBytes` and the count of the window's keys, on one core. The plain program does the same with `Map`s: it counts
 * the words of the batch, keeps the last 60 of these, and merges all of them for each window. The incremental form, with an inverse, keeps a running
 * value.
 *
 * Not measured: more than one thread, windows of rows, values other than sums, many keys (window-keys.bench.ts).
 */
import type { DStream } from "millrace";
import { plainWordCount } from "./support/plain-word-count.js";
import { benchOf } from "./support/question.js";
import { millraceSide } from "./support/sides.js";
import { bookText } from "./support/text.js";
import { fillOf, INTERVAL_MS, plainWindow } from "./support/windows.js";
import type { Counts, TextSize } from "./support/word-count.js";

interface Size extends TextSize {
  readonly panes: number;
}

interface Input {
  readonly batch: Uint8Array;
  readonly panes: number;
}

type Windowed = (pairs: DStream<[string, number]>, windowMs: number) => Counts;

const add = (x: number, y: number) => x + y;

const FORMS: Readonly<Record<string, Windowed>> = {
  "tree of panes, x + y": (pairs, windowMs) => pairs.reduceByKeyAndWindow((x, y) => x + y, windowMs),
  "tree of panes, an opaque reducer": (pairs, windowMs) => pairs.reduceByKeyAndWindow((x, y) => add(x, y), windowMs),
  "with an inverse": (pairs, windowMs) =>
    pairs.reduceByKeyAndWindow(
      (x, y) => x + y,
      (x, y) => x - y,
      windowMs,
    ),
};

export default benchOf<Size, Input>({
  name: "window",
  question: "What does a slide of a window by key cost, 60 panes sliding by one?",
  notMeasured: "more than one thread, windows of rows, values other than sums",
  sizes: {
    small: { bytes: 20_000, panes: 6, rounds: 2, warmUpRounds: 1 },
    large: { bytes: 1_000_000, panes: 60, rounds: 21, warmUpRounds: 3 },
  },
  aims: {},
  input: ({ bytes, panes }) => ({ batch: bookText(bytes), panes }),
  millrace: ({ batch, panes }, master) =>
    Object.entries(FORMS).map(([what, windowed]) =>
      millraceSide({
        what,
        master,
        batches: [[batch]],
        before: fillOf(panes, [[batch]]),
        build: (lines) =>
          windowed(
            lines.flatMap((line) => line.split(" ")).map((word) => [word, 1]),
            panes * INTERVAL_MS,
          ),
        result: (rdd) => rdd.collect(),
      }),
    ),
  others: ({ batch, panes }) => [
    plainWindow({ what: "pane by pane, plain Maps", panes, batches: [batch], paneOf: plainWordCount }),
  ],
});
