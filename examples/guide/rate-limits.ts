// How a rate is found that batches can keep up with, and a limit that is always kept.
import { ManualClock, PIDRateEstimator, Receiver, Seconds, StreamingContext } from "millrace";

const estimator = new PIDRateEstimator(1000, 1.0, 0.2, 0.0, 100);
// time, records, processing delay and scheduling delay of a batch, in ms
console.log("first batch:", estimator.compute(1000, 10_000, 2000, 0));
console.log("too slow, batches wait:", estimator.compute(2000, 10_000, 2000, 1000));
console.log("twice as fast:", estimator.compute(3000, 10_000, 1000, 0));
console.log("nothing came:", estimator.compute(4000, 0, 1, 0));

class Flood extends Receiver<number> {
  async onStart(): Promise<void> {
    for (let n = 0; !this.isStopped(); n += 1) await this.store(n);
  }
  onStop(): void {}
}

const clock = new ManualClock();
const ssc = new StreamingContext({ master: "local[1]", batchInterval: Seconds(1), clock, receiverMaxRate: 10 });
ssc
  .receiverStream(new Flood())
  .count()
  .foreachRDD(async (rdd, time) => console.log(`${time}: ${await rdd.first()}`));
await ssc.start();
for (let second = 0; second < 3; second += 1) await clock.advance(Seconds(1));
await ssc.stop();
