/** Questions about bytes on two threads and on one. */
import type { Bench, Row } from "./bench.js";
import type { QuestionBench } from "./question.js";

export interface Size {
  readonly of: "small" | "large";
  /** At most; a question that takes fewer in its own bench takes those. */
  readonly rounds: number;
}

const AIM = 1.6;

/** The question of two threads about some questions. */
export function twoThreadsBench(questions: readonly QuestionBench[]): Bench<Size> {
  return {
    name: "two-threads",
    question: "How much faster are questions about bytes answered on two threads than on one?",
    notMeasured: "more than two threads, program modules, receiving",
    sizes: { small: { of: "small", rounds: 2 }, large: { of: "large", rounds: 9 } },
    run: async ({ of, rounds }) => {
      const rows: Row[] = [];
      for (const { name, sizes, onTwoThreads } of questions) {
        for (const row of await onTwoThreads(sizes[of], rounds, AIM)) {
          rows.push({ ...row, part: name, what: `${name}, ${row.what}` });
        }
      }
      return rows;
    },
  };
}
