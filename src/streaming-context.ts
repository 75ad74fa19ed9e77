import type { DeadLetter } from "./batch/dead-letters.js";
import { Inputs } from "./batch/inputs.js";
import { Lifecycle, type StreamingContextState } from "./batch/lifecycle.js";
import { ListenerBus, type StreamingListener } from "./batch/listener.js";
import { MetricsRecorder } from "./batch/metrics-recorder.js";
import { checkedStore } from "./checkpoint/checked-store.js";
import type { CheckpointStore } from "./checkpoint/checkpoint-store.js";
import type { ContextCheckpoint } from "./checkpoint/context-checkpoint.js";
import { checkpointing } from "./checkpoint/door.js";
import { type CheckedOptions, checkOptions, engineOptions, type StreamingContextOptions } from "./context-options.js";
import { type DStream, transformOf, unionOf } from "./dstream.js";
import { assertMayMakeContext, insideWorkerError, isWorker } from "./engine/program/inside-worker.js";
import { Engine } from "./engine.js";
import { CheckpointError, ConfigError, PlanError } from "./errors.js";
import { guaranteeLine, type Safety } from "./guarantee.js";
import type { Host } from "./host.js";
import { InputStreams } from "./input-streams.js";
import type { Row } from "./lowering/row.js";
import type { RejectedLines } from "./operators/read-lines.js";
import { checkOptionNames } from "./option-names.js";
import { explain } from "./plan/explain.js";
import type { ThreadsFor } from "./plan/explain-text.js";
import { Origin } from "./plan/origin.js";
import type { StorageLevel } from "./plan/storage-level.js";
import { StreamGraph } from "./plan/stream-graph.js";
import type { StreamNode } from "./plan/stream-node.js";
import { InputOperator } from "./plan/stream-operator.js";
import type { RDD } from "./rdd.js";
import { RateController } from "./receiver/rate-controller.js";
import type { Receiver } from "./receiver/receiver.js";
import { ReceivingLimits } from "./receiver/receiving-limits.js";
import type { RowOfSchema, RowSchema } from "./schema/row-schema.js";
import type { FileStreamOptions } from "./sources/file-stream.js";
import type { IterableOptions } from "./sources/iterable-stream.js";
import type { PushInput, PushOptions } from "./sources/push-stream.js";
import type { Converter } from "./sources/socket-stream.js";
import type { ByteSource } from "./sources/text-stream.js";
import { positiveDuration } from "./stream-checks.js";
import { metricsOf, type StreamingMetrics } from "./streaming-metrics.js";
import { type Clock, ManualClock, SteadyClock } from "./time/clock.js";
import { type Duration, type DurationLike, toDuration } from "./time/duration.js";
import type { Time } from "./time/time.js";

/** What makes a context, at once or later. */
type MakeContext = () => StreamingContext | Promise<StreamingContext>;

/** Contexts of this process that were started and not stopped, the one started last at the end. */
const active = new Set<StreamingContext>();

/**
 * Entry point: makes input streams, starts and stops the processing of their batches. Define all streams and outputs, then `start()`. A context that
 * was stopped cannot be started again; any number of contexts can run in one process, at once or in turn, on engines of their own or on one.
 */
export class StreamingContext {
  /** What runs its jobs: one of its own, or the one that it was given. */
  readonly engine: Engine;
  /** How often there is a batch. */
  readonly batchInterval: Duration;
  /** @internal The streams of this context. */
  readonly graph = new StreamGraph();
  readonly #options: CheckedOptions;
  readonly #ownsEngine: boolean;
  readonly #bus: ListenerBus;
  readonly #limits: ReceivingLimits;
  readonly #inputs: Inputs;
  readonly #streams: InputStreams;
  readonly #metrics = new MetricsRecorder();
  readonly #lifecycle: Lifecycle;
  readonly #isInsideOutput: () => boolean;
  #store: CheckpointStore | undefined;
  /** What `getOrCreate` has found in it. */
  #found: ContextCheckpoint | undefined;
  readonly #droppedStates = new Set<string>();
  /** Ends and returns the record of accumulators that are made while the streams are defined. */
  #accumulators: ReturnType<Engine["recordAccumulators"]> | undefined;
  #forgetProgram: (() => void) | undefined;

