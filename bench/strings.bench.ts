/**
 * How fast are words counted in lines that are JavaScript strings already?
 *
 * A run is one batch of lines by `push`, on one core; of the counts it takes the number. The plain program splits each line and counts in a `Map`.
 *
 * Not measured: making JavaScript values of the counts, strings that are not ASCII for the most part.
 */

import { linesOf } from "./support/lines.js";
import { countWords } from "./support/plain-word-count.js";
import { benchOf, PLAIN } from "./support/question.js";
import { plainSide } from "./support/sides.js";
import { bookText } from "./support/text.js";
import { TEXT_BYTES, type TextSize, wordCountSide } from "./support/word-count.js";

export default benchOf<TextSize, string[]>({
  name: "strings",
  question: "How fast are words counted in lines that are JavaScript strings already?",
  notMeasured: "JavaScript values of the counts, strings that are not ASCII for the most part",
  sizes: {
    small: { bytes: 400_000, rounds: 2, warmUpRounds: 1 },
    large: { bytes: TEXT_BYTES, rounds: 11, warmUpRounds: 3 },
  },
  aims: { [PLAIN]: 2 },
  input: ({ bytes }) => linesOf(bookText(bytes)),
  millrace: (lines, master) => [wordCountSide([lines], master)],
  others: (lines) => [
    plainSide(
      () => countWords(lines),
      (counts) => counts,
    ),
  ],
});
