import type { Capacity, InputEvents, InputInfo, RejectedRecords, StreamInput } from "../batch/stream-input.js";
import type { InputBlock } from "../block/block.js";
import { Door } from "../door.js";
import { cutInputs } from "../engine/cut.js";
import { SourceError } from "../errors.js";
import type { Guarantee, Safety } from "../guarantee.js";
import type { PastTake } from "../plan/batch-input.js";
import type { Dataset } from "../plan/dataset.js";
import type { InputLog } from "../plan/input-log.js";
import type { BatchScope } from "../plan/scope.js";
import { type DeclaredRows, layingOut } from "../receiver/declared-rows.js";
import { Flow } from "../receiver/flow.js";
import { type Entrance, Gate, tooManyCalls } from "../receiver/gate.js";
import type { InputContext } from "../receiver/input.js";
import { LoggedBlocks, positionIn } from "../receiver/logged-blocks.js";
import { ReceivedBlocks } from "../receiver/received-blocks.js";
import { unlogged } from "../receiver/receiver-input.js";
import { bytesOfRows } from "../receiver/record-bytes.js";

/**
 * What a batch finds here is cut, at record borders, into up to `defaultParallelism` partitions. While more than `capacityBytes`
 * (default: `receivedBytesMax`) wait unprocessed, pushes wait (on a manual clock, where only the caller can make room, they reject with code
 * "full"); a single push larger than that is accepted when nothing else waits. A string counts as many bytes as it has UTF-16 units, a buffer its own,
 * any other record 64. After `close()` or the end of the context pushes reject with a `SourceError`, code "stopped".
 */
export interface PushInput<T> {
  /**
   * Records, each a row. Resolves when they are taken: they are in the next batch. Where the stream has a schema a row has what that names and nothing else, in its
   * order; what is undefined or null is so in any field. **Errors:** `SourceError` "invalid-row" where one is no row of the schema; then none is taken.
   */
  push(...records: T[]): Promise<void>;
  /** Text, cut into lines, where the stream has no schema; an unfinished last line waits for the next call, for `close()`, or for the end of the context. The bytes are copied before it resolves. */
  pushBytes(bytes: Uint8Array): Promise<void>;
  /**
   * A whole Arrow IPC stream, whose rows are records by column names: strings (also of a dictionary), floats, integers and booleans, each also null;
   * integers are numbers. They stay columns, copied before it resolves; a batch of Arrow's is cut into partitions every 32,768 rows. **Errors:**
   * `SourceError` "arrow-unsupported" (compression, other types), "arrow-unsafe-integer", "arrow-damaged", and "arrow-other-schema" where the stream has a
   * schema of which a column is not there or of another type (columns that it does not name are left out): then nothing of it is taken.
   */
  pushArrow(bytes: Uint8Array): Promise<void>;
  /** No more records will come. */
  close(): void;
}

const arrow = /* @__PURE__ */ new Door("reads Arrow", () => import("../receiver/arrow-frames.js"));

/** What a pushed stream takes. */
export interface PushOptions {
  /** What it is called, for messages and `explain()`. Default "pushStream". */
  readonly name?: string;
  /** Bytes that wait unprocessed at most. Default: `receivedBytesMax`. */
  readonly capacityBytes?: number;
  /**
   * What its rows are: objects of fields (`{ user: utf8, at: i64 }`), arrays of items (`[utf8, f64]`), or values (`f64`). They are checked as they come and, but for
   * those with lists, laid out in columns, so that all that follows knows their types.
   */
  readonly schema?: unknown;
}

/** Records or bytes that the embedder pushes, in the order of the calls. */
export class PushSource implements StreamInput, PushInput<unknown> {
  readonly #context: InputContext;
  readonly #name: string;
  readonly #flow: Flow;
  readonly #blocks: ReceivedBlocks;
  readonly #gate: Gate;
  readonly #declared: DeclaredRows | undefined;
  readonly #logged: LoggedBlocks;
  #partitions: ReadonlyArray<readonly InputBlock[]> = [];
  #events: InputEvents | undefined;
  #info: InputInfo = { numRecords: 0 };
  #closed = false;

