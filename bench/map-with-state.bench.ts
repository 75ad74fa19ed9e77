/**
 * How fast does `mapWithState` keep running sums: 1,000,000 keys, 100,000 updates a batch?
 *
 * A run is one batch of lines of JSON by `pushBytes` and the count of the rows that come out, one for each update, on one core. The plain program
 * parses every line and keeps the sums in a `Map`.
 *
 * Not measured: timeouts, snapshots, new keys, receiving, more than one thread.
 */
import { type State, StateSpec } from "millrace";
import { type Sums, updatesBench } from "./support/updates.js";

export default updatesBench({
  name: "map-with-state",
  question: "How fast does mapWithState keep running sums of 1,000,000 keys, 100,000 updates a batch?",
  notMeasured: "timeouts, snapshots, new keys, receiving, more than one thread",
  atLeast: 2,
  build: (pairs) =>
    pairs.mapWithState(
      StateSpec.function((user: string, amount: number | undefined, state: State<number>): Sums => {
        const sum = (state.getOption() ?? 0) + (amount ?? 0);
        state.update(sum);
        return [user, sum];
      }),
    ),
  *byHand(sums, updates) {
    for (const { user, amount } of updates) {
      const sum = (sums.get(user) ?? 0) + amount;
      sums.set(user, sum);
      yield [user, sum];
    }
  },
});
