import { Seconds, StreamingContext, utf8 } from "millrace";

const ssc = new StreamingContext({ batchInterval: Seconds(1) });
const lines = ssc.pushStream();

const titles = lines.json({ title: utf8 }).map((edit) => [edit.title, 1]);
const counts = titles.reduceByKeyAndWindow((a, b) => a + b, Seconds(10));

// In order, the largest first. RDD operations work on any batch.
const ranked = counts.transform((rdd) => rdd.sortBy(([, count]) => count, false));

ranked.print(12);

ssc.start();
