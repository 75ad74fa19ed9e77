// The same batches are processed twice, as after a crash: three sinks, two of which do not mind.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock, Seconds, StreamingContext } from "millrace";

const folder = mkdtempSync(join(tmpdir(), "millrace-guide-"));
const appended: string[] = [];
/** Stands in for a table whose primary key is batch time and partition, written in one transaction. */
const table = new Map<string, string[]>();

async function run(): Promise<void> {
  const clock = new ManualClock();
  const ssc = new StreamingContext({ master: "local[1]", batchInterval: Seconds(1), clock });
  const words = ssc.queueStream([["to", "be"], ["or"]]);
  words.foreachRDD(async (rdd) => void appended.push(...(await rdd.collect())));
  words.saveAsTextFiles(join(folder, "words"));
  words.foreachRDD((rdd, time) =>
    rdd.foreachPartition((values, partition) => {
      const key = `${time.milliseconds}/${partition}`;
      if (!table.has(key)) table.set(key, [...values]);
    }),
  );
  await ssc.start();
  await clock.advance(Seconds(2));
  await ssc.stop();
}

await run();
await run();
console.log(`appended: ${appended}`);
console.log(`files: ${readdirSync(folder).sort().join(" ")}`);
console.log(`table: ${JSON.stringify([...table])}`);
rmSync(folder, { recursive: true });
