import { BatchQueue } from "./batch/batch-queue.js";
import { Inputs } from "./batch/inputs.js";
import { ListenerBus, type StreamingListener } from "./batch/listener.js";
import type { StreamInput } from "./batch/stream-input.js";
import { Termination } from "./batch/termination.js";
import { Ticker } from "./batch/ticker.js";
import { type CheckedOptions, checkOptions, type StreamingContextOptions } from "./context-options.js";
import { DStream, transformOf, unionOf } from "./dstream.js";
import { Engine } from "./engine.js";
import { ConfigError, PlanError } from "./errors.js";
import type { AsyncMark } from "./host.js";
import type { Row } from "./lowering/row.js";
import { explain } from "./plan/explain.js";
import type { BatchScope } from "./plan/scope.js";
import type { StorageLevel } from "./plan/storage-level.js";
import { StreamGraph } from "./plan/stream-graph.js";
import { InputOperator } from "./plan/stream-operator.js";
import { RDD } from "./rdd.js";
import { Flow } from "./receiver/flow.js";
import type { InputContext } from "./receiver/input.js";
import type { Intake } from "./receiver/intake.js";
import { RateController } from "./receiver/rate-controller.js";
import { Receiver } from "./receiver/receiver.js";
import { ReceiverInput, type Receiving } from "./receiver/receiver-input.js";
import { binaryFormat, customFormat, type FileFormat, textFormat } from "./sources/file-formats.js";
import { FileSource, type FileStreamOptions } from "./sources/file-stream.js";
import { checkedIterable, IterableSource } from "./sources/iterable-stream.js";

import { type PushInput, PushSource } from "./sources/push-stream.js";
import { checkedQueue, type QueuedItem, QueueInput } from "./sources/queue-stream.js";
import { RawSocketSource } from "./sources/raw-socket-stream.js";
import { ReceiverSupervisor } from "./sources/receiver-stream.js";
import { checkedAddress } from "./sources/socket-client.js";
import { type Converter, checkedConverter, SocketSource } from "./sources/socket-stream.js";
import { SocketTextSource } from "./sources/socket-text-stream.js";
import { type ByteSource, checkedBytes, textSource } from "./sources/text-stream.js";
import { positiveDuration } from "./stream-checks.js";
import { ManualClock } from "./time/clock.js";
import { type Duration, type DurationLike, toDuration } from "./time/duration.js";
import type { Time } from "./time/time.js";

export type StreamingContextState = "INITIALIZED" | "ACTIVE" | "STOPPED";

/** What the batches of an input hold, and what `explain()` says of that. */
interface Held {
  readonly holdsRows: boolean;
  readonly about: string;
}
const TEXT: Held = { holdsRows: false, about: "lines of UTF-8, received into kernel memory" };
const ROWS: Held = { holdsRows: true, about: "rows that are one-line strings; others leave the kernel" };

/** How long a stop that is not graceful waits for the running batch, in milliseconds of the host's time; as Spark's. */
const STOP_WAIT_MS = 2000;

/**
 * Entry point: makes input streams, starts and stops the processing of their batches. Define all streams and outputs, then `start()`. A context that
 * was stopped cannot be started again; any number of contexts can run in one process.
 */
export class StreamingContext {
  readonly engine: Engine;
  readonly batchInterval: Duration;
  /** @internal The streams of this context. */
  readonly graph = new StreamGraph();
  readonly #options: CheckedOptions;
  readonly #ownsEngine: boolean;
  readonly #flow: Flow;
  readonly #bus: ListenerBus;
  readonly #termination = new Termination();
  readonly #inputs: Inputs;
  readonly #mark: AsyncMark;
  #state: StreamingContextState = "INITIALIZED";
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #ticker: Ticker | undefined;
  #queue: BatchQueue | undefined;

  constructor(options: StreamingContextOptions) {
    this.#options = checkOptions(options);
    this.batchInterval = this.#options.batchInterval;
    this.#ownsEngine = options.engine === undefined;
    this.engine = options.engine ?? new Engine(options);
    const { host } = this.engine;
    this.#flow = new Flow(this.#options.receivedBytesMax);
    const warn = (line: string) => host.warn(line);
    this.#bus = new ListenerBus(warn);
    this.#inputs = new Inputs({ clock: this.#options.clock, bus: this.#bus, warn });
    this.#mark = host.asyncMark?.() ?? { run: (body) => body(), isSet: () => false };
  }

