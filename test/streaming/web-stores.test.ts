import { type CheckpointStore, MemoryStore } from "millrace";
import { DurableObjectStore, KvStore, OpfsStore } from "millrace/stores";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { manualContext, stopContexts } from "../support/batches.js";
import { random } from "../support/property.js";
import { type Define, Job, type Outputs } from "../support/recovery.js";
import { ModelNamespace, ModelObjectStorage, ModelStorage } from "../support/web-storage.js";

const SEED = Number(process.env.MILLRACE_SEED ?? 1);

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(async () => {
  await stopContexts();
  vi.restoreAllMocks();
});

const sums: Define = (input, output) => {
  const pairs = input as unknown as import("millrace").DStream<[string, number]>;
  output(
    "totals",
    pairs.updateStateByKey((values: number[], total: number | undefined) => values.reduce((a, b) => a + b, total ?? 0)),
  );
  output(
    "window",
    pairs.reduceByKeyAndWindow((a: number, b: number) => a + b, 3000),
  );
};

const BATCHES = Array.from(
  { length: 9 },
  (_, n): Array<[string, number]> => [
    ["a", n],
    [n % 2 === 0 ? "even" : "odd", 1],
  ],
);

function rowsOf(outputs: Outputs): unknown[] {
  return [...outputs].map(([name, batches]) => [name, [...batches].map(([time, seen]) => [time, seen.at(-1)!.rows])]);
}

/** Storage that lasts, and what a process does to it that ends in the middle of anything. */
interface Lasting {
  readonly open: () => CheckpointStore;
  readonly end: (isPowerCut: boolean) => void;
}

const KINDS: ReadonlyArray<readonly [string, () => Lasting]> = [
  [
    "OpfsStore",
    () => {
      const storage = new ModelStorage();
      const next = random(SEED);
      return { open: () => new OpfsStore("job", storage), end: (isPowerCut) => storage.crash(next, isPowerCut) };
    },
  ],
  [
    "DurableObjectStore",
    () => {
      const storage = new ModelObjectStorage();
      return { open: () => new DurableObjectStore(storage), end: () => {} };
    },
  ],
  [
    "KvStore",
    () => {
      const namespace = new ModelNamespace();
      return { open: () => new KvStore(namespace, { singleWriter: true }), end: () => {} };
    },
  ],
];

describe.each(KINDS)("a job with its checkpoints in %s", (_, make) => {
  it.each([false, true])(
    `goes on after every batch as if nothing had happened; power cut: %s; seed ${SEED}`,
    async (cut) => {
      const wanted = new Job(sums);
      await wanted.begin(new MemoryStore());
      for (const records of BATCHES) await wanted.run(records);
      await wanted.end();
      const storage = make();
      const job = new Job(sums);
      for (const records of BATCHES) {
        await job.begin(storage.open());
        await job.run(records);
        const { context } = job;
        storage.end(cut);
        // It is no process of its own: what it has left to do must not harm the next one.
        await context.stop();
      }
      expect(rowsOf(job.outputs)).toEqual(rowsOf(wanted.outputs));
    },
  );
});

describe("the files of an OpfsStore", () => {
  it("are another context's once the first one has stopped, whatever became of it", async () => {
    const storage = new ModelStorage();
    const job = new Job(sums);
    await job.begin(new OpfsStore("job", storage));
    await expect(new Job(sums).begin(new OpfsStore("job", storage))).rejects.toMatchObject({ code: "locked" });
    await job.run(BATCHES[0]!);
    await job.end();
    // One that finds what does not fit it.
    const other = new Job((input, output) => output("counts", (input as { count(): unknown }).count()));
    await expect(other.begin(new OpfsStore("job", storage))).rejects.toMatchObject({ code: "state-mismatch" });
    // One that must not begin afresh.
    const { ssc } = manualContext({ master: "local[2]" });
    sums(ssc.pushStream<never>({ name: "input" }) as never, (_, stream) => (stream as { print(): void }).print());
    ssc.checkpoint(new OpfsStore("job", storage));
    await expect(ssc.start()).rejects.toMatchObject({ code: "checkpoint-exists" });
    await job.begin(new OpfsStore("job", storage));
    await job.run(BATCHES[1]!);
    await job.end();
    expect(job.outputs.get("totals")!.get(2000)![0]!.rows).toContainEqual(["a", 1]);
  });
});

describe("guarantees", () => {
  it("have a line for a store that has more to say than that it keeps what it is given", () => {
    const linesWith = (store: CheckpointStore) => {
      const { ssc } = manualContext({ checkpoint: store });
      ssc.pushStream().print();
      return ssc.guarantees().slice(2);
    };
    expect(linesWith(new MemoryStore())).toEqual([]);
    expect(linesWith(new DurableObjectStore(new ModelObjectStorage()))).toEqual([
      "store DurableObjectStore: exact; each change is a transaction of the object's storage, confirmed before it counts",
    ]);
    const [line] = linesWith(new KvStore(new ModelNamespace(), { singleWriter: true }));
    expect(line).toMatch(/^store KvStore: at-least-once; it has no compare-and-swap: one process alone may write/);
  });
});
