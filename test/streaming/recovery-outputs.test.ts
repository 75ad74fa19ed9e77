import { type DStream, type OutputBatch, type TransactionalSink, transactionalOutput } from "millrace";
import { describe, expect, it, vi } from "vitest";
import { type Define, Job, storeAfter, TracedStore } from "../support/recovery.js";

vi.spyOn(console, "warn").mockImplementation(() => {});

type Count = [word: string, count: number];

interface Committed {
  readonly id: number;
  readonly attempt: number;
  readonly rows: readonly Count[];
  /** Changes that the store had when it was committed. */
  readonly after: number;
}

/** A table that outlives the process: what it has is what was committed, with the number of each batch. */
class Table implements TransactionalSink<Count> {
  readonly name = "table";
  readonly committed: Committed[];
  readonly #changes: () => number;
  #rows: Count[] = [];

  constructor(committed: readonly Committed[], changes: () => number = () => 0) {
    this.committed = [...committed];
    this.#changes = changes;
  }

  lastCommitted(): number | undefined {
    return this.committed.at(-1)?.id;
  }

  begin(): void {
    this.#rows = [];
  }

  write(_batch: OutputBatch, _partition: number, rows: Iterable<Count>): void {
    this.#rows.push(...rows);
  }

  commit({ id, attempt }: OutputBatch): void {
    this.committed.push({ id, attempt, rows: this.#rows, after: this.#changes() });
  }
}

const BATCHES: ReadonlyArray<readonly string[]> = [["a", "b"], [], ["a"], ["c", "c", "c"], ["b"], ["a", "c"]];
/** The rows of all batches, by batch. */
const EXPECTED: ReadonlyArray<readonly Count[]> = [
  [
    ["a", 1],
    ["b", 1],
  ],
  [],
  [["a", 1]],
  [["c", 3]],
  [["b", 1]],
  [
    ["a", 1],
    ["c", 1],
  ],
];

const into =
  (table: Table): Define =>
  (input, output) => {
    const words = input as unknown as DStream<string>;
    const counts = words.map((word): Count => [word, 1]).reduceByKey((a, b) => a + b, 1);
    output("watched", counts);
    transactionalOutput(counts, table);
  };

describe("a transactional output after a kill", () => {
  it("has every batch once: at any write of the store, before and after the sink's own commit", {
    timeout: 60_000,
  }, async () => {
    const traced = new TracedStore();
    const full = new Table([], () => traced.changes.length);
    const first = new Job(into(full), { onBatchFailure: "stop" });
    await first.begin(traced);
    for (const records of BATCHES) await first.run(records);
    await first.end();
    expect(full.committed.map(({ rows }) => rows)).toEqual(EXPECTED);
    let replays = 0;
    for (let count = 0; count <= traced.changes.length; count++) {
      // At the end of the process the sink may have committed what came after that write, or not.
      for (const isCommitted of [false, true]) {
        const left = full.committed.filter(({ after }) => (isCommitted ? after <= count : after < count));
        const table = new Table(left);
        const job = new Job(into(table), { onBatchFailure: "stop" });
        await job.begin(await storeAfter(traced.changes.slice(0, count)));
        await job.settle();
        while (job.nextBatch < BATCHES.length) await job.run(BATCHES[job.nextBatch]!);
        await job.end();
        const where = `killed after ${count} writes, ${isCommitted ? "after" : "before"} the commit`;
        expect(
          table.committed.map(({ rows }) => rows),
          where,
        ).toEqual(EXPECTED);
        // What the watching output saw again and the table left alone.
        const again = [...job.outputs.get("watched")!.values()].filter(([seen]) => seen!.attempt > 1);
        replays += again.length;
      }
    }
    expect(replays).toBeGreaterThan(2 * BATCHES.length - 2);
  });

  it("does not take the batches of another store for its own", async () => {
    const table = new Table([{ id: 3, attempt: 1, rows: [], after: 0 }]);
    const job = new Job(into(table), { onBatchFailure: "stop" });
    await job.begin(new TracedStore());
    await job.run(["a"]);
    await expect(job.context.awaitTermination()).rejects.toMatchObject({ name: "OutputError", code: "sink-ahead" });
    expect(table.committed).toHaveLength(1);
  });
});