  getState(): StreamingContextState {
    return this.#state;
  }

  addStreamingListener(listener: StreamingListener): void {
    this.#bus.add(listener);
  }

  removeStreamingListener(listener: StreamingListener): void {
    this.#bus.remove(listener);
  }

  /**
   * Lines of UTF-8 text, ended by `\n`, `\r\n` or `\r`; invalid bytes become U+FFFD; a leading U+FEFF is kept. A lost or refused connection is reported
   * once and tried again with growing delay, 100 ms to 30 s. `storageLevel`: as of a `Receiver`. `ConfigError` where the host has no TCP.
   */
  socketTextStream(hostname: string, port: number, storageLevel?: StorageLevel): DStream<string> {
    const address = checkedAddress("socketTextStream", [hostname, port, storageLevel], this.engine.host);
    return this.#addReceiver("socketTextStream", "Socket", TEXT, (intake) => new SocketTextSource(address, intake));
  }

  /**
   * Records that `converter` makes of the bytes of a TCP server; it is called for each connection, and reads its bytes as it asks for them. What it throws
   * is reported (`onReceiverError`) and ends the connection. Connections are tried again as those of `socketTextStream`.
   */
  socketStream<T>(hostname: string, port: number, converter: Converter<T>, storageLevel?: StorageLevel): DStream<T> {
    const address = checkedAddress("socketStream", [hostname, port, storageLevel], this.engine.host);
    const checked = checkedConverter(converter);
    return this.#addReceiver("socketStream", "Socket", ROWS, (intake) => new SocketSource(address, checked, intake));
  }

  /**
   * Rows of blocks from a TCP server, each after a 4-byte big-endian length, each as `encodeRows` writes it, and each a partition. A length below 0 or above
   * `receivedBytesMax` and a damaged block are reported (`onReceiverError`, a `SourceError` "protocol") and end the connection. Connections are
   * tried again as those of `socketTextStream`.
   */
  rawSocketStream<T>(hostname: string, port: number, storageLevel?: StorageLevel): DStream<T> {
    const address = checkedAddress("rawSocketStream", [hostname, port, storageLevel], this.engine.host);
    return this.#addReceiver("rawSocketStream", "RawSocket", ROWS, (intake) => new RawSocketSource(address, intake));
  }

