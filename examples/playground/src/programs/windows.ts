import { Seconds, StreamingContext } from "millrace";

const ssc = new StreamingContext({ batchInterval: Seconds(1) });
const lines = ssc.pushStream();

const pairs = lines
  .flatMap((line) => line.split(" "))
  .filter((word) => word.length > 3)
  .map((word) => [word, 1]);

// The last ten seconds, every two seconds. What enters the window
// is added, and what leaves it is taken away again.
const counts = pairs.reduceByKeyAndWindow(
  (a, b) => a + b,
  (a, b) => a - b,
  Seconds(10),
  Seconds(2),
);

counts.print();

ssc.start();
