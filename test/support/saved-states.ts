import { type DStream, MemoryStore, type StreamingContextOptions } from "millrace";
import { expect } from "vitest";
import { type Change, type Define, Job, TracedStore } from "./recovery.js";

/** Streams with a state, over lines. */
export type Program = (lines: DStream<string>) => Record<string, DStream<unknown>>;
/** What each stream gave for each batch, partition by partition; or that its batch failed. */
type Given = Map<string, unknown>;

/** What a life of a job is begun with. */
export interface Life {
  readonly options: Partial<StreamingContextOptions>;
  /** Called when it has ended. */
  readonly ended: () => Promise<void>;
}

const BATCHES_A_LIFE = 9;

/**
 * Runs a program over batches of lines in many lives, each of which goes on from what one before had written up to some moment, and checks that every batch
 * gives what it gives to one that nothing happens to, without a store, in JavaScript. `lifeAt`: how the n-th life is led.
 */
export async function inManyLives(
  program: Program,
  batches: ReadonlyArray<readonly string[]>,
  draw: () => number,
  lifeAt: (life: number) => Promise<Life>,
): Promise<void> {
  const wanted: Given = new Map();
  const untouched = new Job(noting(program, wanted), { lowering: false });
  await untouched.begin(new MemoryStore());
  for (const lines of batches) await untouched.run(lines);
  await untouched.end();
  const given: Given = new Map();
  let written: readonly Change[] = [];
  for (let life = 0, done = 0; done < batches.length; life++) {
    const { options, ended } = await lifeAt(life);
    const store = await storeWith(written);
    const job = new Job(noting(program, given), options);
    await job.begin(store);
    await job.settle();
    for (let left = 1 + Math.floor(draw() * BATCHES_A_LIFE); left > 0 && job.nextBatch < batches.length; left--) {
      await job.run(batches[job.nextBatch]!);
    }
    done = job.nextBatch;
    await job.end();
    await ended();
    for (const [what, rows] of given) expect(rows, `${what} in life ${life}`).toStrictEqual(wanted.get(what));
    // The last life is whole: the others may have been killed while they wrote.
    const isKilled = done < batches.length && draw() < 0.6;
    const end = isKilled
      ? written.length + Math.floor(draw() * (store.changes.length - written.length + 1))
      : store.changes.length;
    written = store.changes.slice(0, end);
  }
  expect([...given.keys()].sort()).toEqual([...wanted.keys()].sort());
}

async function storeWith(changes: readonly Change[]): Promise<TracedStore> {
  const store = new TracedStore();
  for (const [key, bytes] of changes) await (bytes ? store.write(key, bytes) : store.delete(key));
  return store;
}

function noting(program: Program, given: Given): Define {
  return (input) => {
    for (const [name, stream] of Object.entries(program(input as unknown as DStream<string>))) {
      stream.foreachRDD(async (rdd, time) => {
        const rows = await rdd
          .glom()
          .collect()
          .catch(() => "failed");
        // A state that is an object may be changed later on.
        given.set(`${name} at ${time.milliseconds}`, structuredClone(rows));
      });
    }
  };
}
