import { Seconds, StreamingContext } from "millrace";

const ssc = new StreamingContext({ batchInterval: Seconds(1) });

// The page pushes lines of the chosen input here.
const lines = ssc.pushStream();

const words = lines.flatMap((line) => line.split(" "));
const pairs = words.map((word) => [word, 1]);
const counts = pairs.reduceByKey((a, b) => a + b);

counts.print();

ssc.start();