  /** The records that `receiver` stores. `PlanError` where it has a stream already. */
  receiverStream<T>(receiver: Receiver<T>): DStream<T> {
    Receiver.check(receiver);
    return this.#addReceiver("receiverStream", receiver.constructor.name || "Receiver", ROWS, (intake) => {
      const supervisor = new ReceiverSupervisor(receiver as Receiver<never>, intake);
      Receiver.attach(receiver as Receiver<never>, supervisor);
      return supervisor;
    });
  }

  /**
   * Lines of a byte stream (a `fetch` body, a file, standard input), as those of `socketTextStream`. Read from the start of the context on, and not while
   * there is no room. The end of the stream ends its last line. An error is reported (`onReceiverError`), ends the stream, and what was read stays. Under a
   * manual clock, what the stream has without waiting for timers or I/O is in the next batch.
   */
  textStream(source: ByteSource): DStream<string> {
    const bytes = checkedBytes(source);
    return this.#addReceiver("textStream", "Text", TEXT, (intake) => textSource(bytes, intake));
  }

  /** The records of any asynchronous iterable, read as `textStream` reads bytes. A stop calls the iterator's `return`. */
  iterableStream<T>(source: AsyncIterable<T>): DStream<T> {
    const records = checkedIterable(source);
    return this.#addReceiver("iterableStream", "Iterable", ROWS, (intake) => {
      const open = () => records[Symbol.asyncIterator]();
      return new IterableSource<T>(intake, open, (record) => intake.storeRow(record));
    });
  }

  /**
   * Lines of the text files that come into a folder, or into any folder that a glob (such as `logs/*`) matches: in each batch those modified after the
   * batch's threshold and not after its time, each file once. Move files in when they are complete: one that changes or vanishes before its batch is
   * processed fails that batch with a `SourceError`. A file is one partition; its rows are read again by each output that is not persisted. Names that
   * begin with a dot and folders inside are left out; a name that ends in ".gz" is decompressed. Lines as in `socketTextStream`.
   * `ConfigError` where the host has no files.
   */
  textFileStream(directory: string, options: FileStreamOptions = {}): DStream<string> {
    const format = textFormat(this.engine, this.#options.lineBytesMax);
    return this.#addFiles("textFileStream", directory, format, options);
  }

  /** Records of `recordLength` bytes, of files found as `textFileStream` does. A file that does not hold whole records fails its batch. */
  binaryRecordsStream(directory: string, recordLength: number, options: FileStreamOptions = {}): DStream<Uint8Array> {
    return this.#addFiles("binaryRecordsStream", directory, binaryFormat(recordLength), options);
  }

  /** The rows that `read` makes of the bytes of each file, found as `textFileStream` does. What it throws fails the batch and names the file. */
  fileStream<T>(
    directory: string,
    read: (bytes: AsyncIterable<Uint8Array>, path: string) => AsyncIterable<T>,
    options: FileStreamOptions = {},
  ): DStream<T> {
    return this.#addFiles("fileStream", directory, customFormat(read), options);
  }

  /**
   * One queued item a batch (`oneAtATime`, the default) or all of them; later pushes to the array given here are seen. Items leave that array as they
   * are taken. An array of values is cut into `defaultParallelism` partitions. A queued `null`, or an empty queue with `defaultRDD: null`, makes no batch
   * at all, which is not an empty batch; by default an empty queue gives an empty batch.
   */
  queueStream<T extends Row>(
    queue: Array<Iterable<T> | RDD<T> | null>,
    oneAtATime = true,
    defaultRDD?: RDD<T> | Iterable<T> | null,
  ): DStream<T> {
    const items = checkedQueue(queue);
    const given = queuedItem(defaultRDD === undefined ? [] : defaultRDD);
    // A generator has its rows once only.
    const whenEmpty = given === null || "dataset" in given ? given : [...given];
    const make = (context: InputContext) =>
      new QueueInput({ queue: items, oneAtATime, read: queuedItem, whenEmpty }, context);
    return this.#addInput("queueStream", ROWS.about, make);
  }

  /** Records or bytes pushed by the embedder: `const s = ssc.pushStream<string>(); await s.push("a line")`. */
  pushStream<T = string>(options: { name?: string; capacityBytes?: number } = {}): DStream<T> & PushInput<T> {
    const { name = "pushStream", capacityBytes = this.#options.receivedBytesMax } = options;
    if (!Number.isSafeInteger(capacityBytes) || capacityBytes < 1) {
      throw new ConfigError(`capacityBytes of ${name} must be a whole number from 1, got ${String(capacityBytes)}.`, {
        code: "invalid-option",
        details: { option: "capacityBytes", got: capacityBytes },
      });
    }
    let source!: PushSource;
    const stream = this.#addInput<T>(name, "lines of UTF-8 and one-line strings, in kernel memory", (context) => {
      source = new PushSource(name, capacityBytes, context);
      return source;
    });
    return Object.assign(stream, {
      push: (...records: T[]) => source.push(...records),
      pushBytes: (bytes: Uint8Array) => source.pushBytes(bytes),
      close: () => source.close(),
    });
  }

  /** The rows of all streams, in the order given, at each batch time. */
  union<T>(streams: Array<DStream<T>>): DStream<T> {
    return unionOf(streams, this);
  }

  /**
   * What `fn` makes of the RDDs of several streams, which must have their batches at the same times. It runs on the host's thread for each batch.
   * Returning no RDD fails the batch.
   */
  transform<T, U>(
    streams: Array<DStream<T>>,
    fn: (rdds: Array<RDD<T>>, time: Time) => RDD<U> | Promise<RDD<U>>,
  ): DStream<U> {
    return transformOf(streams, fn, this, "transform");
  }

  /** Every stream remembers its batches for at least so long, for `slice()` and for RDDs that are read later. May be set once. */
  remember(duration: DurationLike): void {
    const { rememberDuration } = this.graph;
    this.graph.assertOpen();
    if (rememberDuration !== undefined) {
      throw new ConfigError(`Remember duration already set as ${rememberDuration}. Cannot set it again.`, {
        code: "remember-set",
        details: { rememberMs: rememberDuration.milliseconds },
      });
    }
    this.graph.rememberDuration = positiveDuration(duration, "The duration to remember");
  }

  /** @internal Only the caller moves the clock. */
  get isManualClock(): boolean {
    return this.#options.clock instanceof ManualClock;
  }

  /**
   * Validates the graph and starts. Need not be awaited: what fails, here or later, is never an unhandled rejection and surfaces
   * in `awaitTermination()`; after a failed start the state is STOPPED. A second `start()` only warns.
   */
  start(): Promise<void> {
    const starting = this.#start();
    starting.catch(() => {});
    return starting;
  }

  /** Resolves when the context has stopped; rejects with the first error of a batch, of an output or of the start. */
  awaitTermination(): Promise<void> {
    return this.#termination.wait();
  }

  /** True once stopped, false after `timeout` (of the host's time, not the context's clock); rejects with the error that ended it. */
  async awaitTerminationOrTimeout(timeout: DurationLike): Promise<boolean> {
    const { milliseconds } = toDuration(timeout, "The timeout of awaitTerminationOrTimeout");
    return this.#termination.waitAtMost(milliseconds, this.engine.host);
  }

  /**
   * Stops. `stopEngine` defaults to true for an engine that this context made, to false for one passed in. A graceful stop processes
   * all that was received, also on a manual clock that nobody moves any more; one that is not drops what waits. Called from a listener or an output it
   * does not wait for itself: the stop happens after the call returns. May be called again, to stop the engine later.
   */
  stop({ stopGracefully = false, stopEngine = this.#ownsEngine } = {}): Promise<void> {
    this.#stopping ??= this.#stop(stopGracefully);
    const stopped = this.#stopping.then(() => (stopEngine ? this.engine.stop() : undefined));
    stopped.catch(() => {});
    return this.#mark.isSet() ? Promise.resolve() : stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** @internal For `print()`: where its text goes. */
  writeOutput(text: string): void {
    const { printTo } = this.#options;
    if (printTo) printTo(text);
    else this.engine.host.write(text);
  }

  #addFiles<T>(name: string, directory: string, format: FileFormat, options: FileStreamOptions): DStream<T> {
    const slideMs = this.batchInterval.milliseconds;
    const make = (context: InputContext) => new FileSource({ name, directory, format, options, slideMs }, context);
    return this.#addInput(name, format.about, make, undefined, format.holdsRows);
  }

  /** A stream of what a receiver brings; `receiver`: what listeners know it as, before its number. */
  #addReceiver<T>(name: string, receiver: string, held: Held, make: (intake: Intake) => Receiving): DStream<T> {
    const id = `${receiver}-${this.#inputs.nextId}`;
    return this.#addInput(name, held.about, (context) => new ReceiverInput(id, context, make), id, held.holdsRows);
  }

  #addInput<T>(
    name: string,
    about: string,
    make: (context: InputContext) => StreamInput,
    receiver?: string,
    holdsRows = true,
  ): DStream<T> {
    const source = make({
      streamId: this.#inputs.nextId,
      engine: this.engine,
      clock: this.#options.clock,
      flow: this.#flow,
      batchIntervalMs: this.batchInterval.milliseconds,
      blockIntervalMs: this.#options.blockInterval.milliseconds,
      rate: this.#options.rate,
      lineBytesMax: this.#options.lineBytesMax,
      isManualClock: this.#options.clock instanceof ManualClock,
      isInsideOutput: () => this.#mark.isSet(),
    });
    const form = { kind: "input", shape: { kind: "text" }, about, holdsRows } as const;
    const operator = new InputOperator(name, form, source);
    const stream = new DStream<T>(this, this.graph.add(operator, [], this.batchInterval));
    this.#inputs.add(source, receiver);
    return stream;
  }

  async #start(): Promise<void> {
    if (this.#state === "ACTIVE") {
      this.engine.host.warn("millrace: StreamingContext has already been started");
      return this.#starting;
    }
    if (this.#state === "STOPPED") {
      throw new PlanError("StreamingContext has already been stopped: make a new one.", { code: "context-stopped" });
    }
    this.#state = "ACTIVE";
    this.graph.close("starting");
    this.#starting = this.#begin();
    try {
      await this.#starting;
    } catch (error) {
      this.#termination.failed(error);
      await this.stop();
      throw error;
    }
  }

  async #begin(): Promise<void> {
    const { clock } = this.#options;
    const intervalMs = this.batchInterval.milliseconds;
    // Batches are at multiples of the interval since the epoch, the first one after now.
    const zeroMs = Math.floor(clock.now() / intervalMs) * intervalMs;
    const release = (scope: BatchScope) => this.engine.release(scope);
    this.graph.start({ zeroMs, intervalMs, hasStore: false, release });
    const queue = new BatchQueue(
      {
        graph: this.graph,
        engine: this.engine,
        clock,
        bus: this.#bus,
        mark: this.#mark,
        onError: (error) => this.#batchFailed(error),
      },
      this.#inputs.sources,
    );
    this.#queue = queue;
    this.#ticker = new Ticker({
      clock,
      host: this.engine.host,
      intervalMs,
      tick: (timeMs) => queue.submit(timeMs),
      settled: () => queue.idle(),
      isWaitingForCaller: () => this.#mark.isSet(),
    });
    const ready = this.engine.start().then(() => {
      // Lambdas are lowered now, not in the first batch.
      this.graph.place();
      for (const { node } of this.graph.outputs) explain(node);
    });
    const time = clock.now();
    this.#ticker.begin(ready);
    await ready;
    if (this.#stopping) return;
    this.#bus.post("onStreamingStarted", { time });
    const { backpressure } = this.#options;
    if (backpressure)
      this.#bus.add(new RateController(this.batchInterval.milliseconds, this.#inputs.sources, backpressure));
    this.#inputs.start();
  }

  #batchFailed(error: unknown): void {
    this.#termination.failed(error);
    if (this.#options.onBatchFailure === "stop") void this.stop();
  }

  /** Ends the context, whatever happens: an error on the way is for `awaitTermination()`. */
  async #stop(gracefully: boolean): Promise<void> {
    this.#state = "STOPPED";
    this.graph.close("stopping");
    if (!gracefully) {
      // At once: no batch begins any more.
      this.#ticker?.stop();
      this.#queue?.dropWaiting();
    }
    try {
      await this.#end(gracefully);
    } catch (error) {
      this.#termination.failed(error);
    }
    this.#termination.ended();
  }

  async #end(gracefully: boolean): Promise<void> {
    // Out of the stack of the caller, which may be an output that the stop waits for.
    await Promise.resolve();
    await this.#starting?.catch(() => {});
    for (const error of await this.#inputs.stop()) this.#termination.failed(error);
    if (this.#queue && this.#ticker) {
      if (gracefully) await this.#drain(this.#queue, this.#ticker);
      else {
        this.#queue.dropWaiting();
        await this.#atMost(STOP_WAIT_MS, this.#queue.idle());
      }
    }
    if (!this.engine.isStarted) return;
    this.#inputs.free();
    this.graph.end();
  }

  /** Processes what was received: one more batch where anything is left, then waits for all. */
  async #drain(queue: BatchQueue, ticker: Ticker): Promise<void> {
    ticker.stop();
    if (queue.hasPending) ticker.tickNow();
    const isDone = await this.#atMost(this.#options.gracefulStopTimeout.milliseconds, queue.idle());
    if (isDone) return;
    this.engine.host.warn(
      `millrace: a graceful stop took longer than ${this.#options.gracefulStopTimeout}; ${queue.length} batches are dropped.`,
    );
    queue.dropWaiting();
  }

  /** True where `done` resolves within `ms` of the host's time. */
  #atMost(ms: number, done: Promise<void>): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = this.engine.host.setTimer(ms, () => resolve(false));
      void done.then(() => {
        timer.cancel();
        resolve(true);
      });
    });
  }
}

function queuedItem(item: unknown): QueuedItem {
  if (item === null) return null;
  if (item instanceof RDD) return { dataset: RDD.datasetOf(item) };
  if (typeof item === "object" && Symbol.iterator in item) return item as Iterable<unknown>;
  throw new PlanError(
    `A batch queued in queueStream must be an iterable of rows, an RDD or null, got ${typeof item}.`,
    {
      code: "invalid-batch",
      details: { got: item },
    },
  );
}
