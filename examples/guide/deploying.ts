// What a program needs to run for long: a bound on memory, an end on request, an error that ends it when it should.
import { ManualClock, MillraceError, Seconds, StreamingContext } from "millrace";

const clock = new ManualClock();
const ssc = new StreamingContext({
  master: "local[1]",
  batchInterval: Seconds(1),
  clock,
  receivedBytesMax: 1000, // what waits for its batch takes at most this much memory
  lineBytesMax: 100, // a longer line is set aside
  onBatchFailure: "stop", // end, so that whoever watches the process can start it again
  stopGracefullyOnShutdown: true, // on SIGTERM and SIGINT, finish what was received
});
const lines = ssc.pushStream<string>();
lines.foreachRDD(async (rdd, time) => {
  const rows = await rdd.collect();
  console.log(`${time}: ${rows.length} lines`);
  if (rows.includes("bad")) throw new Error("the database said no");
});

await ssc.start();
await lines.push("x".repeat(900));
await lines.push("y".repeat(900)).catch((error) => console.log(error instanceof MillraceError && error.code));
await clock.advance(Seconds(1));
await lines.push("y".repeat(90));
await clock.advance(Seconds(1));

await lines.push("bad");
await clock.advance(Seconds(1));
await ssc.awaitTermination().catch((error) => console.log(`ended: ${error.message}`));
console.log(ssc.getState());
