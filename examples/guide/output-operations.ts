// Every output, in the order of its definition; then what happens without one.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock, PlanError, Seconds, StreamingContext } from "millrace";

const folder = mkdtempSync(join(tmpdir(), "millrace-guide-"));
const clock = new ManualClock();
const ssc = new StreamingContext({ master: "local[1]", batchInterval: Seconds(1), clock });
const words = ssc.queueStream([["to", "be", "or"], ["not"]]);
const pairs = words.map((word) => [word, 1]);

pairs.print(2);
pairs.saveAsTextFiles(join(folder, "words"), "txt");
pairs.saveAsObjectFiles(join(folder, "objects"));
words.foreachRDD(async (rdd, time) => console.log(`${time}: ${await rdd.count()} rows`));
let computed = 0;
const counted = words.map((word) => {
  computed += 1;
  return word;
});
counted.foreachRDD(() => {}); // no action: nothing is computed
const batches = words.batches();

await ssc.start();
const reader = (async () => {
  for await (const { time, rdd } of batches) console.log(`${time}: the loop got ${await rdd.collect()}`);
})();
await clock.advance(Seconds(2));
await ssc.stop();
await reader;
console.log(`computed without an action: ${computed}`);

for (const name of readdirSync(folder).sort())
  console.log(`${name}: ${readdirSync(join(folder, name)).sort().join(" ")}`);
console.log(readFileSync(join(folder, "words-1000.txt/part-00000"), "utf8").trimEnd());
const next = new StreamingContext({ master: "local[1]", batchInterval: Seconds(1), clock: new ManualClock() });
console.log("read back:", await next.engine.objectFile(join(folder, "objects-1000")).collect());
next.queueStream([[1]]).map((n) => n + 1);
await next.start().catch((error) => console.log(error instanceof PlanError && error.message));
rmSync(folder, { recursive: true });
