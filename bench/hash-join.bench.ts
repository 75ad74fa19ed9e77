/**
 * How fast are 1,000,000 rows joined with 100,000 others by an integer key?
 *
 * A run is one batch: readings and weights by key, lines of JSON, each by `pushBytes` to a stream of its own; the streams are joined and the weighted
 * readings added up to one number, on one core. The plain program parses all lines, keeps the weights in a `Map` and looks every reading up there.
 *
 * Not measured: making JavaScript values of what is joined, several rows of a key on both sides, receiving, more than one thread.
 */

import { linesOf } from "./support/lines.js";
import type { Alternation } from "./support/measure.js";
import { benchOf, PLAIN } from "./support/question.js";
import { type Reading, readings } from "./support/readings.js";
import { millraceSide, plainSide } from "./support/sides.js";

interface Size extends Alternation {
  readonly rows: number;
  readonly weights: number;
}

interface Input {
  readonly readings: Uint8Array;
  /** One for each key, in a shuffled order; the key of every tenth reading has none. */
  readonly weights: Uint8Array;
}

const UNKNOWN_KEYS = 1.1;
/** Prime, so that it steps through all keys. */
const STEP = 7919;

function weightsOf(count: number): Uint8Array {
  const lines = Array.from({ length: count }, (_, i) => `{"key":${(i * STEP) % count},"value":${(i % 5) + 1}}\n`);
  return new TextEncoder().encode(lines.join(""));
}

function joinByHand({ readings, weights }: Input): number {
  const byKey = new Map<number, number>();
  for (const line of linesOf(weights)) {
    const { key, value }: Reading = JSON.parse(line);
    byKey.set(key, value);
  }
  let sum = 0;
  for (const line of linesOf(readings)) {
    const { key, value }: Reading = JSON.parse(line);
    const weight = byKey.get(key);
    if (weight !== undefined) sum += value * weight;
  }
  return sum;
}

export default benchOf<Size, Input>({
  name: "hash-join",
  question: "How fast are 1,000,000 rows joined with 100,000 others by an integer key?",
  notMeasured: "values of what is joined, several rows of a key on both sides, receiving, more than one thread",
  sizes: {
    small: { rows: 3000, weights: 300, rounds: 2, warmUpRounds: 1 },
    large: { rows: 1_000_000, weights: 100_000, rounds: 7, warmUpRounds: 2 },
  },
  aims: { [PLAIN]: 3 },
  input: ({ rows, weights }) => ({
    readings: readings({ rows, keys: Math.floor(weights * UNKNOWN_KEYS), seed: 4 }),
    weights: weightsOf(weights),
  }),
  bytes: ({ readings, weights }) => readings.length + weights.length,
  millrace: ({ readings, weights }, master) => [
    millraceSide({
      what: `Millrace, ${master}`,
      master,
      batches: [[readings, weights]],
      build: (...inputs) => {
        const [read, weighed] = inputs.map((lines) =>
          lines.map((line): Reading => JSON.parse(line)).map(({ key, value }) => [key, value]),
        );
        return read!
          .join(weighed!)
          .map(([, [value, weight]]) => value * weight)
          .reduce((x, y) => x + y);
      },
      output: (rdd) => rdd.collect(),
      result: async (rdd) => (await rdd.collect()).map((sum) => ["sum", sum]),
    }),
  ],
  others: (input) => [
    plainSide(
      () => joinByHand(input),
      (sum) => [["sum", sum]],
    ),
  ],
});
