// A queue that sends again what was not acknowledged, and two receivers of it that crash once, half-way.
import { ManualClock, Receiver, Seconds, StreamingContext } from "millrace";

/** Messages wait here until they are acknowledged. */
class MessageQueue {
  #waiting = ["m1", "m2", "m3", "m4"];
  take(): string[] {
    return this.#waiting.slice(0, 2);
  }
  acknowledge(messages: readonly string[]): void {
    this.#waiting = this.#waiting.filter((message) => !messages.includes(message));
  }
}

class QueueReceiver extends Receiver<string> {
  readonly #queue = new MessageQueue();
  readonly #isReliable: boolean;
  readonly #done: () => void;
  #hasCrashed = false;

  constructor(isReliable: boolean, done: () => void) {
    super();
    this.#isReliable = isReliable;
    this.#done = done;
  }
  async onStart(): Promise<void> {
    for (let messages = this.#queue.take(); messages.length > 0; messages = this.#queue.take()) {
      if (!this.#isReliable) this.#queue.acknowledge(messages);
      if (!this.#hasCrashed) {
        this.#hasCrashed = true;
        return this.restart("crashed with messages in hand", undefined, 0);
      }
      await this.storeBlock(messages);
      if (this.#isReliable) this.#queue.acknowledge(messages);
    }
    this.#done();
  }
  onStop(): void {}
}

for (const isReliable of [false, true]) {
  const clock = new ManualClock();
  const ssc = new StreamingContext({ master: "local[1]", batchInterval: Seconds(1), clock });
  const emptied = new Promise<void>((resolve) => {
    const messages = ssc.receiverStream(new QueueReceiver(isReliable, resolve));
    messages.foreachRDD(async (rdd) => console.log(isReliable ? "reliable:" : "unreliable:", await rdd.collect()));
  });
  await ssc.start();
  await emptied;
  await clock.advance(Seconds(1));
  await ssc.stop();
}
