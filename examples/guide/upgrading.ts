// New code takes over where the old one stopped: a graceful stop, then a start from the position that was saved with the results.
import { ManualClock, type RDD, Receiver, Seconds, StreamingContext } from "millrace";

/** Stands in for a log that can be read from any position, such as a topic or a file. */
const log = ["3 tea", "1 milk", "2 tea", "5 bread"];
/** Stands in for a database: results, and how far the log was read. */
const database = { position: 0, rows: [] as string[] };

type Entry = { position: number; text: string };

class LogReceiver extends Receiver<Entry> {
  async onStart(): Promise<void> {
    const entries = log.map((text, position) => ({ position, text }));
    await this.storeBlock(entries.slice(database.position, database.position + 2));
  }
  onStop(): void {}
}

async function run(version: string, parse: (text: string) => string): Promise<void> {
  const clock = new ManualClock();
  const ssc = new StreamingContext({ master: "local[1]", batchInterval: Seconds(1), clock });
  const entries = ssc.receiverStream(new LogReceiver());
  entries.foreachRDD(async (rdd: RDD<Entry>) => {
    for (const { position, text } of await rdd.collect()) {
      database.rows.push(`${version}: ${parse(text)}`);
      database.position = position + 1;
    }
  });
  await ssc.start();
  await ssc.stop({ stopGracefully: true }); // all that was received is processed
}

await run("old", (text) => text.split(" ")[1]!);
console.log(`stopped at position ${database.position}`);
await run("new", (text) => `${text.split(" ")[1]} x ${text.split(" ")[0]}`);
console.log(database.rows.join("\n"));
