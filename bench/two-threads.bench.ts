/**
 * How much faster are the questions that take bytes with `local[2]` than with `local[1]`?
 *
 * A run is that of the question's own bench. Each context has the defaults of its master: one partition and one reducer, or two and two.
 *
 * Not measured: more than two threads, `program` modules, receiving.
 */
import csv from "./csv.bench.js";
import distinct from "./distinct.bench.js";
import groupIntegers from "./group-integers.bench.js";
import hashJoin from "./hash-join.bench.js";
import mapWithState from "./map-with-state.bench.js";
import type { Bench, Row } from "./support/bench.js";
import type { Alternation } from "./support/measure.js";
import { type QuestionBench, rowsOf } from "./support/question.js";
import topHundred from "./top-100.bench.js";
import windowKeys from "./window-keys.bench.js";
import wordCount from "./word-count.bench.js";
import ysbCapture from "./ysb-capture.bench.js";
import ysbClosure from "./ysb-closure.bench.js";
import ysbTransform from "./ysb-transform.bench.js";

interface Size {
  readonly of: "small" | "large";
  /** At most; a question that takes fewer in its own bench takes those. */
  readonly rounds: number;
}

const AIM = 1.6;

/** The rows of one question, and what they are called in a table that has many. */
async function compare<Each extends Alternation, Input>(bench: QuestionBench<Each, Input>, size: Size): Promise<Row[]> {
  const { asked, name, sizes } = bench;
  const own = sizes[size.of];
  const input = asked.input(own);
  const [two, one] = ["local[2]", "local[1]"].map((master) => ({ ...asked.millrace(input, master)[0]!, what: master }));
  const rows = await rowsOf([two!], [one!], {
    rounds: Math.min(size.rounds, own.rounds),
    warmUpRounds: own.warmUpRounds,
    bytes: asked.bytes?.(input),
    aims: { "local[1]": AIM },
  });
  return rows.map((row) => ({ ...row, part: name, what: `${name}, ${row.what}` }));
}

const bench: Bench<Size> = {
  name: "two-threads",
  question: "How much faster are questions about bytes answered on two threads than on one?",
  notMeasured: "more than two threads, program modules, receiving",
  sizes: { small: { of: "small", rounds: 2 }, large: { of: "large", rounds: 5 } },
  run: async (size) => [
    ...(await compare(wordCount, size)),
    ...(await compare(ysbCapture, size)),
    ...(await compare(ysbTransform, size)),
    ...(await compare(ysbClosure, size)),
    ...(await compare(csv, size)),
    ...(await compare(groupIntegers, size)),
    ...(await compare(hashJoin, size)),
    ...(await compare(windowKeys, size)),
    ...(await compare(mapWithState, size)),
    ...(await compare(distinct, size)),
    ...(await compare(topHundred, size)),
  ],
};

export default bench;
