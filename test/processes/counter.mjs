// A process that counts words, to be killed: `node counter.mjs FOLDER STORE OUTPUT MESSAGES`. Words of the files of a folder are counted in a state and written as they come; messages, a file each, are
// acknowledged by removing them once they are logged, and written too. It says "batch TIME TOTAL" after each batch. With KILL_AT=N it ends itself, as a kill does, at the N-th write of its store.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Receiver, StreamingContext } from "millrace";
import { storeInFolder } from "./killing-store.mjs";

const INTERVAL_MS = 40;
const POLL_MS = 10;
const [folder, store, output, messages] = process.argv.slice(2);
console.warn = () => {};

class Messages extends Receiver {
  async onStart() {
    while (!this.isStopped()) {
      const names = readdirSync(messages).sort().slice(0, 3);
      if (names.length > 0) {
        await this.storeBlock(names.map((name) => readFileSync(join(messages, name), "utf8")));
        for (const name of names) rmSync(join(messages, name));
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
  onStop() {}
}

function create() {
  const ssc = new StreamingContext({
    master: "local[1]",
    batchInterval: INTERVAL_MS,
    onBatchFailure: "stop",
    receiverWriteAheadLog: true,
  });
  const words = ssc.textFileStream(folder).flatMap((line) => line.split(" "));
  words.saveAsTextFiles(`${output}/words`);
  ssc.receiverStream(new Messages()).saveAsTextFiles(`${output}/messages`);
  words
    .map((word) => [word, 1])
    .reduceByKeyAndWindow((a, b) => a + b, 4 * INTERVAL_MS)
    .saveAsTextFiles(`${output}/windows`);
  words
    .map((word) => [word, 1])
    .updateStateByKey((values, sum) => values.reduce((a, b) => a + b, sum ?? 0))
    .foreachRDD(async (rdd, time) => {
      const counts = await rdd.collect();
      const total = counts.reduce((sum, [, count]) => sum + count, 0);
      process.stdout.write(`batch ${time.milliseconds} ${total} ${JSON.stringify(counts.sort())}\n`);
    });
  return ssc;
}

const ssc = await StreamingContext.getOrCreate(storeInFolder(store, Number(process.env.KILL_AT ?? 0)), create);
void ssc.start();
await ssc.awaitTermination();
