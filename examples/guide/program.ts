// One module for two purposes: workers import it for the function that builds the streams, and the main thread runs the rest too.
import { isMainThread } from "node:worker_threads";
import { type DStream, ManualClock, type PushInput, Seconds, StreamingContext } from "millrace";

/** The longest run of letters: no kernel knows such a function, so it runs as JavaScript. */
function longestWord(line: string): string {
  return (line.match(/[a-z]+/gi) ?? [""]).reduce((a, b) => (b.length > a.length ? b : a));
}

let empty: { readonly value: number };

export default function program(ssc: StreamingContext): {
  lines: DStream<string> & PushInput<string>;
  counts: DStream<[string, number]>;
} {
  const without = ssc.engine.accumulator(0, "lines without a word");
  empty = without;
  const lines = ssc.pushStream();
  const words = lines.map((line) => {
    const word = longestWord(line);
    if (word === "") without.add(1);
    return word;
  });
  const counts = words
    .filter((word) => word.length > 0)
    .map((word): [string, number] => [word.toLowerCase(), 1])
    .reduceByKey((a, b) => a + b);
  return { lines, counts };
}

if (isMainThread) {
  const clock = new ManualClock();
  const ssc = new StreamingContext({
    master: "local[3]",
    batchInterval: Seconds(1),
    clock,
    program: import.meta.url,
  });
  const { lines, counts } = program(ssc);
  counts.print();

  await ssc.start();
  await lines.pushBytes(new TextEncoder().encode("to be, or not\n...\nthat is the question\nor: THAT\n"));
  await clock.advance(Seconds(1));
  await ssc.stop();
  await ssc.awaitTermination();
  console.log(`lines without a word: ${empty!.value}`);
}
