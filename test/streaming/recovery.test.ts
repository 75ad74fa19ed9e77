import { MemoryStore, type PushInput, StateSpec, StreamingContext, type StreamingContextOptions } from "millrace";
import { describe, expect, it, vi } from "vitest";
import { random } from "../support/property.js";
import { type Define, Job, type Outputs, storeAfter, TracedStore } from "../support/recovery.js";

vi.spyOn(process.stderr, "write").mockImplementation(() => true);

const sum = (a: number, b: number) => a + b;

/** Every kind of state and window, on pairs. */
const everything: Define = (input, output) => {
  const pairs = input as never as import("millrace").DStream<[string, number]>;
  output(
    "update",
    pairs.updateStateByKey((values: number[], state: number | undefined) => {
      const next = values.reduce(sum, state ?? 0);
      return next % 7 === 0 && values.length > 0 ? undefined : next;
    }),
  );
  const mapped = pairs.mapWithState(
    StateSpec.function((key: string, value: number | undefined, state) => {
      if (state.isTimingOut()) return `${key} out with ${JSON.stringify(state.get())}`;
      const seen = (state.getOption() as number[] | undefined) ?? [];
      if (value === 5) state.remove();
      else state.update([...seen, value!]);
      return `${key} ${JSON.stringify(seen)}`;
    }).timeout(3000),
  );
  output("map", mapped);
  output("snapshots", mapped.stateSnapshots());
  output("window", pairs.window(3000));
  output("slow window", pairs.window(4000, 2000).count());
  output("window by key", pairs.reduceByKeyAndWindow(sum, 5000));
  output("long window by key", pairs.map((pair) => pair).reduceByKeyAndWindow(sum, 50_000));
  output(
    "inverse",
    pairs.reduceByKeyAndWindow(sum, (a: number, b: number) => a - b, 4000, 1000, {
      partitioning: 2,
      filter: ([, n]) => n > 0,
    }),
  );
  output("counts", pairs.map(([, n]) => n).countByValueAndWindow(3000, 1000));
  output("groups", pairs.groupByKeyAndWindow(3000));
};

function batchesOf(seed: number, count: number): Array<Array<[string, number]>> {
  const next = random(seed);
  const below = (n: number) => Math.floor(next() * n);
  return Array.from({ length: count }, () =>
    Array.from({ length: below(4) }, () => ["abcde"[below(5)]!, below(9)] as [string, number]),
  );
}

/** What each output gave for each batch: all attempts must have given the same. */
function settled(outputs: Outputs): Record<string, Record<number, unknown[]>> {
  const result: Record<string, Record<number, unknown[]>> = {};
  for (const [name, batches] of outputs) {
    result[name] = {};
    for (const [time, seen] of batches) {
      for (const { rows } of seen) expect(rows, `${name} at ${time}`).toEqual(seen[0]!.rows);
      result[name][time] = seen[0]!.rows;
    }
  }
  return result;
}

async function uninterrupted(define: Define, batches: ReadonlyArray<readonly unknown[]>) {
  const job = new Job(define);
  await job.begin(new MemoryStore());
  for (const records of batches) await job.run(records);
  await job.end();
  return settled(job.outputs);
}

/** Kills a job after each change of its store and checks what the next one gives. `feed` runs batches from the one that is next. */
async function killedAnywhere(
  define: Define,
  batches: ReadonlyArray<readonly unknown[]>,
  options: Partial<StreamingContextOptions> = {},
) {
  const expected = await uninterrupted(define, batches);
  const traced = new TracedStore();
  const first = new Job(define, options);
  await first.begin(traced);
  for (const records of batches) await first.run(records);
  await first.end();
  for (let count = 0; count <= traced.changes.length; count++) {
    const job = new Job(define, options);
    await job.begin(await storeAfter(traced.changes.slice(0, count)));
    await job.settle();
    for (let left = 5; left > 0 && job.nextBatch < batches.length; left--) {
      // What was pushed for it may be in the log already.
      await job.run(job.hasPending ? [] : batches[job.nextBatch]!);
    }
    await job.end();
    for (const [name, seen] of Object.entries(settled(job.outputs))) {
      for (const [time, rows] of Object.entries(seen)) {
        expect(rows, `${name} at ${time} after ${count} changes`).toEqual(expected[name]![Number(time)]);
      }
    }
  }
  return traced;
}

describe("a job that goes on", () => {
  it("gives what it would have given, whenever it was stopped", { timeout: 60_000 }, async () => {
    const batches = batchesOf(1, 40);
    const expected = await uninterrupted(everything, batches);
    const store = new MemoryStore();
    const job = new Job(everything);
    for (const end of [1, 2, 9, 13, 14, 30, 40]) {
      await job.begin(store);
      while (job.nextBatch < end) await job.run(batches[job.nextBatch]!);
      await job.end();
    }
    expect(settled(job.outputs)).toEqual(expected);
  });

  it("gives what it would have given after a kill at any write", { timeout: 120_000 }, async () => {
    await killedAnywhere(everything, batchesOf(2, 30));
  });

  it("gives what it would have given where what is received is logged", { timeout: 120_000 }, async () => {
    const traced = await killedAnywhere(everything, batchesOf(3, 16), { receiverWriteAheadLog: true });
    expect(traced.changes.filter(([key]) => key.startsWith("received/")).length).toBeGreaterThan(10);
  });
});

it("ticks that are overdue at the start take what was logged before", async () => {
  let nowMs = 1000;
  const store = new MemoryStore();
  const rows: unknown[] = [];
  let input!: PushInput<string>;
  let batchSeen: (timeMs: number) => void = () => {};
  const create = () => {
    const ssc = new StreamingContext({
      master: "local[1]",
      batchInterval: 20,
      clock: { now: () => nowMs },
      receiverWriteAheadLog: true,
    });
    const pushed = ssc.pushStream<string>();
    pushed.foreachRDD(async (rdd, time) => {
      rows.push(...(await rdd.collect()));
      batchSeen(time.milliseconds);
    });
    input = pushed as never;
    return ssc;
  };
  const batchAt = (wantedMs: number) =>
    new Promise<void>((resolve) => {
      batchSeen = (timeMs) => timeMs >= wantedMs && resolve();
    });
  const first = await StreamingContext.getOrCreate(store, create);
  await first.start();
  const planned = batchAt(1020);
  nowMs = 1020;
  await planned;
  await input.push("logged, and in no batch");
  await first.stop();
  nowMs = 1100;
  const second = await StreamingContext.getOrCreate(store, create);
  const caughtUp = batchAt(1100);
  await second.start();
  await caughtUp;
  await second.stop();
  expect(rows).toEqual(["logged, and in no batch"]);
});
