/**
 * How much faster is the word count of word-count.bench.ts with `local[2]` than with `local[1]`?
 *
 * A run is one batch of 8.9 MB. Each context has the defaults of its master: one partition and one reducer, or two and two.
 *
 * Not measured: more than two threads, closures (they run on one thread), receiving.
 */
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
  name: "two-threads",
  question: "How much faster is the word count on two threads than on one?",
  notMeasured: "more than two threads, closures, receiving",
  sizes: {
    small: { bytes: 400_000, rounds: 2, warmUpRounds: 1 },
    large: { bytes: TEXT_BYTES, rounds: 15, warmUpRounds: 3 },
  },
  async run({ bytes, ...alternation }) {
    const text = bookText(bytes);
    const one = new MillraceWordCount({ master: "local[1]" });
    const two = new MillraceWordCount({ master: "local[2]" });
    const times = await alternate(
      [
        { what: "two", run: () => two.run(text) },
        { what: "one", run: () => one.run(text) },
        { what: "plain", run: () => plainWordCount(text) },
      ],
      alternation,
    );
    const checkedOne = await one.check(text);
    const checkedTwo = await two.check(text);
    await Promise.all([one.stop(), two.stop()]);
    const plain = rowOfBytes("plain JavaScript", text.length, times[2]!, {
      checksum: checksumOf(plainWordCount(text)),
    });
    const onOne = rowOfBytes("Millrace, local[1]", text.length, times[1]!, checkedOne);
    const onTwo = rowOfBytes("Millrace, local[2]", text.length, times[0]!, checkedTwo);
    const ratios = [ratio(onTwo, onOne, { atLeast: 1.5 }), ratio(onTwo, plain)];
    return agreed([{ ...onTwo, ratios }, { ...onOne, ratios: [ratio(onOne, plain)] }, plain]);
  },
};

export default bench;
