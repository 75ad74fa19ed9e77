// A process whose workers run out of memory: once, which costs nothing, then always, which fails a batch. To be run with a small heap.
import { rmSync } from "node:fs";
import { ManualClock, Seconds, StreamingContext } from "millrace";
import build from "./hostile.js";

const program = new URL("./hostile.js", import.meta.url);
const mark = process.argv[2]!;
const clock = new ManualClock();
const ssc = new StreamingContext({
  master: "local[2]",
  program,
  batchTimeout: Seconds(120),
  batchInterval: Seconds(1),
  clock,
});
const { lines, acted } = build(ssc);
acted.foreachRDD(async (rdd) => console.log(JSON.stringify(await rdd.collect())));
await ssc.start();
for (const text of ["a", `b\nonce ${mark} memory\nc`, "memory", "d"]) {
  await lines.pushBytes(new TextEncoder().encode(`${text}\n`));
  await clock.advance(Seconds(1));
}
await ssc.stop();
await ssc.awaitTermination().catch(({ code, cause }) => console.log(code, cause.code));
rmSync(mark, { force: true });
