// The life of a context, and two contexts that use one engine in turn.
import { Engine, ManualClock, MillraceError, Seconds, StreamingContext } from "millrace";

const refusal = (error: unknown) => (error instanceof MillraceError ? `${error.name} ${error.code}` : String(error));
const engine = new Engine({ master: "local[2]" });

const clock = new ManualClock();
const first = new StreamingContext({ engine, batchInterval: Seconds(1), clock });
console.log(first.getState());
await first.start().catch((error) => console.log(`nothing to do: ${refusal(error)}`));
console.log(first.getState());

const second = new StreamingContext({ engine, batchInterval: Seconds(1), clock });
const numbers = second.queueStream([[1, 2, 3]]);
numbers.foreachRDD(async (rdd, time) => console.log(`${time}: ${await rdd.count()} numbers`));
await second.start();
console.log(second.getState(), StreamingContext.getActive() === second);
await clock.advance(Seconds(1));
try {
  numbers.map((n) => n + 1);
} catch (error) {
  console.log(`too late to add: ${refusal(error)}`);
}
await second.stop(); // the engine was passed in and goes on
console.log(second.getState(), StreamingContext.getActive());
await second.start().catch((error) => console.log(`no second life: ${refusal(error)}`));

console.log(`the engine still works: ${await engine.parallelize([1, 2, 3]).count()}`);
await second.stop({ stopEngine: true }); // stopping again may stop the engine too
