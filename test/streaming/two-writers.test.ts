import { CheckpointError, type CheckpointStore, type DStream, MemoryStore } from "millrace";
import { describe, expect, it, vi } from "vitest";
import { type Define, Job } from "../support/recovery.js";

vi.spyOn(process.stderr, "write").mockImplementation(() => true);
vi.spyOn(console, "error").mockImplementation(() => {});

const BATCHES_A_GENERATION = 12;
/** Larger commits make a generation each. */
const MANY_BYTES = 9 * 1024 * 1024;

const counts: Define = (input, output) => {
  const pairs = input as never as DStream<[string, number]>;
  output(
    "counts",
    pairs.updateStateByKey((values: number[], sum: number | undefined) => values.reduce((a, b) => a + b, sum ?? 0)),
  );
};

const texts: Define = (input, output) => {
  const pairs = input as never as DStream<[string, string]>;
  output(
    "texts",
    pairs.updateStateByKey((values: string[], last: string | undefined) => values.at(-1) ?? last).map(([key]) => key),
  );
};

/** A process's own view of a store: its calls can be held, as those of a process that is stopped and woken. */
class HeldStore implements CheckpointStore {
  readonly #inner: CheckpointStore;
  #hold: ((call: string, key: string) => boolean) | undefined;
  #held: Array<() => void> = [];
  #reached: (() => void) | undefined;

  constructor(inner: CheckpointStore) {
    this.#inner = inner;
  }

  /** Holds the calls that it picks, and all after them; resolves when there is one. */
  holdAt(picks: (call: string, key: string) => boolean): Promise<void> {
    let isHeld = false;
    this.#hold = (call, key) => {
      isHeld ||= picks(call, key);
      return isHeld;
    };
    return new Promise((resolve) => {
      this.#reached = resolve;
    });
  }

  release(): void {
    this.#hold = undefined;
    for (const release of this.#held.splice(0)) release();
  }

  read(key: string) {
    return this.#call("read", key, () => this.#inner.read(key));
  }

  write(key: string, bytes: Uint8Array, options?: { ifAbsent?: boolean }) {
    return this.#call("write", key, () => this.#inner.write(key, bytes, options));
  }

  delete(key: string) {
    return this.#call("delete", key, () => this.#inner.delete(key));
  }

  list(prefix: string) {
    return this.#call("list", prefix, () => this.#inner.list(prefix));
  }

  async #call<R>(call: string, key: string, body: () => Promise<R>): Promise<R> {
    if (this.#hold?.(call, key)) {
      this.#reached?.();
      await new Promise<void>((release) => this.#held.push(release));
    }
    return body();
  }
}

function logKey(number: number): string {
  return `log/${String(number).padStart(16, "0")}`;
}

async function fenced(job: Job): Promise<void> {
  const error = await job.context.awaitTermination().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(CheckpointError);
  expect((error as CheckpointError).code).toBe("fenced");
}

async function turns(count = 200): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

describe("a process that was stopped while another one went on", () => {
  for (const [batches, entry] of [
    [0, 2],
    [1, 4],
  ] as const) {
    it(`shows nothing of the batch whose plan it writes late, as entry ${entry}`, async () => {
      const store = new MemoryStore();
      const own = new HeldStore(store);
      const [first, second] = [new Job(counts), new Job(counts)];
      await first.begin(own);
      for (let i = 0; i < batches; i++) await first.run([["a", 1]]);
      const reached = own.holdAt((call, key) => call === "write" && key === logKey(entry));
      const late = first.run([["a", 1000]]);
      await reached;
      await second.begin(store);
      for (let i = 0; i < 3 * BATCHES_A_GENERATION; i++) {
        await second.run([["b", 1]]);
        await turns(20);
      }
      expect(await store.list("log/")).not.toContain(logKey(entry));
      own.release();
      await Promise.all([late, fenced(first)]);
      expect(first.outputs.get("counts")!.size).toBe(batches);
      await second.run([["b", 1]]);
      await second.end();
      const third = new Job(counts);
      await third.begin(store);
      await third.run([]);
      await third.end();
      const last = [...third.outputs.get("counts")!.values()].at(-1)!;
      const a = batches === 0 ? [] : [["a", batches]];
      expect(last[0]!.rows.sort()).toEqual([...a, ["b", 3 * BATCHES_A_GENERATION + 1]]);
    });
  }

  it("deletes nothing that the other one needs", async () => {
    const store = new MemoryStore();
    const own = new HeldStore(store);
    const [first, second] = [new Job(texts), new Job(texts)];
    await first.begin(own);
    await first.run([["a", "a".repeat(MANY_BYTES)]]);
    await turns();
    const reached = own.holdAt((call, key) => call === "list" && key === "segment/");
    await first.run([["b", "b".repeat(MANY_BYTES)]]);
    await reached;
    await second.begin(store);
    for (const key of "cdef") {
      await second.run([[key, key.repeat(MANY_BYTES)]]);
      await turns();
    }
    own.release();
    await turns();
    await second.end();
    const third = new Job(texts);
    await third.begin(store);
    await third.run([]);
    await third.end();
    expect([...third.outputs.get("texts")!.values()].at(-1)![0]!.rows.sort()).toEqual([..."abcdef"]);
    await first.end().catch(() => {});
  });

  it("makes no second generation on its last entry, which would take the other one's first away", async () => {
    const store = new MemoryStore();
    const own = new HeldStore(store);
    const [first, second] = [new Job(texts), new Job(texts)];
    await first.begin(own);
    await first.run([["a", "a".repeat(MANY_BYTES)]]);
    await turns();
    // The generation of the second batch is being written while the third one is committed.
    const keys: string[] = [];
    const writing = own.holdAt((call, key) => {
      if (call === "write") keys.push(key);
      return call === "write" && key.startsWith("generation/");
    });
    await first.run([["b", "b".repeat(MANY_BYTES)]]);
    await writing;
    const third = first.run([["c", "c".repeat(MANY_BYTES)]]);
    await turns();
    await second.begin(store);
    own.release();
    await third;
    await turns();
    await second.run([["d", "d".repeat(MANY_BYTES)]]);
    await turns();
    await second.run([["e", "e".repeat(MANY_BYTES)]]);
    await turns();
    await second.end();
    const last = new Job(texts);
    await last.begin(store);
    await last.run([]);
    await last.end();
    expect([...last.outputs.get("texts")!.values()].at(-1)![0]!.rows.sort()).toEqual([..."abde"]);
    await first.end().catch(() => {});
  });
});

describe("two contexts that find the same job", () => {
  it("are told apart, whatever they have in common", async () => {
    const store = new MemoryStore();
    const before = new Job(counts);
    await before.begin(store);
    await before.run([["a", 1]]);
    await before.end();
    const jobs = [new Job(counts), new Job(counts)];
    const begun = await Promise.allSettled(jobs.map((job) => job.begin(store)));
    expect(begun.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const { reason } = begun.find(({ status }) => status === "rejected") as PromiseRejectedResult;
    expect(reason.code).toBe("locked");
    await jobs[begun.findIndex(({ status }) => status === "fulfilled")]!.end();
  });
});
