// What the package brings along, and a source of one's own that the package knows nothing of.
import { createRequire } from "node:module";
import { ManualClock, Seconds, StreamingContext } from "millrace";

const { dependencies = {}, exports } = createRequire(import.meta.url)("millrace/package.json");
console.log(`dependencies: ${Object.keys(dependencies).length}`);
console.log(`entry points: ${Object.keys(exports).join(" ")}`);

// A connector is a module that gives an async iterable. This one ends by saying that all of it was taken.
let taken!: () => void;
const allTaken = new Promise<void>((resolve) => (taken = resolve));
async function* temperatures(): AsyncGenerator<number> {
  yield* [18, 21, 25];
  taken();
}

const clock = new ManualClock();
const ssc = new StreamingContext({ master: "local[1]", batchInterval: Seconds(1), clock });
const warm = ssc.iterableStream(temperatures()).filter((degrees) => degrees > 20);
warm.foreachRDD(async (rdd, time) => console.log(`${time}: ${await rdd.collect()}`));

await ssc.start();
await allTaken;
await clock.advance(Seconds(1));
await ssc.stop();
