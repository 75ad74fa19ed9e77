/** Word counts of batches of text. */
import type { DStream } from "millrace";
import type { Side } from "./bench.js";
import { linesOf } from "./lines.js";
import type { Alternation } from "./measure.js";
import { countWords, plainWordCount } from "./plain-word-count.js";
import { benchOf, PLAIN, type Question, type QuestionBench } from "./question.js";
import { type Batch, millraceSide, plainSide } from "./sides.js";

/** Bytes of the large text. */
export const TEXT_BYTES = 8_900_000;

export interface TextSize extends Alternation {
  readonly bytes: number;
}

export type Counts = DStream<[word: string, count: number]>;

/** The plain lambdas, which run in the kernel. */
export function wordCount(lines: DStream<string>): Counts {
  return lines
    .flatMap((line) => line.split(" "))
    .map((word) => [word, 1])
    .reduceByKey((x, y) => x + y);
}

/** A word count whose run is one batch, the different words counted. */
export function wordCountSide(
  batch: Batch,
  master: string,
  build: (lines: DStream<string>) => Counts = wordCount,
): Side {
  const what = `Millrace, ${master}`;
  return millraceSide({ what, master, batches: [batch], build, result: (rdd) => rdd.collect() });
}

export interface WordCountQuestion extends Pick<Question<TextSize, Uint8Array>, "notMeasured" | "aims"> {
  readonly text: (bytes: number) => Uint8Array;
  /** Sides besides the plain program. */
  readonly yardsticks?: (text: Uint8Array) => Side[];
}

const sizes = {
  small: { bytes: 400_000, rounds: 2, warmUpRounds: 1 },
  large: { bytes: TEXT_BYTES, rounds: 15, warmUpRounds: 3 },
};

/** The question that the library is known for, about any text. */
export function wordCountBench(question: WordCountQuestion): QuestionBench<TextSize> {
  const { text, yardsticks, notMeasured, aims } = question;
  return benchOf({
    name: "word-count",
    question: "How fast are batches of text by pushBytes counted by word, in the kernel, on one core?",
    notMeasured,
    aims,
    sizes,
    input: ({ bytes }) => text(bytes),
    bytes: (input) => input.length,
    millrace: (input, master) => [wordCountSide([input], master)],
    others: (input) => [
      plainSide(
        () => plainWordCount(input),
        (counts) => counts,
      ),
      ...(yardsticks?.(input) ?? []),
    ],
  });
}

/** The same of lines that are strings already. */
export function stringsBench(text: (bytes: number) => Uint8Array): QuestionBench<TextSize> {
  return benchOf({
    name: "strings",
    question: "How fast are words counted in lines that are JavaScript strings already?",
    notMeasured: "JavaScript values of the counts, strings that are not ASCII for the most part",
    aims: { [PLAIN]: 2 },
    sizes,
    input: ({ bytes }) => linesOf(text(bytes)),
    millrace: (lines, master) => [wordCountSide([lines], master)],
    others: (lines) => [
      plainSide(
        () => countWords(lines),
        (counts) => counts,
      ),
    ],
  });
}
