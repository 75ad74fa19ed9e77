// A process that writes a checkpoint, for tests of several on one: `node writer.mjs STORE OUTPUT`. It says "ready", begins when it is told a line, and says what happens to it:
// "open", "batch TIME", "failed CODE CPU-MS DETAILS". It tries again where the job is locked and the line is "again".
import { createInterface } from "node:readline";
import { StreamingContext } from "millrace";

const INTERVAL_MS = 50;
const [store, output] = process.argv.slice(2);
console.warn = () => {};
const say = (...words) => process.stdout.write(`${words.join(" ")}\n`);

function create() {
  const ssc = new StreamingContext({ master: "local[1]", batchInterval: INTERVAL_MS, onBatchFailure: "stop" });
  const own = ssc.pushStream({ name: "own" });
  const rows = own.map((row) => row);
  rows.saveAsTextFiles(output);
  rows.foreachRDD(async (_rdd, time) => {
    say("batch", time.milliseconds);
    // So that every batch shows who has made it.
    await own.push(String(process.pid));
  });
  return ssc;
}

async function begin(triesAgain) {
  const began = process.cpuUsage();
  try {
    const ssc = await StreamingContext.getOrCreate(store, create);
    await ssc.start();
    say("open");
    await ssc.awaitTermination();
    say("ended");
  } catch (error) {
    if (triesAgain && error.code === "locked") return setTimeout(begin, 100, true);
    const { user, system } = process.cpuUsage(began);
    say("failed", error.code, Math.round((user + system) / 1000), JSON.stringify(error.details ?? {}));
  }
}

createInterface({ input: process.stdin }).once("line", (line) => begin(line === "again"));
say("ready");
