import {
  type CheckpointStore,
  ManualClock,
  MemoryStore,
  type PushInput,
  StreamingContext,
  type StreamingContextOptions,
} from "millrace";

/** A change of a store: a key and its new bytes, undefined where it was deleted. */
export type Change = readonly [key: string, bytes: Uint8Array | undefined];

/** A store that keeps every change, so that its content after each of them can be had again. */
export class TracedStore implements CheckpointStore {
  readonly changes: Change[] = [];
  readonly #inner = new MemoryStore();

  read(key: string): Promise<Uint8Array | undefined> {
    return this.#inner.read(key);
  }

  async write(key: string, bytes: Uint8Array, options?: { ifAbsent?: boolean }): Promise<void> {
    await this.#inner.write(key, bytes, options);
    this.changes.push([key, bytes.slice()]);
  }

  async delete(key: string): Promise<void> {
    await this.#inner.delete(key);
    this.changes.push([key, undefined]);
  }

  list(prefix: string): Promise<string[]> {
    return this.#inner.list(prefix);
  }
}

/** A store with what `changes` leave. */
export async function storeAfter(changes: readonly Change[]): Promise<MemoryStore> {
  const store = new MemoryStore();
  for (const [key, bytes] of changes) await (bytes ? store.write(key, bytes) : store.delete(key));
  return store;
}

/** What an output saw of a batch: its attempt and the rows. */
export interface Seen {
  readonly attempt: number;
  readonly rows: unknown[];
}
/** By name of the output, then by batch time. */
export type Outputs = Map<string, Map<number, Seen[]>>;

export type Define = (
  input: PushInput<unknown> & ReturnType<StreamingContext["pushStream"]>,
  output: (name: string, stream: unknown) => void,
) => void;

/** A job over one pushed stream that can be begun again and again on stores. */
export class Job {
  readonly outputs: Outputs = new Map();
  readonly #define: Define;
  readonly #options: Partial<StreamingContextOptions>;
  #input: PushInput<unknown> | undefined;
  #clock = new ManualClock();
  #context: StreamingContext | undefined;

  constructor(define: Define, options: Partial<StreamingContextOptions> = {}) {
    this.#define = define;
    this.#options = options;
  }

  get context(): StreamingContext {
    return this.#context!;
  }

  async begin(store: CheckpointStore): Promise<void> {
    this.#context = await StreamingContext.getOrCreate(store, () => {
      this.#clock = new ManualClock();
      const ssc = new StreamingContext({
        master: "local[2]",
        batchInterval: 1000,
        clock: this.#clock,
        printTo: () => {},
        ...this.#options,
      });
      const input = ssc.pushStream<never>({ name: "input" });
      this.#input = input as unknown as PushInput<unknown>;
      this.#define(input as never, (name, stream) =>
        this.#watch(name, stream as ReturnType<StreamingContext["pushStream"]>),
      );
      return ssc;
    });
    await this.#context.start();
  }

  /** The batch that the next records are in. */
  get nextBatch(): number {
    return this.#clock.now() / 1000;
  }

  /** Records of the next batch are there. */
  get hasPending(): boolean {
    return this.context.metrics().inputs[0]!.hasPending;
  }

  /** Runs a batch with these records. */
  async run(records: readonly unknown[]): Promise<void> {
    if (records.length > 0) await this.#input!.push(...records);
    await this.#clock.advance(1000);
  }

  /** Runs what was planned before. */
  settle(): Promise<void> {
    return this.#clock.advance(0);
  }

  async end(): Promise<void> {
    await this.#context!.stop();
    await this.#context!.awaitTermination();
  }

  #watch(name: string, stream: ReturnType<StreamingContext["pushStream"]>): void {
    const batches = this.outputs.get(name) ?? new Map<number, Seen[]>();
    this.outputs.set(name, batches);
    stream.foreachRDD(async (rdd, time, { attempt }) => {
      const rows = await rdd.collect();
      const seen = batches.get(time.milliseconds) ?? [];
      seen.push({ attempt, rows });
      batches.set(time.milliseconds, seen);
    });
  }
}
