/**
 * How long does a checkpoint hold a batch up: 1,000,000 keys, 1,000 of them changed?
 *
 * A run is one batch of 1,000 pushed pairs through `mapWithState`, up to the end of `advance()`, which waits for the commit: once with a store in memory, which shows what the
 * library itself takes, and once without a store. What a disk adds is in tiny-batch-checkpoint.bench.ts.
 *
 * Not measured: the disk, the merging of runs between batches (the slowest run shows it), recovery.
 */
import { MemoryStore } from "millrace";
import type { Bench, Row } from "./support/bench.js";
import { checksumOf } from "./support/checksum.js";
import { fill, type KeyedSums, keyedSums } from "./support/keyed-sums.js";
import { agreed, ratio, rowOfMs } from "./support/measure.js";

interface Size {
  readonly keys: number;
  readonly changed: number;
  readonly rounds: number;
}

/** What a checkpoint may add to a batch, in ms. */
const PAUSE_MS_MAX = 5;
/** Runs of the state that the fill has left are merged meanwhile. */
const WARM_UP_ROUNDS = 100;

const bench: Bench<Size> = {
  name: "checkpoint-pause",
  question: "How long does a checkpoint hold a batch up: 1,000,000 keys, 1,000 of them changed?",
  notMeasured: "the disk, recovery",
  sizes: {
    small: { keys: 2000, changed: 100, rounds: 3 },
    large: { keys: 1_000_000, changed: 1000, rounds: 60 },
  },
  async run({ keys, changed, rounds }) {
    const sides: Array<{ what: string; sums: KeyedSums; last: number; batch: number }> = [];
    for (const [what, store] of [
      ["with a checkpoint", new MemoryStore()],
      ["without", undefined],
    ] as const) {
      const sums = await keyedSums(store);
      await fill(sums, keys);
      sides.push({ what, sums, last: 0, batch: 0 });
    }
    const [withMs, withoutMs] = await inTurns(
      sides.map((side) => async () => {
        const shift = 31 * side.batch++;
        side.last = await side.sums.run(Array.from({ length: changed }, (_, i) => (7919 * i + shift) % keys));
      }),
      rounds,
    );
    for (const { sums } of sides) await sums.stop();
    const rows: Row[] = [withMs!, withoutMs!].map((ms, i) =>
      rowOfMs(sides[i]!.what, ms, { checksum: checksumOf([["sum of sums", sides[i]!.last]]) }),
    );
    const pauses = withMs!.map((ms, round) => Math.max(0, ms - withoutMs![round]!));
    rows[0] = { ...rows[0]!, ratios: [ratio(rows[0]!, rows[1]!)] };
    const pause = rowOfMs("the pause", pauses, { part: "what the checkpoint adds", target: { atMost: PAUSE_MS_MAX } });
    return [...agreed(rows), pause];
  },
};

/**
 * The milliseconds of each run, one after the other. Nothing is collected by force between them: of a state of a million objects that empties the caches, and would be what is measured.
 */
async function inTurns(runs: ReadonlyArray<() => Promise<void>>, rounds: number): Promise<number[][]> {
  const times = runs.map((): number[] => []);
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    for (const [index, run] of runs.entries()) {
      const begin = performance.now();
      await run();
      if (round >= 0) times[index]!.push(performance.now() - begin);
    }
  }
  return times;
}

export default bench;
