/**
 * How fast are words of real text counted, a batch of 8.9 MB at a time, by the plain lambdas on one core?
 *
 * A run is one batch: `pushBytes`, a step of the manual clock, `await rdd.count()` in `foreachRDD`. The plain program decodes the text, splits it
 * and counts in a `Map`. The bare kernel is bare-word-count.ts: a table of fixed capacity, the same rules of input; the copy into its memory counts.
 *
 * Not measured: receiving (socket.bench.ts), making JavaScript values of the counts, more than one thread, other text.
 */
import { BareKernel } from "./support/bare-kernel.js";
import type { Bench } from "./support/bench.js";
import { checksumOf } from "./support/checksum.js";
import { type Alternation, agreed, alternate, ratio, rowOfBytes } from "./support/measure.js";
import { MillraceWordCount } from "./support/millrace-word-count.js";
import { plainWordCount } from "./support/plain-word-count.js";
import { bookText, TEXT_BYTES } from "./support/text.js";

interface Size extends Alternation {
  readonly bytes: number;
}

const bench: Bench<Size> = {
  name: "word-count",
  question: "How fast are batches of text by pushBytes counted by word, in the kernel, on one core?",
  notMeasured: "receiving, JavaScript values of the counts, more than one thread",
  sizes: {
    small: { bytes: 400_000, rounds: 2, warmUpRounds: 1 },
    large: { bytes: TEXT_BYTES, rounds: 15, warmUpRounds: 3 },
  },
  async run({ bytes, ...alternation }) {
    const text = bookText(bytes);
    const bare = new BareKernel();
    const millrace = new MillraceWordCount({ master: "local[1]" });
    const times = await alternate(
      [
        { what: "Millrace", run: () => millrace.run(text) },
        { what: "plain", run: () => plainWordCount(text) },
        { what: "bare", run: () => bare.count(text) },
      ],
      alternation,
    );
    const checked = await millrace.check(text);
    await millrace.stop();
    const kernel = rowOfBytes("bare kernel", text.length, times[2]!, { checksum: checksumOf(bare.entries()) });
    const plain = rowOfBytes("plain JavaScript", text.length, times[1]!, {
      checksum: checksumOf(plainWordCount(text)),
    });
    const own = rowOfBytes("Millrace, local[1]", text.length, times[0]!, checked);
    const ratios = [ratio(own, plain, { atLeast: 10 }), ratio(own, kernel, { atLeast: 0.7 })];
    return agreed([{ ...own, ratios }, plain, kernel]);
  },
};

export default bench;
