/**
 * A Durable Object that counts requests by path, over the last 100 of them. Nothing runs between two requests: a manual clock moves on by one batch for each, and the answer comes from that
 * batch. State lies in the object's storage, so the counts go on after an eviction.
 *
 * `POST /count/PATH` counts a request and answers with the counts.
 */
import { type CheckpointStore, ManualClock, type PushInput, StreamingContext } from "millrace";
import { type DurableObjectStorageLike, DurableObjectStore } from "millrace/stores";

/** Requests that are counted: one is one batch, and a batch is a millisecond of the manual clock. */
const WINDOW_REQUESTS = 100;

/** Counts requests; one at a time. */
export class Counts {
  readonly #store: CheckpointStore;
  #clock = new ManualClock();
  #requests!: PushInput<string>;
  #latest: Record<string, number> = {};
  #started: Promise<StreamingContext> | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  /** `store`: where counts go on after an eviction. */
  constructor(store: CheckpointStore) {
    this.#store = store;
  }

  /** Counts a request; resolves with the counts by path when they are safe. */
  count(path: string): Promise<Record<string, number>> {
    const turn = this.#turn.then(async () => {
      this.#started ??= this.#start();
      const ssc = await this.#started;
      await this.#requests.push(path);
      await this.#clock.advance(1);
      // The clock moves on where a batch fails, too; what failed ends the context, and is thrown here.
      if (ssc.getState() === "STOPPED") await ssc.awaitTermination();
      return this.#latest;
    });
    this.#turn = turn.catch(() => {
      // What failed is told to the one who asked; the next one begins from the store.
      this.#started = undefined;
    });
    return turn;
  }

  async #start(): Promise<StreamingContext> {
    const ssc = await StreamingContext.getOrCreate(this.#store, () => this.#define());
    await ssc.start();
    // A batch that an eviction has interrupted.
    await this.#clock.advance(0);
    return ssc;
  }

  #define(): StreamingContext {
    this.#clock = new ManualClock();
    const ssc = new StreamingContext({ batchInterval: 1, clock: this.#clock, onBatchFailure: "stop" });
    const requests = ssc.pushStream<string>({ name: "requests" });
    this.#requests = requests;
    requests
      .map((path) => [path, 1])
      .reduceByKeyAndWindow(
        (a, b) => a + b,
        (a, b) => a - b,
        WINDOW_REQUESTS,
        1,
        { filter: ([, count]) => count > 0 },
      )
      .foreachRDD(async (rdd) => {
        this.#latest = Object.fromEntries(await rdd.collect());
      });
    return ssc;
  }
}

/** The object. */
export class RequestCounter {
  readonly #counts: Counts;

  constructor({ storage }: { readonly storage: DurableObjectStorageLike }) {
    this.#counts = new Counts(new DurableObjectStore(storage));
  }

  /** Answers a request. */
  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    return Response.json(await this.#counts.count(pathname.replace(/^\/count/, "")));
  }
}

interface Environment {
  readonly COUNTERS: {
    idFromName(name: string): unknown;
    get(id: unknown): { fetch(request: Request): Promise<Response> };
  };
}

export default {
  /** Sends each request to the one object. */
  fetch(request: Request, { COUNTERS }: Environment): Promise<Response> {
    return COUNTERS.get(COUNTERS.idFromName("all")).fetch(request);
  },
};
