// Thirty seconds of requests, every ten seconds: each window operation, and how windows fill and drain.
import { type DStream, ManualClock, MemoryStore, PlanError, Seconds, StreamingContext } from "millrace";

const clock = new ManualClock();
const ssc = new StreamingContext({
  master: "local[1]",
  batchInterval: Seconds(5),
  clock,
  checkpoint: new MemoryStore(),
});
const pages = ssc.queueStream([["a"], ["b"], ["a"], [], ["a"], ["c"]]);
const hits = pages.map((page) => [page, 1]);
const length = Seconds(30);
const slide = Seconds(10);

const show = <T>(name: string, stream: DStream<T>) =>
  stream.foreachRDD(async (rdd, time) => {
    console.log(`${time.milliseconds / 1000} s ${name}: ${JSON.stringify(await rdd.collect())}`);
  });
show("window              ", pages.window(length, slide));
show("countByWindow       ", pages.countByWindow(length, slide));
show(
  "reduceByWindow      ",
  pages.reduceByWindow((a, b) => a + b, length, slide),
);
show("countByValueAndW.   ", pages.countByValueAndWindow(length, slide));
show("groupByKeyAndWindow ", hits.groupByKeyAndWindow(length, slide));
const plus = (a: number, b: number) => a + b;
const minus = (a: number, b: number) => a - b;
show("reduceByKeyAndWindow", hits.reduceByKeyAndWindow(plus, length, slide));
show("  with inverse      ", hits.reduceByKeyAndWindow(plus, minus, length, slide));
show("  and filter        ", hits.reduceByKeyAndWindow(plus, minus, length, slide, { filter: ([, n]) => n > 0 }));

try {
  pages.window(Seconds(12), slide);
} catch (error) {
  if (error instanceof PlanError) console.log(error.message);
}

await ssc.start();
await clock.advance(Seconds(60));
await ssc.stop();
