/**
 * How fast are words of real text counted, a batch of 8.9 MB at a time, by the plain lambdas on one core?
 *
 * A run is one batch: `pushBytes`, a step of the manual clock, `await rdd.count()` in `foreachRDD`. The plain program decodes the text, splits it
 * and counts in a `Map`. The bare kernel is bare-word-count.ts: a table of fixed capacity, the same rules of input; the copy into its memory counts.
 *
 * Not measured: receiving (socket.bench.ts), making JavaScript values of the counts, more than one thread, other text.
 */
import { BareKernel } from "./support/bare-kernel.js";
import { plainSide } from "./support/sides.js";
import { bookText } from "./support/text.js";
import { wordCountBench } from "./support/word-count.js";

export default wordCountBench({
  notMeasured: "receiving, JavaScript values of the counts, more than one thread",
  aims: { "plain JavaScript": 13, "bare kernel": 0.9, "DuckDB, 1 thread": 3 },
  text: bookText,
  yardsticks: (text) => {
    const bare = new BareKernel();
    return [
      plainSide(
        () => bare.count(text),
        () => bare.entries(),
        "bare kernel",
      ),
    ];
  },
});
