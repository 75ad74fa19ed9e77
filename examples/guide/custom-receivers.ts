// A receiver of one's own: every way to store, an error reported, a restart, a stop.
import { encodeRows, ManualClock, Receiver, Seconds, StreamingContext } from "millrace";

class Countdown extends Receiver<number> {
  #starts = 0;

  async onStart(): Promise<void> {
    this.#starts += 1;
    if (this.#starts === 1) {
      await this.store(1); // one record, into the block that is being filled
      await this.storeBlock([2, 3]); // a block of its own: stored when the promise resolves
      this.reportError("one reading was odd", new Error("minus zero")); // told, nothing stops
      this.restart("the line went dead", undefined, 0); // onStop(), then onStart() again
    } else {
      await this.storeBlock(new Set([4, 5]), { from: "second start" }); // any iterable; with metadata for listeners
      await this.storeBlock(encodeRows([6, 7])); // records that are encoded already
      this.stop("all is said");
    }
  }
  onStop(): void {
    console.log(`onStop: isStopped() is ${this.isStopped()}`);
  }
}

const clock = new ManualClock();
const ssc = new StreamingContext({ master: "local[1]", batchInterval: Seconds(1), clock });
const stopped = new Promise<void>((resolve) => {
  ssc.addStreamingListener({
    onReceiverStarted: ({ receiverInfo }) => console.log(`started: ${receiverInfo.name}`),
    onReceiverError: ({ receiverInfo }) => console.log(`error: ${receiverInfo.lastErrorMessage}`),
    onReceiverStopped: () => resolve(),
  });
});
const numbers = ssc.receiverStream(new Countdown());
numbers.foreachRDD(async (rdd, time) => console.log(`${time}: ${await rdd.collect()}`));

await ssc.start();
await stopped;
await clock.advance(Seconds(1));
await ssc.stop();
