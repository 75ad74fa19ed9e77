// Ten records wait for their batch when the context stops: what becomes of them, by the kind of source and of stop.
import { mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock, Receiver, Seconds, StreamingContext } from "millrace";

const records = Array.from({ length: 10 }, (_, n) => `r${n}`);
const folder = mkdtempSync(join(tmpdir(), "millrace-guide-"));
writeFileSync(join(folder, ".draft"), `${records.join("\n")}\n`);
utimesSync(join(folder, ".draft"), 0.5, 0.5);
renameSync(join(folder, ".draft"), join(folder, "records.txt"));

class Source extends Receiver<string> {
  async onStart(): Promise<void> {
    await this.storeBlock(records);
  }
  onStop(): void {}
}

async function run(name: string, input: "receiver" | "files", stopGracefully: boolean): Promise<void> {
  const clock = new ManualClock();
  const ssc = new StreamingContext({ master: "local[1]", batchInterval: Seconds(1), clock });
  const stream = input === "files" ? ssc.textFileStream(folder) : ssc.receiverStream(new Source());
  let processed = 0;
  stream.foreachRDD(async (rdd) => {
    processed += await rdd.count();
  });
  await ssc.start();
  if (input === "files") await clock.advance(Seconds(1));
  await ssc.stop({ stopGracefully });
  console.log(`${name}: ${processed} of ${records.length} processed`);
}

await run("receiver, plain stop", "receiver", false);
await run("receiver, graceful stop", "receiver", true);
await run("files, first run", "files", false);
await run("files, read again", "files", false);
rmSync(folder, { recursive: true });
