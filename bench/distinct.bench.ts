/**
 * How fast are the distinct lines found of 10,000,000, of which 1,000,000 differ?
 *
 * A run is one batch by `pushBytes` and the number of distinct lines, on one core. The plain program decodes the bytes, splits them into lines and adds
 * each to a `Set`.
 *
 * Not measured: making JavaScript values of the lines, long lines, receiving, more than one thread.
 */
import { linesOf } from "./support/lines.js";
import { type NumbersSize, numberLines, numbersSizes } from "./support/numbers.js";
import { benchOf, PLAIN } from "./support/question.js";
import { millraceSide, plainSide } from "./support/sides.js";

const linePairs = (lines: Iterable<string>) => Array.from(lines, (line): [string, number] => [line, 1]);

export default benchOf<NumbersSize, Uint8Array>({
  name: "distinct",
  question: "How fast are the distinct lines of 10,000,000 found?",
  notMeasured: "JavaScript values of the lines, long lines, receiving, more than one thread",
  sizes: numbersSizes,
  aims: { [PLAIN]: 4 },
  input: (size) => numberLines(size, 6),
  bytes: (input) => input.length,
  millrace: (input, master) => [
    millraceSide({
      what: `Millrace, ${master}`,
      master,
      batches: [[input]],
      build: (lines) => lines.transform((rdd) => rdd.distinct()),
      result: async (rdd) => linePairs(await rdd.collect()),
    }),
  ],
  others: (input) => [plainSide(() => new Set(linesOf(input)), linePairs)],
});
