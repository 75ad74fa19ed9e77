/**
 * What does `updateStateByKey` cost, which calls its function for every known key in every batch: 1,000,000 keys, 100,000 updates a batch?
 *
 * A run is one batch of lines of JSON by `pushBytes` and the count of all keys, on one core. The plain program parses every line, gathers the values of
 * each key, and goes through all the keys of a `Map`.
 *
 * Not measured: keys that are removed, new keys, receiving, more than one thread.
 */
import { updatesBench } from "./support/updates.js";

const sumOf = (values: readonly number[], before: number) => values.reduce((x, y) => x + y, before);

export default updatesBench({
  name: "update-state",
  question: "What does updateStateByKey cost, called for each of 1,000,000 keys in every batch?",
  notMeasured: "keys that are removed, new keys, receiving, more than one thread",
  build: (pairs) => pairs.updateStateByKey((values, state) => values.reduce((x, y) => x + y, state ?? 0)),
  *byHand(sums, updates) {
    const values = new Map<string, number[]>();
    for (const { user, amount } of updates) {
      const known = values.get(user);
      if (known) known.push(amount);
      else values.set(user, [amount]);
    }
    for (const user of values.keys()) if (!sums.has(user)) sums.set(user, 0);
    for (const [user, before] of sums) {
      const sum = sumOf(values.get(user) ?? [], before);
      sums.set(user, sum);
      yield [user, sum];
    }
  },
});