  /** `declared`: where its rows are of a schema. */
  constructor(name: string, capacityBytes: number, context: InputContext, declared?: DeclaredRows) {
    this.#declared = declared;
    this.#context = context;
    this.#name = name;
    this.#flow = new Flow(capacityBytes, context.flow);
    const lineBytesMax = Math.min(context.lineBytesMax, capacityBytes);
    this.#blocks = new ReceivedBlocks(context, { flow: this.#flow, lineBytesMax, declared });
    this.#logged = new LoggedBlocks(name, context.engine, this.#blocks);
    this.#gate = new Gate({
      flow: this.#flow,
      engine: context.engine,
      stopped: () => this.#stoppedError(),
      refused: (bytes) => (context.isManualClock || context.isInsideOutput() ? this.#fullError(bytes) : undefined),
      calls: { flow: context.calls, crowded: () => tooManyCalls(name, "push()", context.calls) },
    });
  }

  push(...records: unknown[]): Promise<void> {
    const bytes = bytesOfRows(records, this.#declared);
    const count = records.length;
    return this.#accept(
      { bytes, records: count },
      () => this.#blocks.addRows(records, bytes),
      this.#declared && layingOut,
    );
  }

  pushBytes(bytes: Uint8Array): Promise<void> {
    if (!(bytes instanceof Uint8Array)) return Promise.reject(this.#notBytes("pushBytes", bytes));
    if (this.#declared) return Promise.reject(this.#notRows());
    return this.#accept({ bytes: bytes.length }, () => this.#blocks.addText(bytes));
  }

  pushArrow(bytes: Uint8Array): Promise<void> {
    if (!(bytes instanceof Uint8Array)) return Promise.reject(this.#notBytes("pushArrow", bytes));
    const store = () => {
      const { arrowFrames } = arrow.module;
      const subject = `pushArrow of ${this.#name}`;
      const frames = arrowFrames(subject, bytes, this.#context.engine.threads, this.#declared?.schema);
      this.#blocks.addFrames(frames, bytes.length);
    };
    return this.#accept({ bytes: bytes.length }, store, arrow);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#gate
      .afterOthers(() => this.#blocks.endLine())
      .catch((error: unknown) => {
        this.#events?.error(`The last line of ${this.#name} found no room and is lost`, error);
      });
  }

  promise(safety: Safety): Guarantee {
    if (safety.hasLog) return { promised: "exact", because: "what was pushed is logged when its promise resolves" };
    return { promised: "once-or-lost", because: unlogged(safety) };
  }

  start(events: InputEvents): void {
    this.#events = events;
    this.#logged.start();
  }

  async stop(): Promise<void> {
    await this.#gate.refuse();
    this.#blocks.endLine();
  }

  get bytesPending(): number {
    return this.#blocks.bytesPending;
  }

  get capacity(): Capacity | undefined {
    const { bytesMax, bytesHeld, recordsHeld, reached } = this.#flow;
    if (bytesMax === this.#context.flow.bytesMax) return undefined;
    return { bytes: bytesHeld, bytesMax, count: recordsHeld, reached };
  }

  hasPending(): boolean {
    return this.#blocks.isPending;
  }

  info(): InputInfo {
    return this.#info;
  }

  rejected(): RejectedRecords | undefined {
    return this.#blocks.rejected();
  }

  free(): void {
    this.#blocks.free();
  }

  take(scope: BatchScope): Dataset {
    this.#partitions = this.#take(scope);
    this.#info = this.#blocks.info;
    return { kind: "source", scope, partitions: this.#partitions };
  }

  #take(scope: BatchScope): InputBlock[][] {
    const { engine } = this.#context;
    const pieces = this.#blocks.take(scope).flat();
    return cutInputs(pieces, engine.defaultParallelism, (home) => engine.threads.memoryOf(home));
  }

  took(): unknown {
    return this.#logged.took(this.#partitions);
  }

  retake(scope: BatchScope, took: unknown): Dataset {
    const { dataset, numRecords } = this.#logged.retake(scope, took, () => this.#take(scope));
    this.#info = { numRecords };
    return dataset;
  }

  logTo(log: InputLog, isOn: boolean): void {
    this.#logged.logTo(log, isOn);
  }

  resume(takes: readonly PastTake[]): void {
    this.#logged.resume(takes);
  }

  loggedUpTo(took: unknown): number {
    return positionIn(took);
  }

  /** Takes so much by calling `store` when the engine is there and there is room, after all earlier calls. */
  #accept(wanted: Pick<Entrance, "bytes" | "records">, store: () => void, needs?: Door<object>): Promise<void> {
    if (this.#closed) return Promise.reject(this.#stoppedError());
    const enter = () => {
      store();
      return 0;
    };
    try {
      const entrance = { ...wanted, blocks: 1, isLimited: false, enter, ...(needs && { needs }) };
      const passed = this.#gate.pass(entrance);
      return (passed ? passed.then(() => this.#logged.durable()) : this.#logged.durable()) ?? Promise.resolve();
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #notBytes(method: string, got: unknown): SourceError {
    return new SourceError(`${method} of ${this.#name} takes a Uint8Array, got ${typeof got}.`, {
      code: "invalid-bytes",
    });
  }

  #notRows(): SourceError {
    return new SourceError(
      `pushBytes of ${this.#name} takes lines of text, and the rows of this stream are of a schema. Push text to a stream without one, and read it with lines.json(schema) or lines.csv(schema).`,
      { code: "not-text" },
    );
  }

  #stoppedError(): SourceError {
    return new SourceError(`${this.#name} takes no more records: it was closed, or its context was stopped.`, {
      code: "stopped",
    });
  }

  #fullError(bytes: number): SourceError {
    const full = this.#flow.isFullFor(bytes) ? this.#flow : this.#context.flow;
    const { bytesHeld, bytesMax } = full;
    return new SourceError(
      `${this.#name} is full: ${full.whyFull(bytes)}. ` +
        "Advance the clock first, or raise capacityBytes or receivedBytesMax.",
      { code: "full", details: { bytesHeld, bytes, bytesMax } },
    );
  }
}
