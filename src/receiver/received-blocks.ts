import type { InputInfo, RejectedRecords } from "../batch/stream-input.js";
import type { FrameBlock, InputBlock } from "../block/block.js";
import { decodeRows, encodeRows } from "../block/codec.js";
import { sliceOf } from "../engine/cut.js";
import { rowsIn } from "../engine/rows-in.js";
import type { InputLog, Logged } from "../plan/input-log.js";
import type { BatchScope } from "../plan/scope.js";
import { CommonTypes } from "./common-types.js";
import type { DeclaredRows } from "./declared-rows.js";
import { EarlyLog } from "./early-log.js";
import type { Flow } from "./flow.js";
import type { InputContext } from "./input.js";
import { LineBuffer, type OpenLine } from "./line-buffer.js";
import { packFrames, unpackFrames } from "./packed-blocks.js";
import { bytesOfRows } from "./record-bytes.js";

export interface ReceivedBlocksOptions {
  readonly flow: Flow;
  /** An open block is sealed this often, on the grid of the context's clock; without it, when a batch is taken. */
  readonly blockIntervalMs?: number;
  readonly lineBytesMax: number;
  /** Records are rows of a declared schema. */
  readonly declared?: DeclaredRows | undefined;
}

/**
 * What an input has received and no batch has taken, in the order in which it came: sealed blocks, and the open one. Text lies in kernel memory, other
 * records are JavaScript values.
 */
export class ReceivedBlocks {
  readonly #context: InputContext;
  readonly #options: ReceivedBlocksOptions;
  #blocks: InputBlock[][] = [];
  #rows: unknown[] = [];
  #frames: FrameBlock[] = [];
  readonly #frameTypes = new CommonTypes();
  #lines: LineBuffer | undefined;
  #interval = 0;
  #bytesPending = 0;
  #recordsPending = 0;
  /** What sources said of their blocks. */
  #said: unknown[] = [];
  #info: InputInfo = { numRecords: 0 };
  #log: InputLog | undefined;
  #isReplaying = false;

  constructor(context: InputContext, options: ReceivedBlocksOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** The line that has not ended; undefined where there is none. */
  get openLine(): OpenLine | undefined {
    return this.#lines?.openLine;
  }

  /** What comes from now on waits, while what an earlier process has received is received again; it begins with a line that had not ended. */
  beginReplay(line: OpenLine | undefined): void {
    this.free();
    this.#log ??= new EarlyLog();
    if (line) this.#openLines().resume(line);
    this.#isReplaying = true;
  }

  /** What has waited comes in now, and is logged like all that follows. */
  endReplay(log: InputLog | undefined): void {
    const early = this.#log instanceof EarlyLog ? this.#log.operations : [];
    this.#isReplaying = false;
    this.#log = log;
    for (const each of early) {
      this.redo(each);
      log?.add(each);
    }
  }

  /** There will be no log: what came in before that was known needs none. */
  withoutLog(): void {
    this.#log = undefined;
  }

  /** Receives again what was logged. */
  redo(logged: Logged): void {
    const { kind } = logged;
    if (kind === "text") this.#applyText(logged.bytes);
    else if (kind === "line-end") this.#lines?.endLine();
    else if (kind === "cut") this.#seal();
    else if (kind === "frames") this.#redoFrames(logged.packed);
    else this.#redoRows(logged);
  }

  #redoRows({ kind, bytes }: Extract<Logged, { kind: "rows" | "block" }>): void {
    const rows = decodeRows(bytes);
    if (kind === "rows") this.#applyRows(rows, bytesOfRows(rows, this.#options.declared));
    else this.#applyBlock(rows, bytesOfRows(rows, undefined), undefined);
  }

