/**
 * How fast are the 100 greatest found of 10,000,000 numbers?
 *
 * A run is one batch of lines by `pushBytes` and `rdd.top(100)`, on one core. The plain program decodes the bytes, splits them into lines, makes a number
 * of each and keeps those that may still be among the greatest.
 *
 * Not measured: other orders, rows that are more than a number, receiving, more than one thread.
 */
import { linesOf } from "./support/lines.js";
import { type NumbersSize, numberLines, numbersSizes } from "./support/numbers.js";
import { benchOf, PLAIN } from "./support/question.js";
import { millraceSide, plainSide } from "./support/sides.js";

const COUNT = 100;
const KEPT_MAX = 1000;

function greatestOf(bytes: Uint8Array): number[] {
  let kept: number[] = [];
  let least = Number.NEGATIVE_INFINITY;
  const cut = () => {
    kept = kept.sort((x, y) => y - x).slice(0, COUNT);
    if (kept.length === COUNT) least = kept[COUNT - 1]!;
  };
  for (const line of linesOf(bytes)) {
    const number = Number(line);
    if (number <= least) continue;
    kept.push(number);
    if (kept.length === KEPT_MAX) cut();
  }
  cut();
  return kept;
}

const placePairs = (numbers: readonly number[]) =>
  numbers.map((number, place): [string, number] => [`place ${place}`, number]);

export default benchOf<NumbersSize, Uint8Array>({
  name: "top-100",
  question: "How fast are the 100 greatest of 10,000,000 numbers found?",
  notMeasured: "other orders, rows that are more than a number, receiving, more than one thread",
  sizes: numbersSizes,
  aims: { [PLAIN]: 4 },
  input: (size) => numberLines({ ...size, below: size.below * 1000 }, 7),
  bytes: (input) => input.length,
  millrace: (input, master) => [
    millraceSide({
      what: `Millrace, ${master}`,
      master,
      batches: [[input]],
      build: (lines) => lines.map((line) => Number(line)),
      output: (rdd) => rdd.top(COUNT),
      result: async (rdd) => placePairs(await rdd.top(COUNT)),
    }),
  ],
  others: (input) => [plainSide(() => greatestOf(input), placePairs)],
});
