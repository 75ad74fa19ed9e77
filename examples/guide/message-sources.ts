// Events of a part of the program become a stream: a receiver that stores what it is told.
import { EventEmitter } from "node:events";
import { ManualClock, Receiver, Seconds, StreamingContext } from "millrace";

class EventReceiver<T> extends Receiver<T> {
  readonly #events: EventEmitter;
  readonly #name: string;
  readonly #take = (record: T) => void this.store(record);

  constructor(events: EventEmitter, name: string) {
    super();
    this.#events = events;
    this.#name = name;
  }
  onStart(): void {
    this.#events.on(this.#name, this.#take);
  }
  onStop(): void {
    this.#events.off(this.#name, this.#take);
  }
}

const shop = new EventEmitter();
const clock = new ManualClock();
const ssc = new StreamingContext({ master: "local[1]", batchInterval: Seconds(1), clock });
const sales = ssc.receiverStream(new EventReceiver<{ item: string; price: number }>(shop, "sale"));
const turnover = sales.map((sale) => sale.price).reduce((a, b) => a + b);
turnover.foreachRDD(async (rdd, time) => console.log(`${time}: ${await rdd.collect()}`));

await ssc.start();
shop.emit("sale", { item: "tea", price: 4 });
shop.emit("sale", { item: "milk", price: 1 });
await clock.advance(Seconds(1));
shop.emit("sale", { item: "tea", price: 5 });
await clock.advance(Seconds(1));
await ssc.stop();
console.log(`listeners left: ${shop.listenerCount("sale")}`);