  #redoFrames(packed: readonly unknown[]): void {
    const frames = unpackFrames(packed, this.#context.engine);
    this.#applyFrames(
      frames,
      frames.reduce((sum, { bytes }) => sum + bytes, 0),
    );
  }

  /** Something is here, an unfinished line too. */
  get isPending(): boolean {
    return this.#bytesPending > 0 || this.#blocks.length > 0 || (this.#lines?.bytesOpen ?? 0) > 0;
  }

  get bytesPending(): number {
    return this.#bytesPending;
  }

  /** What the last batch took. */
  get info(): InputInfo {
    return this.#info;
  }

  addRow(row: unknown, bytes: number): void {
    this.addRows([row], bytes);
  }

  addRows(rows: readonly unknown[], bytes: number): void {
    this.#cut();
    const logged = this.#isLogging && ({ kind: "rows", bytes: encodeRows(rows) } as const);
    if (!this.#isReplaying) this.#applyRows(rows, bytes);
    if (logged) this.#log!.add(logged);
  }

  /** Copies text into kernel memory. The part of a line at its end waits for the next text, or for `endLine`. */
  addText(bytes: Uint8Array): void {
    this.#cut();
    if (!this.#isReplaying) this.#applyText(bytes);
    if (this.#isLogging) this.#log!.add({ kind: "text", bytes });
  }

  /** A block of its own: a partition of the batch. */
  addBlock(rows: readonly unknown[], bytes: number, metadata: unknown): void {
    const logged = this.#isLogging && ({ kind: "block", bytes: encodeRows(rows) } as const);
    if (!this.#isReplaying) this.#applyBlock(rows, bytes, metadata);
    if (logged) this.#log!.add(logged);
  }

  /** Rows that lie in kernel memory as columns. */
  addFrames(frames: readonly FrameBlock[], bytes: number): void {
    this.#cut();
    if (this.#isLogging) this.#log!.add({ kind: "frames", packed: packFrames(frames, this.#context.engine) });
    if (this.#isReplaying) this.#context.engine.threads.free(frames);
    else this.#applyFrames(frames, bytes);
  }

  /** No more bytes belong to the last line. */
  endLine(): void {
    if (!this.#isReplaying) this.#lines?.endLine();
    if (this.#isLogging) this.#log!.add({ kind: "line-end" });
  }

  /** What comes has to be logged, now or as soon as there is a log. */
  get #isLogging(): boolean {
    if (this.#log === undefined && this.#context.isEarly()) this.#log = new EarlyLog();
    return this.#log !== undefined;
  }

  #applyRows(rows: readonly unknown[], bytes: number): void {
    this.#sealFrames();
    this.#sealLines();
    const { declared } = this.#options;
    if (declared) declared.add(rows, bytes);
    else for (const row of rows) this.#rows.push(row);
    this.#count(bytes, rows.length);
  }

  #applyText(bytes: Uint8Array): void {
    this.#sealRows();
    this.#sealFrames();
    this.#openLines().append(bytes);
    this.#count(bytes.length, 0);
  }

  #applyBlock(rows: readonly unknown[], bytes: number, metadata: unknown): void {
    this.#seal();
    this.#put([{ kind: "rows", rows }]);
    if (metadata !== undefined) this.#said.push(metadata);
    this.#count(bytes, rows.length);
  }

  #applyFrames(frames: readonly FrameBlock[], bytes: number): void {
    this.#sealRows();
    this.#sealLines();
    for (const frame of frames) this.#frames.push(frame);
    this.#count(bytes, rowsIn(frames));
  }

  /** Hands out all whole records, a list for each block; their memory belongs to the scope, and their room is free when the batch is processed. */
  take(scope: BatchScope): InputBlock[][] {
    this.#seal();
    const blocks = this.#blocks;
    this.#blocks = [];
    const pieces = blocks.flat();
    this.#frameTypes.widen(pieces.filter((piece) => piece.kind === "frame"));
    let numRecords = 0;
    for (const piece of pieces) {
      if (piece.kind !== "rows") scope.own(piece.kind === "slice" ? piece.block : piece);
      numRecords += rowsIn([piece]);
    }
    // With the line that has not ended, which is bounded by its own limit: it must not keep the stream full until it ends.
    const [bytes, records] = [this.#bytesPending, this.#recordsPending];
    this.#bytesPending = 0;
    this.#recordsPending = 0;
    scope.onProcessed(() => this.#options.flow.remove(bytes, records, blocks.length));
    this.#info = { numRecords, metadata: { bytes, ...(this.#said.length > 0 && { blocks: this.#said }) } };
    this.#said = [];
    return blocks;
  }

  rejected(): RejectedRecords | undefined {
    return this.#lines?.rejects.take();
  }

  /** Gives memory and room back; what no batch has taken is gone. */
  free(): void {
    this.#lines?.free();
    this.#lines = undefined;
    for (const piece of [...this.#blocks.flat(), ...this.#frames]) {
      if (piece.kind !== "rows") this.#context.engine.threads.free([piece.kind === "slice" ? piece.block : piece]);
    }
    const blocks = this.#blocks.length;
    this.#blocks = [];
    this.#rows = [];
    this.#frames = [];
    this.#options.declared?.clear();
    this.#options.flow.remove(this.#bytesPending, this.#recordsPending, blocks);
    this.#bytesPending = 0;
    this.#recordsPending = 0;
  }

  #count(bytes: number, records: number): void {
    this.#bytesPending += bytes;
    this.#recordsPending += records;
    this.#options.flow.add(bytes, records);
  }

  #put(block: InputBlock[]): void {
    this.#blocks.push(block);
    this.#options.flow.add(0, 0, 1);
  }

  /** Seals the open block where its interval has ended; while there are as many blocks as there may be it goes on. */
  #cut(): void {
    const { blockIntervalMs } = this.#options;
    if (blockIntervalMs === undefined || this.#isReplaying) return;
    const interval = Math.floor(this.#context.clock.now() / blockIntervalMs);
    if (interval === this.#interval) return;
    this.#interval = interval;
    const { flow } = this.#options;
    if (flow.isFullOfBlocks) flow.countReached(0, 0, 1);
    else {
      this.#seal();
      if (this.#isLogging) this.#log!.add({ kind: "cut" });
    }
  }

  #openLines(): LineBuffer {
    this.#lines ??= new LineBuffer(this.#context.engine.threads, this.#options.lineBytesMax);
    return this.#lines;
  }

  #seal(): void {
    this.#sealRows();
    this.#sealFrames();
    this.#sealLines();
  }

  #sealRows(): void {
    const { declared } = this.#options;
    if (declared && !declared.isEmpty) this.#put(declared.take(this.#context.engine.threads));
    if (this.#rows.length === 0) return;
    this.#put([{ kind: "rows", rows: this.#rows }]);
    this.#rows = [];
  }

  #sealFrames(): void {
    if (this.#frames.length === 0) return;
    this.#put(this.#frames);
    this.#frames = [];
  }

  #sealLines(): void {
    if (this.#lines === undefined) return;
    for (const block of this.#lines.seal()) this.#put([sliceOf(block)]);
  }
}
