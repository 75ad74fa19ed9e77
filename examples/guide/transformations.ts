// Every transformation of a single batch, each with what it makes of the same few rows.
import { type DStream, ManualClock, Seconds, StreamingContext } from "millrace";

const clock = new ManualClock();
const ssc = new StreamingContext({ master: "local[1]", batchInterval: Seconds(1), clock });
const show = <T>(name: string, stream: DStream<T>) =>
  stream.foreachRDD(async (rdd) => console.log(`${name}: ${JSON.stringify(await rdd.collect())}`));

const lines = ssc.queueStream([["to be", "or not to be"]]);
const words = lines.flatMap((line) => line.split(" "));
show("flatMap", words);
show(
  "map",
  words.map((word) => word.length),
);
show(
  "filter",
  words.filter((word) => word.includes("o")),
);
show("repartition(3).glom", words.repartition(3).glom());
show("union", words.union(lines));
show("count", words.count());
show(
  "reduce",
  words.reduce((a, b) => `${a}+${b}`),
);
show("countByValue", words.countByValue());
show(
  "mapPartitions",
  words.mapPartitions((values) => [[...values].join("")]),
);

const lengths = words.map((word) => [word, word.length]);
const ranks = ssc.queueStream<[string, string]>([
  [
    ["to", "first"],
    ["be", "second"],
    ["do", "third"],
  ],
]);
show(
  "reduceByKey",
  lengths.reduceByKey((a, b) => a + b),
);
show("groupByKey", lengths.groupByKey());
show(
  "mapValues",
  ranks.mapValues((rank) => rank.toUpperCase()),
);
show(
  "flatMapValues",
  ranks.flatMapValues((rank) => [rank, "again"]).filter(([word]) => word === "do"),
);
show("join", lengths.reduceByKey((a, b) => a + b).join(ranks));
show("cogroup", lengths.cogroup(ranks));
show(
  "combineByKey",
  lengths.combineByKey<string, number, string>(
    (length) => `${length}`,
    (sum, length) => `${sum} ${length}`,
    (a, b) => `${a} ${b}`,
  ),
);
show(
  "transform",
  words.transform((rdd) => rdd.distinct().sortBy((word) => word)),
);
lengths.reduceByKey((a, b) => a + b, 3).foreachRDD((rdd) => console.log(`numTasks 3: ${rdd.getNumPartitions()}`));

await ssc.start();
await clock.advance(Seconds(1));
await ssc.stop();
