// What is too much to count exactly: distinct visitors, the most frequent pages, quantiles, in little memory.
import { ManualClock, Seconds, StreamingContext } from "millrace";

const clock = new ManualClock();
const ssc = new StreamingContext({ master: "local[1]", batchInterval: Seconds(1), clock });
const lines = ssc.pushStream();
const visits = lines.map((line) => line.split(" ") as [page: string, visitor: string, ms: string]);

visits
  .map(([, visitor]) => visitor)
  .approxDistinctByWindow(Seconds(2))
  .print();
visits
  .map(([page]) => page)
  .approxTopK(2)
  .print();
visits
  .map(([page, , ms]) => [page, Number(ms)])
  .approxQuantileByKey([0.5, 0.99])
  .print();

const counts = visits.map(([page]) => page).countMin();
counts.foreachRDD(async (rdd) => {
  for (const sketch of await rdd.collect()) console.log(`/home: about ${sketch.count("/home")} of ${sketch.total}`);
});

await ssc.start();
for (const from of [0, 50]) {
  const batch = Array.from(
    { length: 100 },
    (_, i) => `${i % 4 === 0 ? "/cart" : "/home"} visitor${from + (i % 80)} ${i}`,
  );
  await lines.push(...batch);
  await clock.advance(Seconds(1));
}
await ssc.stop();
