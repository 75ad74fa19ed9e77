/**
 * What do lambdas cost that the kernel cannot run: a regular expression in `split`, a captured variable in `map`?
 *
 * A run is one batch of text by `pushBytes`, counted by word on one core. The hand-written loop does the same to the same bytes: decode, split into
 * lines, split by the regular expression, add the captured number in a `Map`; it makes no pairs.
 *
 * Not measured: lambdas that do more than these, rows that are no text.
 */
import type { DStream } from "millrace";
import type { Bench } from "./support/bench.js";
import { checksumOf } from "./support/checksum.js";
import { type Alternation, agreed, alternate, ratio, rowOfBytes } from "./support/measure.js";
import { MillraceWordCount } from "./support/millrace-word-count.js";
import { bookText, TEXT_BYTES } from "./support/text.js";

interface Size extends Alternation {
  readonly bytes: number;
}

function opaqueWordCount(lines: DStream<string>, one: number): DStream<[string, number]> {
  return lines
    .flatMap((line) => line.split(/ /))
    .map((word) => [word, one])
    .reduceByKey((x, y) => x + y);
}

function handWritten(bytes: Uint8Array, one: number): Map<string, number> {
  const counts = new Map<string, number>();
  const lines = new TextDecoder().decode(bytes).split("\n");
  lines.pop();
  for (const line of lines) {
    for (const word of line.split(/ /)) {
      const count = counts.get(word);
      counts.set(word, count === undefined ? one : count + one);
    }
  }
  return counts;
}

const bench: Bench<Size> = {
  name: "opaque",
  question: "How fast are lambdas that run as JavaScript, beside the hand-written loop that does the same?",
  notMeasured: "lambdas that do more, rows that are no text",
  sizes: {
    small: { bytes: 400_000, rounds: 2, warmUpRounds: 1 },
    large: { bytes: TEXT_BYTES, rounds: 11, warmUpRounds: 2 },
  },
  async run({ bytes, ...alternation }) {
    const text = bookText(bytes);
    const one = Math.sign(text.length);
    const millrace = new MillraceWordCount({ master: "local[1]", count: (lines) => opaqueWordCount(lines, one) });
    const times = await alternate(
      [
        { what: "Millrace", run: () => millrace.run(text) },
        { what: "hand-written", run: () => handWritten(text, one) },
      ],
      alternation,
    );
    const checked = await millrace.check(text);
    await millrace.stop();
    const checksum = checksumOf(handWritten(text, one));
    const plain = rowOfBytes("hand-written loop", text.length, times[1]!, { checksum });
    const own = rowOfBytes("Millrace, local[1]", text.length, times[0]!, checked);
    return agreed([{ ...own, ratios: [ratio(own, plain, { atLeast: 0.8 })] }, plain]);
  },
};

export default bench;
