/**
 * What do lambdas cost that the kernel cannot run: a regular expression in `split`, a captured variable in `map`?
 *
 * A run is one batch of text by `pushBytes`, counted by word on one core. The hand-written loop does the same to the same bytes: decode, split into
 * lines, split by the regular expression, add the captured number in a `Map`; it makes no pairs.
 *
 * Not measured: lambdas that do more than these, rows that are no text.
 */

import { linesOf } from "./support/lines.js";
import { benchOf } from "./support/question.js";
import { plainSide } from "./support/sides.js";
import { bookText } from "./support/text.js";
import { TEXT_BYTES, type TextSize, wordCountSide } from "./support/word-count.js";

interface Input {
  readonly text: Uint8Array;
  /** What is added for each word: 1, which no reader of the lambda can know. */
  readonly one: number;
}

function handWritten({ text, one }: Input): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of linesOf(text)) {
    for (const word of line.split(/ /)) {
      const count = counts.get(word);
      counts.set(word, count === undefined ? one : count + one);
    }
  }
  return counts;
}

export default benchOf<TextSize, Input>({
  name: "opaque",
  question: "How fast are lambdas that run as JavaScript, beside the hand-written loop that does the same?",
  notMeasured: "lambdas that do more, rows that are no text",
  sizes: {
    small: { bytes: 400_000, rounds: 2, warmUpRounds: 1 },
    large: { bytes: TEXT_BYTES, rounds: 11, warmUpRounds: 2 },
  },
  aims: { "hand-written loop": 0.8 },
  input: ({ bytes }) => {
    const text = bookText(bytes);
    return { text, one: Math.sign(text.length) };
  },
  bytes: ({ text }) => text.length,
  millrace: ({ text, one }, master) => [
    wordCountSide([text], master, (lines) =>
      lines
        .flatMap((line) => line.split(/ /))
        .map((word) => [word, one])
        .reduceByKey((x, y) => x + y),
    ),
  ],
  others: (input) => [
    plainSide(
      () => handWritten(input),
      (counts) => counts,
      "hand-written loop",
    ),
  ],
});
