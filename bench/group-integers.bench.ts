/**
 * How fast are floats grouped by an integer key, with their sum and maximum: 1,000,000 rows of 100,000 keys?
 *
 * A run is one batch of lines of JSON by `pushBytes`, its groups counted, on one core. The plain program parses every line and keeps sum and maximum in
 * a `Map`.
 *
 * Not measured: making JavaScript values of the groups, receiving, more than one thread.
 */

import { linesOf } from "./support/lines.js";
import type { Alternation } from "./support/measure.js";
import { benchOf, PLAIN } from "./support/question.js";
import { type Reading, readings } from "./support/readings.js";
import { millraceSide, plainSide } from "./support/sides.js";

interface Size extends Alternation {
  readonly rows: number;
  readonly keys: number;
}

type Group = [sum: number, max: number];

function groupByKey(bytes: Uint8Array): Map<number, Group> {
  const groups = new Map<number, Group>();
  for (const line of linesOf(bytes)) {
    const { key, value }: Reading = JSON.parse(line);
    const group = groups.get(key);
    if (group) {
      group[0] += value;
      group[1] = Math.max(group[1], value);
    } else {
      groups.set(key, [value, value]);
    }
  }
  return groups;
}

const groupPairs = (groups: Iterable<readonly [number, Group]>) =>
  Array.from(groups).flatMap(
    ([key, [sum, max]]): Array<[string, number]> => [
      [`sum ${key}`, sum],
      [`max ${key}`, max],
    ],
  );

export default benchOf<Size, Uint8Array>({
  name: "group-integers",
  question: "How fast are floats grouped by an integer key, with their sum and maximum?",
  notMeasured: "making JavaScript values of the groups, receiving, more than one thread",
  sizes: {
    small: { rows: 3000, keys: 300, rounds: 2, warmUpRounds: 1 },
    large: { rows: 1_000_000, keys: 100_000, rounds: 7, warmUpRounds: 2 },
  },
  aims: { [PLAIN]: 4 },
  input: ({ rows, keys }) => readings({ rows, keys, seed: 3 }),
  bytes: (input) => input.length,
  millrace: (input, master) => [
    millraceSide({
      what: `Millrace, ${master}`,
      master,
      batches: [[input]],
      build: (lines) =>
        lines
          .map((line): Reading => JSON.parse(line))
          .map(({ key, value }) => [key, [value, value] as Group])
          .reduceByKey((a, b): Group => [a[0] + b[0], Math.max(a[1], b[1])]),
      result: async (rdd) => groupPairs(await rdd.collect()),
    }),
  ],
  others: (input) => [plainSide(() => groupByKey(input), groupPairs)],
});
