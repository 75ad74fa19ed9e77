/**
 * How long until a context with a state of 1,000,000 keys has done its first batch after a restart?
 *
 * A run is `getOrCreate` on a store in memory, `start()` and one batch of one pair. The plain program reads the same pairs from JSON into a `Map`.
 *
 * Not measured: the disk, starting the process, batches that have to run again.
 */
import { MemoryStore } from "millrace";
import type { Bench } from "./support/bench.js";
import { checksumOf } from "./support/checksum.js";
import { fill, keyedSums } from "./support/keyed-sums.js";
import { agreed, alternate, ratio, rowOfMs } from "./support/measure.js";

interface Size {
  readonly keys: number;
  readonly rounds: number;
}

const RECOVERY_MS_MAX = 1000;

const bench: Bench<Size> = {
  name: "recovery",
  question: "How long until a context with a state of 1,000,000 keys has done its first batch after a restart?",
  notMeasured: "the disk, starting the process, batches that have to run again",
  sizes: { small: { keys: 2000, rounds: 2 }, large: { keys: 1_000_000, rounds: 5 } },
  async run({ keys, rounds }) {
    const store = new MemoryStore();
    const first = await keyedSums(store);
    await fill(first, keys);
    await first.stop();
    const saved = JSON.stringify(Array.from({ length: keys }, (_, key) => [`key-${String(key).padStart(8, "0")}`, 1]));
    // Every restart adds one to the first key.
    let [restarts, last, plainLast] = [0, 0, 0];
    const contenders = [
      {
        what: "Millrace, from a store in memory",
        run: async () => {
          const sums = await keyedSums(store);
          last = (await sums.run([0])) - ++restarts;
          await sums.stop();
        },
      },
      {
        what: "JSON into a Map",
        run: () => {
          const sums = new Map<string, number>(JSON.parse(saved));
          plainLast = sums.get("key-00000000")!;
        },
      },
    ];
    const [ours, plain] = await alternate(contenders, { rounds, warmUpRounds: 1 });
    const plainRow = rowOfMs(contenders[1]!.what, plain!, { checksum: checksumOf([["first key", plainLast]]) });
    const row = rowOfMs(contenders[0]!.what, ours!, {
      checksum: checksumOf([["first key", last]]),
      target: { atMost: RECOVERY_MS_MAX },
    });
    return agreed([{ ...row, ratios: [ratio(row, plainRow)] }, plainRow]);
  },
};

export default bench;
