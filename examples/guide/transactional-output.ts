// Counts of words in SQLite, exactly once: what a batch adds and the batch's number change in one transaction.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ManualClock,
  MemoryStore,
  Seconds,
  StreamingContext,
  type TransactionalSink,
  transactionalOutput,
} from "millrace";
import { writeBatches } from "millrace/testing";
import sqlite from "node-sqlite3-wasm";

type Count = [word: string, count: number];

const folder = mkdtempSync(join(tmpdir(), "millrace-guide-"));
const file = join(folder, "counts.db");

/** Adds counts to a table of totals: done twice, it would be wrong. */
function totals(): TransactionalSink<Count> {
  let database: InstanceType<typeof sqlite.Database>;
  return {
    name: "totals",
    open() {
      database = new sqlite.Database(file);
      database.exec("CREATE TABLE IF NOT EXISTS totals (word TEXT PRIMARY KEY, count INTEGER)");
      database.exec("CREATE TABLE IF NOT EXISTS batches (query TEXT PRIMARY KEY, id INTEGER)");
    },
    lastCommitted: (query) => database.get("SELECT id FROM batches WHERE query = ?", query)?.id as number | undefined,
    begin: () => database.exec("BEGIN IMMEDIATE"),
    write(_batch, _partition, rows) {
      const add = "INSERT INTO totals VALUES (?, ?) ON CONFLICT (word) DO UPDATE SET count = count + excluded.count";
      for (const row of rows) database.run(add, row);
    },
    commit({ query, id }) {
      database.run("INSERT OR REPLACE INTO batches VALUES (?, ?)", [query, id]);
      database.exec("COMMIT");
    },
    rollback: () => database.exec("ROLLBACK"),
    close: () => database.close(),
  };
}

function show(what: string): void {
  const database = new sqlite.Database(file);
  const rows = database
    .all("SELECT word, count FROM totals ORDER BY word")
    .map(({ word, count }) => `${word} ${count}`);
  database.close();
  console.log(`${what}: ${rows.join(", ")}`);
}

const clock = new ManualClock();
const ssc = new StreamingContext({
  master: "local[1]",
  batchInterval: Seconds(1),
  clock,
  checkpoint: new MemoryStore(),
  onBatchFailure: "stop",
});
const words = ssc.queueStream([
  ["to", "be", "or"],
  ["not", "to", "be"],
]);
const counts = words.map((word): Count => [word, 1]).reduceByKey((a, b) => a + b);
transactionalOutput(counts, totals());
console.log(ssc.guarantees().at(-1)?.split(";")[0]);

await ssc.start();
await clock.advance(Seconds(2));
await ssc.stop();
show("after two batches");

// The process died between the sink's commit and the batch's own: batch 1 runs again.
const again: Count[] = [
  ["not", 1],
  ["to", 1],
  ["be", 1],
];
await writeBatches(totals(), [{ id: 1, attempt: 2, partitions: [again] }]);
show("batch 1 again");

// A sink that fails in the middle leaves nothing of its batch.
const broken = totals();
broken.commit = () => {
  throw new Error("the disk is full");
};
await writeBatches(broken, [{ id: 2, partitions: [again] }]).catch((error) => console.log(error.message));
show("after a failure");
rmSync(folder, { recursive: true });
