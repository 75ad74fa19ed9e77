// Files that appear in a folder become batches. The clock is moved by hand, so the files are dated to its times.
import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DStream, ManualClock, Seconds, StreamingContext } from "millrace";

const folder = mkdtempSync(join(tmpdir(), "millrace-guide-"));
for (const name of ["logs", "logs/nested", "readings"]) mkdirSync(join(folder, name));

/** Writes a file elsewhere and moves it into place, so that nobody sees half of it. */
function publish(path: string, content: string | Uint8Array, seconds: number): void {
  const draft = join(folder, "draft");
  writeFileSync(draft, content);
  utimesSync(draft, seconds, seconds);
  renameSync(draft, join(folder, path));
}

publish("logs/before.log", "written before the start", 9);

const clock = new ManualClock(10_000);
const ssc = new StreamingContext({ master: "local[1]", batchInterval: Seconds(1), clock });
const show = <T>(name: string, stream: DStream<T>) =>
  stream.foreachRDD(async (rdd, time) => console.log(`${time} ${name}: ${(await rdd.collect()).join(", ")}`));
const logs = join(folder, "logs");
show("new files", ssc.textFileStream(logs));
show("all files", ssc.textFileStream(logs, { newFilesOnly: false }));
show("b.log only", ssc.textFileStream(logs, { filter: (path) => path.endsWith("b.log") }));
show("readings", ssc.binaryRecordsStream(join(folder, "readings"), 2));

await ssc.start();
publish("logs/a.log", "a1\na2\n", 10.5);
publish("logs/.hidden", "not seen", 10.5);
publish("logs/nested/c.log", "not seen", 10.5);
publish("readings/r1", Uint8Array.of(1, 2, 3, 4), 10.5);
await clock.advance(Seconds(1));
publish("logs/b.log", "b1\n", 11.5);
publish("logs/a.log", "a1\na2\nappended, not seen\n", 11.5);
publish("logs/late.log", "dated after the batch", 12.5);
await clock.advance(Seconds(1));
await clock.advance(Seconds(1));
await ssc.stop();
rmSync(folder, { recursive: true });
