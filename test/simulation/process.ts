import type { CheckpointStore, Engine, ManualClock, PushInput, Receiver, StreamingContext } from "millrace";
import type { Library } from "./library.js";
import { type Pair, type Pairs, SINKS, type SinkName } from "./pipelines.js";
import { pump, type VirtualHost } from "./virtual-host.js";

export const INTERVAL_MS = 1000;
export const FOLDER = "/in";

/** What processes of a simulation share. */
export interface World {
  readonly library: Library;
  readonly engine: Engine;
  readonly host: VirtualHost;
}

/** What an output saw of a batch. */
export interface Seen {
  readonly sink: SinkName;
  readonly timeMs: number;
  readonly attempt: number;
  /** Which process, from 1. */
  readonly process: number;
  readonly rows: readonly unknown[];
}

export interface Program {
  readonly sinks: readonly SinkName[];
  readonly isLogged: boolean;
  /** Files of the virtual host are read too. */
  readonly readsFiles?: boolean;
  /** Makes the receiver of each process. */
  readonly receiver?: (hasEnded: () => boolean) => Receiver<Pair>;
}

export interface ProcessOptions {
  readonly program: Program;
  readonly store: CheckpointStore;
  readonly number?: number;
  readonly startMs?: number;
  readonly seen: (seen: Seen) => void;
}

/** A process that runs a job, and ends when it is told: from then on it has no effect on anything. */
export class SimulatedProcess {
  readonly #world: World;
  readonly #options: ProcessOptions;
  readonly #store: EndingStore;
  readonly #clock: ManualClock;
  #context: StreamingContext | undefined;
  #input: PushInput<Pair> | undefined;
  #error: unknown;
  #hasEnded = false;

  constructor(world: World, options: ProcessOptions) {
    this.#world = world;
    this.#options = options;
    this.#store = new EndingStore(options.store);
    this.#clock = new world.library.ManualClock(options.startMs ?? 0);
  }

  /** What ended the context, if something did. */
  get error(): unknown {
    return this.#error;
  }

  get isRunning(): boolean {
    return !this.#hasEnded && this.#context?.getState() === "ACTIVE";
  }

  get nowMs(): number {
    return this.#clock.now();
  }

  /** Records of the next batch are there. */
  get hasPending(): boolean {
    return this.#context!.metrics().inputs.some(({ hasPending }) => hasPending);
  }

  /** Resolves when the context has started. */
  async begin(): Promise<void> {
    const { StreamingContext } = this.#world.library;
    const found = StreamingContext.getOrCreate(this.#store, () => this.#create());
    found.catch((error: unknown) => {
      this.#error = error;
    });
    const context = await found;
    if (this.#hasEnded) return;
    this.#context = context;
    context.awaitTermination().catch((error: unknown) => {
      this.#error = error;
    });
    await context.start();
  }

  push(records: readonly Pair[]): Promise<void> {
    return this.#input!.push(...records);
  }

  /** Resolves when all batches up to then are done. */
  advance(ms: number): Promise<void> {
    return this.#clock.advance(ms);
  }

  async stop(): Promise<void> {
    await this.#context!.stop();
    await this.#context!.awaitTermination();
  }

  /** Ends at once: nothing that was begun has an effect any more. */
  end(): void {
    this.#hasEnded = true;
    this.#store.end();
    void this.#context?.stop({ stopGracefully: false }).catch(() => {});
  }

  #create(): StreamingContext {
    const { library, engine } = this.#world;
    const { program } = this.#options;
    const ssc = new library.StreamingContext({
      engine,
      batchInterval: INTERVAL_MS,
      clock: this.#clock,
      receiverWriteAheadLog: program.isLogged,
    });
    const input = ssc.pushStream<Pair>({ name: "pushed" });
    this.#input = input;
    const all: Pairs[] = [input as Pairs];
    if (program.receiver) all.push(ssc.receiverStream(program.receiver(() => this.#hasEnded)));
    if (program.readsFiles) {
      const options = { newFilesOnly: false, minRememberDuration: 1e9 };
      all.push(ssc.textFileStream(FOLDER, options).map((line) => JSON.parse(line) as Pair));
    }
    const pairs = all.length === 1 ? all[0]! : ssc.union(all);
    for (const sink of program.sinks) this.#watch(sink, SINKS[sink](library, pairs) as Pairs);
    return ssc;
  }

  #watch(sink: SinkName, stream: Pairs): void {
    const { seen, number: process = 1 } = this.#options;
    stream.foreachRDD(async (rdd, { milliseconds: timeMs }, { attempt }) => {
      const rows = await rdd.collect();
      if (this.#hasEnded) throw new Error("The process has ended.");
      seen({ sink, timeMs, attempt, process, rows });
    });
  }
}

/** A store whose calls are refused, and have no effect, once the process has ended. */
class EndingStore implements CheckpointStore {
  readonly #inner: CheckpointStore;
  #end: (error: Error) => void = () => {};
  readonly #ended: Promise<never>;
  readonly append?: NonNullable<CheckpointStore["append"]>;

  constructor(inner: CheckpointStore) {
    this.#inner = inner;
    this.#ended = new Promise((_, reject) => {
      this.#end = reject;
    });
    this.#ended.catch(() => {});
    if (inner.append) this.append = (key, bytes) => this.#until(() => inner.append!(key, bytes));
  }

  end(): void {
    this.#end(new Error("The process has ended."));
    this.#until = () => this.#ended;
  }

  read = (key: string) => this.#until(() => this.#inner.read(key));
  list = (prefix: string) => this.#until(() => this.#inner.list(prefix));
  delete = (key: string) => this.#until(() => this.#inner.delete(key));
  write = (key: string, bytes: Uint8Array, options?: { ifAbsent?: boolean }) =>
    this.#until(() => this.#inner.write(key, bytes, options));

  #until = <R>(call: () => Promise<R>): Promise<R> => Promise.race([call(), this.#ended]);
}

/** Runs one batch with these records. */
export async function runBatch({ host }: World, process: SimulatedProcess, records: readonly Pair[]): Promise<void> {
  if (records.length > 0) await pump(host, process.push(records));
  await pump(host, process.advance(INTERVAL_MS));
}