  /** `ConfigError` where an option is wrong, or asks for what the host lacks. */
  constructor(options: StreamingContextOptions) {
    assertMayMakeContext(options);
    const given = checkOptions(options);
    this.batchInterval = given.batchInterval;
    this.#ownsEngine = options.engine === undefined;
    this.engine = options.engine ?? new Engine(engineOptions(options));
    const { engine, graph } = this;
    const checked = { ...given, clock: steady(given.clock, engine.host) };
    this.#options = checked;
    if (checked.program !== undefined) this.#accumulators = engine.recordAccumulators();
    const { host } = engine;
    const warn = (line: string) => host.warn(line);
    const mark = host.asyncMark?.() ?? { run: (body) => body(), isSet: () => false };
    this.#isInsideOutput = () => mark.isSet();
    if (checked.stopGracefullyOnShutdown && !host.onShutdown) {
      throw new ConfigError(
        "stopGracefullyOnShutdown needs a host that says when its process is asked to end, which this one does not: call stop() where it is known.",
        { code: "no-shutdown-signal" },
      );
    }
    if (checked.checkpoint !== undefined) this.checkpoint(checked.checkpoint);
    this.#limits = new ReceivingLimits(checked.receivedBytesMax);
    this.#bus = new ListenerBus(warn);
    this.#inputs = new Inputs({ clock: checked.clock, bus: this.#bus, warn });
    this.#streams = new InputStreams({
      context: this,
      isEarly: () => this.#store !== undefined && !this.#lifecycle.isAttached,
      engine,
      checked,
      inputs: this.#inputs,
      limits: this.#limits,
      mark,
    });
    this.#lifecycle = new Lifecycle({
      ...checked,
      engine,
      graph,
      mark,
      bus: this.#bus,
      inputs: this.#inputs,
      metrics: this.#metrics,
      hasStore: () => this.#store !== undefined,
      foundCheckpoint: () => this.#found,
      newCheckpoint: () => this.#newCheckpoint(),
      prepare: () => this.#prepare(),
      stateChanged: (state) => {
        active.delete(this);
        if (state === "ACTIVE") active.add(this);
      },
    });
  }

  /** The context started last in this process and not stopped yet; several may run at once. */
  static getActive(): StreamingContext | undefined {
    return [...active].at(-1);
  }

  /** The active context, as `getActive()` says, or else what `create()` makes. */
  static async getActiveOrCreate(create: MakeContext): Promise<StreamingContext> {
    return StreamingContext.getActive() ?? madeBy(create);
  }

  /**
   * What `create()` makes, with `store` as its store for checkpoints, even if `create()` did not say so. Where the store holds a checkpoint, the job goes on: state, positions of
   * inputs and batches that were planned and are not done are attached, by the names of streams (`DStream.named()`, or the kind of operator and a hash of its ancestors' kinds and
   * parameters). Those batches run after `start()`, in order and before any new one, with the same records and the same times; then those that were missed since. A manual
   * clock that is behind is set to the last batch. An empty store is a fresh start.
   *
   * **Errors:** `CheckpointError` "checkpoint-damaged", "checkpoint-unrecoverable", "format-too-new", "not-a-checkpoint", "state-mismatch" (what was saved does not fit the graph), "input-missing",
   * "locked" (another process writes there), "store-failed"; `PlanError` "ambiguous-name", "context-started". What `create()` made is stopped then, and nothing in the store is changed.
   */
  static async getOrCreate(store: CheckpointStore | string, create: MakeContext): Promise<StreamingContext> {
    const context = await madeBy(create);
    if (context.getState() !== "INITIALIZED") {
      throw new PlanError("create must return a context that was not started: start what getOrCreate returns.", {
        code: "context-started",
        details: { state: context.getState() },
      });
    }
    try {
      context.checkpoint(store);
      context.#found = await context.#findCheckpoint();
    } catch (error) {
      await context.stop();
      throw error;
    }
    return context;
  }

  /** INITIALIZED until `start()`, then ACTIVE, and STOPPED from the beginning of a stop, or of a failed start, on. */
  getState(): StreamingContextState {
    return this.#lifecycle.state;
  }

  /**
   * Sets where checkpoints go: a store, or a folder on hosts with files, which is made when it is needed. It must be empty when the context starts, unless that comes from
   * `getOrCreate`. State operations and intervals of `DStream.checkpoint()` are checked against it at the start. `ConfigError` where it is no store; `PlanError` after the start.
   */
  checkpoint(store: CheckpointStore | string): void {
    this.graph.assertOpen();
    this.#store = checkedStore(store, this.engine.host);
  }

  /**
   * Lets the state of a stream go that a checkpoint has under this name, where the graph has no such stream any more or one that is another: it begins anew. Called where streams
   * are defined, before the start; no error where the checkpoint has no such state.
   */
  dropState(name: string): void {
    this.graph.assertOpen();
    this.#droppedStates.add(name);
  }

  /** `listener` is told from now on, after those added before. Adding it again changes nothing. */
  addStreamingListener(listener: StreamingListener): void {
    this.#bus.add(listener);
  }

  /** `listener` is told nothing more. */
  removeStreamingListener(listener: StreamingListener): void {
    this.#bus.remove(listener);
  }

  /**
   * Lines of UTF-8 text, ended by `\n`, `\r\n` or `\r`; invalid bytes become U+FFFD; a leading U+FEFF is kept. A lost or refused connection is reported
   * once and tried again with growing delay, 100 ms to 30 s. `storageLevel`: as of a `Receiver`. `ConfigError` where the host has no TCP.
   */
  socketTextStream(hostname: string, port: number, storageLevel?: StorageLevel): DStream<string> {
    return this.#streams.socketTextStream(hostname, port, storageLevel);
  }

  /**
   * Records that `converter` makes of the bytes of a TCP server; it is called for each connection, and reads its bytes as it asks for them. What it throws
   * is reported (`onReceiverError`) and ends the connection. Connections are tried again as those of `socketTextStream`.
   */
  socketStream<T>(hostname: string, port: number, converter: Converter<T>, storageLevel?: StorageLevel): DStream<T> {
    return this.#streams.socketStream(hostname, port, converter, storageLevel);
  }

  /**
   * Rows of blocks from a TCP server, each after a 4-byte big-endian length, each as `encodeRows` writes it, and each a partition. A length below 0 or above
   * `receivedBytesMax` and a damaged block are reported (`onReceiverError`, a `SourceError` "protocol") and end the connection. Connections are
   * tried again as those of `socketTextStream`.
   */
  rawSocketStream<T>(hostname: string, port: number, storageLevel?: StorageLevel): DStream<T> {
    return this.#streams.rawSocketStream(hostname, port, storageLevel);
  }

  /** The records that `receiver` stores. `PlanError` where it has a stream already. */
  receiverStream<T>(receiver: Receiver<T>): DStream<T> {
    return this.#streams.receiverStream(receiver);
  }

  /**
   * Lines of a byte stream (a `fetch` body, a `File` or `Blob`, standard input), as those of `socketTextStream`. Read from the start of the context on, and not while
   * there is no room. The end of the stream ends its last line. An error is reported (`onReceiverError`), ends the stream, and what was read stays. Under a
   * manual clock, what the stream has without waiting for timers or I/O is in the next batch.
   */
  textStream(source: ByteSource): DStream<string> {
    return this.#streams.textStream(source);
  }

  /**
   * The records of any asynchronous iterable, read as `textStream` reads bytes. A stop calls the iterator's `return`. With `format: "arrow"` the source gives
   * bytes of Arrow IPC streams, one after the other, cut anywhere (a `fetch` body, a list of whole streams): record batches as `pushArrow` takes them, each
   * whole in one batch. A damaged stream, or one of columns that are not read, is an error of the source; the batches before it stay.
   */
  iterableStream<T>(source: AsyncIterable<T>, options?: { readonly format?: "rows" }): DStream<T>;
  iterableStream<T>(source: ByteSource, options: { readonly format: "arrow" }): DStream<T>;
  iterableStream<T>(source: AsyncIterable<T> | ByteSource, options?: IterableOptions): DStream<T> {
    return this.#streams.iterableStream<T>(source, options);
  }

  /**
   * Lines of the text files that come into a folder, or into any folder that a glob (such as `logs/*`) matches: in each batch those modified after the
   * batch's threshold and not after its time, each file once. Move files in when they are complete: one that changes or vanishes before its batch is
   * processed fails that batch with a `SourceError`. A file is one partition; its rows are read again by each output that is not persisted. Names that
   * begin with a dot and folders inside are left out; a name that ends in ".gz" is decompressed. Lines as in `socketTextStream`.
   * `ConfigError` where the host has no files.
   */
  textFileStream(directory: string, options: FileStreamOptions = {}): DStream<string> {
    return this.#streams.textFileStream(directory, options);
  }

  /** Records of `recordLength` bytes, of files found as `textFileStream` does. A file that does not hold whole records fails its batch. */
  binaryRecordsStream(directory: string, recordLength: number, options: FileStreamOptions = {}): DStream<Uint8Array> {
    return this.#streams.binaryRecordsStream(directory, recordLength, options);
  }

  /** The rows that `read` makes of the bytes of each file, found as `textFileStream` does. What it throws fails the batch and names the file. */
  fileStream<T>(
    directory: string,
    read: (bytes: AsyncIterable<Uint8Array>, path: string) => AsyncIterable<T>,
    options: FileStreamOptions = {},
  ): DStream<T> {
    return this.#streams.fileStream(directory, read, options);
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
    return this.#streams.queueStream(queue, oneAtATime, defaultRDD);
  }

  /**
   * Records or bytes pushed by the embedder: `const s = ssc.pushStream<string>(); await s.push("a line")`. With a schema rows are typed, checked when they are
   * pushed, and lie in columns: `ssc.pushStream({ schema: { user: utf8, price: f64 } })`. **Errors:** `PlanError` "invalid-schema".
   */
  pushStream<const S extends RowSchema>(
    options: PushOptions & { readonly schema: S },
  ): DStream<RowOfSchema<S>> & PushInput<RowOfSchema<S>>;
  pushStream<T = string>(options?: PushOptions): DStream<T> & PushInput<T>;
  pushStream(options?: PushOptions): DStream<never> & PushInput<never> {
    return this.#streams.pushStream<never>(options);
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
    return transformOf(streams, fn, this, new Origin("transform", this.transform as (...args: never[]) => unknown));
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
   * in `awaitTermination()`; after a failed start the state is STOPPED. A second `start()` only warns; after a stop it rejects with a `PlanError`,
   * code "context-stopped". State without a store for checkpoints is warned of.
   */
  start(): Promise<void> {
    if (isWorker()) return rejected(insideWorkerError("StreamingContext.start()"));
    if (this.#options.receiverWriteAheadLog && this.#store === undefined && this.getState() === "INITIALIZED") {
      return rejected(
        new ConfigError("receiverWriteAheadLog needs a store to log in: set it by StreamingContext.checkpoint().", {
          code: "no-checkpoint-store",
        }),
      );
    }
    const starting = this.#lifecycle.start();
    starting.catch(() => {});
    return starting;
  }

  /** Resolves when the context has stopped; rejects with the first error of a batch, of an output or of the start. */
  awaitTermination(): Promise<void> {
    return this.#lifecycle.termination.wait();
  }

  /** True once stopped, false after `timeout` (of the host's time, not the context's clock); rejects with the error that ended it. */
  async awaitTerminationOrTimeout(timeout: DurationLike): Promise<boolean> {
    const { milliseconds } = toDuration(timeout, "The timeout of awaitTerminationOrTimeout");
    return this.#lifecycle.termination.waitAtMost(milliseconds, this.engine.host);
  }

  /**
   * Stops. `stopEngine` defaults to true for an engine that this context made, to false for one passed in. A graceful stop processes
   * all that was received, also on a manual clock that nobody moves any more, and gives up after `gracefulStopTimeout`, saying what it dropped; one that is
   * not drops what waits and gives what runs 2 s. Called from a listener or an output it does not wait for itself: the stop happens after the call
   * returns. May be called again, to stop the engine later; the way to stop is that of the first call.
   */
  stop(options: { stopGracefully?: boolean; stopEngine?: boolean } = {}): Promise<void> {
    try {
      checkOptionNames("stop", options, { stopGracefully: true, stopEngine: true });
    } catch (error) {
      return Promise.reject(error);
    }
    const { stopGracefully = false, stopEngine = this.#ownsEngine } = options;
    const isInside = this.#isInsideOutput() || this.#bus.isTelling;
    const stopped = this.#lifecycle.stop(stopGracefully).then(() => {
      this.#accumulators?.();
      this.#forgetProgram?.();
      return stopEngine ? this.engine.stop() : undefined;
    });
    stopped.catch(() => {});
    return isInside ? Promise.resolve() : stopped;
  }

  /** `stop()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /**
   * What the context has done so far and holds now: one plain object, made anew by each call and never changed. Cheap enough to be asked for every
   * second: its cost grows with the number of inputs, outputs and stages, not with that of records or batches.
   */
  metrics(): StreamingMetrics {
    return metricsOf({
      lifecycle: this.#lifecycle,
      recorder: this.#metrics,
      engine: this.engine,
      graph: this.graph,
      inputs: this.#inputs,
      limits: this.#limits,
      batchIntervalMs: this.batchInterval.milliseconds,
    });
  }

  /**
   * What holds for each record of a source and each batch of a sink if the process dies at any moment: a line a source, in the order of their ids, then a
   * line a sink, in the order of their definition, such as `sink 0 saveAsTextFiles: exact; ...`, then one of the store for checkpoints where it has more to say than that it keeps
   * what it is given. The words are `exact`, `at-least-once`, `once-or-lost` and `until-restart`; a record's own promise is the weakest one of its source, its sink and the store. With a
   * store the lines are printed at the start.
   */
  guarantees(): string[] {
    const safety = this.#safety;
    const sinks = this.graph.outputs.map((output, id) =>
      guaranteeLine("sink", `${id} ${output.name}`, output.promise(safety)),
    );
    const { name = "", promise } = this.#store ?? {};
    const store = promise ? [guaranteeLine("store", name, promise)] : [];
    return [...this.#inputs.guarantees(safety), ...sinks, ...store];
  }

  get #safety(): Safety {
    const { receiverWriteAheadLog: hasLog, onBatchFailure } = this.#options;
    return { hasStore: this.#store !== undefined, hasLog, onBatchFailure };
  }

  /**
   * The records that were set aside last, oldest first: lines longer than `lineBytesMax`, and of each batch the first line of a partition that is none of a
   * schema. 1,024 of them and 1 MiB at most; older ones are dropped and counted (`metrics().queues`). A line that has not ended yet is not there.
   */
  deadLetters(): DeadLetter[] {
    return this.#inputs.deadLetters.letters;
  }

  /** @internal For `explain()`: which threads run closures of a stage. */
  readonly threadsFor: ThreadsFor = (operators) =>
    this.engine.threadsFor(operators, this.#options.program !== undefined, this.#options.endsClosures);

  /** @internal For `print()`: where its text goes. */
  writeOutput(text: string): void {
    const { printTo } = this.#options;
    if (printTo) printTo(text);
    else this.engine.host.write(text);
  }

  /** What is in the store, compared with the streams. */
  async #findCheckpoint(): Promise<ContextCheckpoint> {
    const { ContextCheckpoint } = await checkpointing.open();
    const { engine, graph } = this;
    const { clock, receiverWriteAheadLog: logsReceived, backpressure } = this.#options;
    return ContextCheckpoint.find({
      store: this.#store!,
      engine,
      clock,
      graph,
      dropped: this.#droppedStates,
      logsReceived,
      savesRates: backpressure !== undefined,
    });
  }

  async #newCheckpoint(): Promise<ContextCheckpoint> {
    const checkpoint = await this.#findCheckpoint();
    if (checkpoint.resumed === undefined) return checkpoint;
    await checkpoint.close();
    throw new CheckpointError(
      "The store for checkpoints holds those of a job: go on with it by StreamingContext.getOrCreate(store, create), or give an empty store to start afresh.",
      { code: "checkpoint-exists" },
    );
  }

  /** Lambdas are lowered now, not in the first batch, and workers build the graph of the program. */
  async #prepare(): Promise<void> {
    const { backpressure } = this.#options;
    if (backpressure) {
      this.#bus.add(new RateController(this.batchInterval.milliseconds, this.#inputs.sources, backpressure));
    }
    this.graph.place();
    for (const { node } of this.graph.outputs) explain(node);
    for (const output of this.graph.outputs) await output.prepare?.(this.#safety);
    // Who sets no store asks for no promise beyond the process.
    if (this.#store) for (const line of this.guarantees()) this.engine.host.warn(`millrace: ${line}`);
    const { program, batchInterval } = this.#options;
    const accumulators = this.#accumulators?.() ?? [];
    const { batchTimeout, endsClosures } = this.#options;
    if (endsClosures && (program === undefined || this.engine.threadCount === 1)) {
      this.engine.host.warn(
        "millrace: batchTimeout ends nothing here: closures run on the host's thread. It needs workers, as of local[2], and a program, where they find closures.",
      );
    }
    if (program === undefined) return;
    const limits = { timeoutMs: batchTimeout.milliseconds, inWorkersAlone: endsClosures };
    const { nodes } = this.graph;
    const intervalMs = batchInterval.milliseconds;
    this.#forgetProgram = await this.engine.loadProgram(program, nodes, accumulators, intervalMs, limits);
  }

  /** @internal Lines of a stream were set aside: told as records of the input that they come from. */
  linesRejected(node: StreamNode, timeMs: number, rejected: RejectedLines): void {
    const inputs = this.graph.nodes.filter(({ operator }) => operator instanceof InputOperator);
    let from = node;
    while (from.parents.length > 0) from = from.parents[0]!;
    this.#inputs.rejected(inputs.indexOf(from), timeMs, rejected);
  }
}

/** The clock as a context reads it: a manual one does not go back by itself. */
function steady(clock: Clock, host: Host): Clock {
  return clock instanceof ManualClock ? clock : new SteadyClock(clock, () => host.monotonicNow());
}

/** A rejection that need not be awaited. */
function rejected(error: Error): Promise<never> {
  const promise = Promise.reject(error);
  promise.catch(() => {});
  return promise;
}

async function madeBy(create: MakeContext): Promise<StreamingContext> {
  const context: unknown = await create();
  if (context instanceof StreamingContext) return context;
  throw new ConfigError(
    `create must return a StreamingContext, it returned ${context === null ? "null" : typeof context}.`,
    {
      code: "not-a-context",
      details: { got: context },
    },
  );
}
