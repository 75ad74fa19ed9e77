// Counts the words of files that come into a folder, for as long as there are any: end it in any way, start it again, and it goes on.
//
//   node build/programs/examples/recovering-word-count.js INPUTS STORE
//
// Move files into INPUTS when they are complete. STORE is made when it is needed.
import { Seconds, StreamingContext } from "millrace";

const [inputs, store] = process.argv.slice(2);
if (inputs === undefined || store === undefined) {
  console.error("usage: recovering-word-count INPUTS STORE");
  process.exit(2);
}

const ssc = await StreamingContext.getOrCreate(store, () => {
  const context = new StreamingContext({ master: "local[1]", batchInterval: Seconds(1), onBatchFailure: "stop" });
  const words = context.textFileStream(inputs).flatMap((line) => line.split(" "));
  const counts = words
    .map((word) => [word, 1])
    .updateStateByKey((values, sum: number | undefined) => (sum ?? 0) + values.length)
    .named("counts");
  counts.foreachRDD(async (rdd, time, { attempt }) => {
    const again = attempt > 1 ? `, attempt ${attempt}` : "";
    console.log(`${time}${again}: ${JSON.stringify((await rdd.collect()).sort())}`);
  });
  return context;
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => void ssc.stop({ stopGracefully: true }));
await ssc.start();
await ssc.awaitTermination();
