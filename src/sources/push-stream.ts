import type { InputEvents, InputInfo, RejectedRecords, StreamInput } from "../batch/stream-input.js";
import type { InputBlock } from "../block/block.js";
import { cutInputs, sliceOf } from "../engine/cut.js";
import { SourceError } from "../errors.js";
import type { Dataset } from "../plan/dataset.js";
import type { BatchScope } from "../plan/scope.js";
import { Flow } from "../receiver/flow.js";
import type { InputContext } from "../receiver/input.js";
import { LineBuffer } from "../receiver/line-buffer.js";

/** What a record that is no string counts for against the limits. */
const RECORD_BYTES = 64;

/**
 * What a batch finds here is cut, at record borders, into up to `defaultParallelism` partitions. While more than `capacityBytes`
 * (default: `receivedBytesMax`) wait unprocessed, pushes wait (on a manual clock, where only the caller can make room, they reject with code
 * "full"); a single push larger than that is accepted when nothing else waits. A string counts as many bytes as it has UTF-16 units, any other
 * record 64. After `close()` or the end of the context pushes reject with a `SourceError`, code "stopped".
 */
export interface PushInput<T> {
  push(...records: T[]): Promise<void>;
  /** Text, cut into lines; an unfinished last line waits for the next call, for `close()`, or for the end of the context. The bytes are copied before it resolves. */
  pushBytes(bytes: Uint8Array): Promise<void>;
  /** No more records will come. */
  close(): void;
}

/** Records or bytes that the embedder pushes, in the order of the calls. */
export class PushSource implements StreamInput, PushInput<unknown> {
  readonly #context: InputContext;
  readonly #name: string;
  readonly #flow: Flow;
  readonly #pieces: InputBlock[] = [];
  #lines: LineBuffer | undefined;
  #events: InputEvents | undefined;
  #openRows: unknown[] = [];
  #bytesPending = 0;
  #info: InputInfo = { numRecords: 0 };
  #closed = false;
  #stopped = false;
  /** The last call that has to wait, which later ones follow. */
  #queue: Promise<void> | undefined;

  constructor(name: string, capacityBytes: number, context: InputContext) {
    this.#context = context;
    this.#name = name;
    this.#flow = new Flow(capacityBytes, context.flow);
  }

  push(...records: unknown[]): Promise<void> {
    const bytes = records.reduce<number>((sum, row) => sum + (typeof row === "string" ? row.length : RECORD_BYTES), 0);
    return this.#accept(bytes, () => {
      this.#sealLines();
      for (const record of records) this.#openRows.push(record);
    });
  }

  pushBytes(bytes: Uint8Array): Promise<void> {
    if (!(bytes instanceof Uint8Array)) {
      const error = new SourceError(`pushBytes of ${this.#name} takes a Uint8Array, got ${typeof bytes}.`, {
        code: "invalid-bytes",
      });
      return Promise.reject(error);
    }
    return this.#accept(bytes.length, () => {
      this.#sealRows();
      this.#lines ??= new LineBuffer(
        this.#context.engine.threads,
        Math.min(this.#context.lineBytesMax, this.#flow.bytesMax),
      );
      this.#lines.append(bytes);
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#afterQueued(() => this.#lines?.endLine()).catch((error: unknown) => {
      this.#events?.error(`The last line of ${this.#name} found no room and is lost`, error);
    });
  }

  start(events: InputEvents): void {
    this.#events = events;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#flow.wakeAll();
    this.#context.flow.wakeAll();
    await this.#queue?.catch(() => {});
    this.#lines?.endLine();
  }

  hasPending(): boolean {
    return this.#bytesPending > 0 || (this.#lines?.bytesOpen ?? 0) > 0;
  }

  info(): InputInfo {
    return this.#info;
  }

  rejected(): RejectedRecords | undefined {
    return this.#lines?.rejects.take();
  }

  free(): void {
    this.#lines?.free();
    for (const piece of this.#pieces) if (piece.kind === "slice") this.#context.engine.threads.free([piece.block]);
    this.#pieces.length = 0;
  }

  take(scope: BatchScope): Dataset {
    this.#sealRows();
    this.#sealLines();
    const { engine } = this.#context;
    const pieces = this.#pieces.splice(0);
    let numRecords = 0;
    for (const piece of pieces) {
      if (piece.kind === "slice") scope.own(piece.block);
      numRecords += piece.kind === "rows" ? piece.rows.length : piece.kind === "slice" ? piece.block.rows : 0;
    }
    // With the line that has not ended, which is bounded by its own limit: it must not keep the stream full until it ends.
    const taken = this.#bytesPending;
    this.#bytesPending = 0;
    scope.onProcessed(() => this.#flow.remove(taken));
    this.#info = { numRecords, metadata: { bytes: taken } };
    const partitions = cutInputs(pieces, engine.defaultParallelism, (home) => engine.threads.memoryOf(home));
    return { kind: "source", scope, partitions };
  }

  /** Takes `bytes` of records by calling `store` when the engine is there and there is room, after all earlier calls. */
  #accept(bytes: number, store: () => void): Promise<void> {
    const { engine } = this.#context;
    if (this.#closed || this.#stopped) return Promise.reject(this.#stoppedError());
    const storeNow = () => {
      store();
      this.#flow.add(bytes);
      this.#bytesPending += bytes;
    };
    if (this.#queue === undefined && engine.isStarted && this.#flow.hasRoom(bytes)) {
      try {
        storeNow();
        return Promise.resolve();
      } catch (error) {
        return Promise.reject(error);
      }
    }
    return this.#afterQueued(async () => {
      await engine.start();
      while (!this.#flow.hasRoom(bytes) && !this.#stopped) {
        if (this.#context.isManualClock || this.#context.isInsideOutput()) throw this.#fullError(bytes);
        await this.#flow.changed();
      }
      if (this.#stopped) throw this.#stoppedError();
      storeNow();
    });
  }

  #afterQueued(action: () => void | Promise<void>): Promise<void> {
    const run = this.#queue === undefined ? Promise.resolve().then(action) : this.#queue.then(action, action);
    const queue = run
      .catch(() => {})
      .finally(() => {
        if (this.#queue === queue) this.#queue = undefined;
      });
    this.#queue = queue;
    return run;
  }

  #sealRows(): void {
    if (this.#openRows.length === 0) return;
    this.#pieces.push({ kind: "rows", rows: this.#openRows });
    this.#openRows = [];
  }

  #sealLines(): void {
    for (const block of this.#lines?.seal() ?? []) this.#pieces.push(sliceOf(block));
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
      `${this.#name} is full: ${bytesHeld} bytes wait to be processed, ${bytes} more do not fit into ${bytesMax}. ` +
        "Advance the clock first, or raise capacityBytes or receivedBytesMax.",
      { code: "full", details: { bytesHeld, bytes, bytesMax } },
    );
  }
}
