import type { InputEvents } from "../batch/stream-input.js";
import type { FrameBlock } from "../block/block.js";
import { rowsIn } from "../engine/rows-in.js";
import { SourceError } from "../errors.js";
import { cutLines, endsInReturn } from "./cut-lines.js";
import { Gate, tooManyCalls } from "./gate.js";
import type { InputContext } from "./input.js";
import { RateLimiter } from "./rate-limiter.js";
import { ReceivedBlocks } from "./received-blocks.js";
import { recordBytes } from "./record-bytes.js";

/** Bytes that come in before other work of the host gets its turn. */
const BYTES_A_TURN = 256 * 1024;

/** Says when what came in is durable, and when more may come. */
export interface Durable {
  durable(): Promise<void> | undefined;
  ready(): Promise<void> | undefined;
}

export interface BlockOptions {
  /** What the source says of the block. */
  readonly metadata?: unknown;
  /** The limit of records a second waits for a permit, and then for all records of the block before the next one. */
  readonly isLimited: boolean;
  /** The source brings no more before it is stored: such a call always may wait. */
  readonly isBounded?: boolean;
}

/**
 * Where a receiver puts what it brings: into blocks, within the limits of bytes and of records a second. Everything that stores returns nothing where
 * it is stored at once, and otherwise a promise that resolves when it is stored; it throws or rejects with a `SourceError`, code "stopped", once
 * the receiver has stopped.
 */
export class Intake {
  readonly name: string;
  readonly context: InputContext;
  readonly limiter: RateLimiter;
  readonly blocks: ReceivedBlocks;
  /** Where what comes in is logged: absent where it is not. */
  durable: Durable | undefined;
  readonly #gate: Gate;
  /** Told to listeners; set when the context starts. */
  #events: InputEvents | undefined;
  #afterReturn = false;
  #bytesThisTurn = 0;
  #breathing = 0;

  constructor(name: string, context: InputContext) {
    this.name = name;
    this.context = context;
    const { flow, calls, clock, isManualClock, isInsideOutput, blockIntervalMs, lineBytesMax, rate } = context;
    const { host } = context.engine;
    this.limiter = new RateLimiter({ ...rate, clock, host, isManualClock });
    this.blocks = new ReceivedBlocks(context, { flow, blockIntervalMs, lineBytesMax });
    this.#gate = new Gate({
      flow,
      limiter: this.limiter,
      stopped: () => this.#stopped(),
      refused: (bytes) => (isInsideOutput() ? this.#full(bytes) : undefined),
      calls: { flow: calls, crowded: () => tooManyCalls(name, "store()", calls) },
    });
  }

  /** Some caller gives the host a turn, and goes on without anything from outside. */
  get isBreathing(): boolean {
    return this.#breathing > 0;
  }

  /** Throws where nothing comes in any more. */
  assertOpen(): void {
    if (this.#gate.isClosed) throw this.#stopped();
  }

  /** The context starts. */
  begin(events: InputEvents): void {
    this.#events = events;
    this.limiter.begin();
    const { isManualClock, batchIntervalMs, clock } = this.context;
    // The batch that the start falls into has the permits of what is left of its interval.
    if (isManualClock) this.limiter.grant(batchIntervalMs - (clock.now() % batchIntervalMs));
  }

  started(): void {
    this.#gate.open();
    this.#events?.started();
  }

  stopped(message?: string, error?: unknown): void {
    this.#events?.stopped(message, error);
  }

  error(message: string, error: unknown): void {
    this.#events?.error(message, error);
  }

  /** A record, part of the open block. */
  storeRow(row: unknown): void | Promise<void> {
    const bytes = recordBytes(row);
    const enter = () => {
      this.blocks.addRow(row, bytes);
      return 1;
    };
    const passed = this.#gate.pass({ bytes, records: 1, isLimited: true, enter });
    return passed ?? this.durable?.ready() ?? this.breather(bytes);
  }

  /** Records that make a block of their own. */
  storeBlock(rows: readonly unknown[], bytes: number, options: BlockOptions): void | Promise<void> {
    return this.#andDurable(this.#storeBlock(rows, bytes, options));
  }

  #storeBlock(rows: readonly unknown[], bytes: number, options: BlockOptions): void | Promise<void> {
    const { metadata, isLimited, isBounded = false } = options;
    const enter = () => {
      this.blocks.addBlock(rows, bytes, metadata);
      return isLimited ? rows.length : 0;
    };
    return this.#gate.pass({ bytes, records: rows.length, blocks: 1, isLimited, isBounded, enter });
  }

  /** Rows that `make` lays out in columns when there is room for so many bytes: they count against the rate as they are. */
  storeFrames(make: () => readonly FrameBlock[], bytes: number): void | Promise<void> {
    const enter = () => {
      const frames = make();
      this.blocks.addFrames(frames, bytes);
      return rowsIn(frames);
    };
    return this.#gate.pass({ bytes, isLimited: true, isBounded: true, enter }) ?? this.durable?.ready();
  }

  /** Text, cut into lines; what has to wait is copied. A line counts against the rate when it ends. */
  storeText(bytes: Uint8Array): void | Promise<void> {
    let rest = bytes;
    const enter = () => {
      const { permits } = this.#gate;
      const isFree = permits === Number.POSITIVE_INFINITY;
      const cut = isFree ? { bytes: rest.length, lines: 0 } : cutLines(rest, permits, this.#afterReturn);
      const text = rest.subarray(0, cut.bytes);
      rest = rest.subarray(cut.bytes);
      this.#afterReturn = endsInReturn(text);
      this.blocks.addText(text);
      return cut.lines;
    };
    if (bytes.length === 0) return;
    // As with a read of a socket, what is in hand comes in where there is any room: its size is bounded by the source.
    const bounds = { bytes: 1, bytesInHand: bytes.length, isLimited: true, isBounded: true };
    const waiting = this.#gate.pass({ ...bounds, enter, isDone: () => rest.length === 0 });
    if (waiting) rest = rest.slice();
    return waiting ?? this.durable?.ready();
  }

  /** Resolves when what was stored is durable too. */
  #andDurable(stored: void | Promise<void>): void | Promise<void> {
    return stored ? stored.then(() => this.durable?.durable()) : this.durable?.durable();
  }

  /** Ends the line that has not ended yet, after all that waits. */
  endLine(): Promise<void> {
    return this.#gate.afterOthers(() => this.blocks.endLine());
  }

  /** Returns nothing where there is room for more, or a promise that resolves when there is: before more is asked for. Rejects once stopped. */
  ready(): void | Promise<void> {
    return this.#gate.ready();
  }

  /** Where much came in without a pause: resolves when other work of the host had its turn. */
  breather(bytes: number): void | Promise<void> {
    this.#bytesThisTurn += bytes;
    if (this.#bytesThisTurn < BYTES_A_TURN) return;
    this.#bytesThisTurn = 0;
    this.#breathing += 1;
    return this.context.engine.host.breathe().finally(() => {
      this.#breathing -= 1;
    });
  }

  /** Nobody waits any more for what they have in hand. */
  beginEnd(): void {
    this.#gate.beginEnd();
  }

  /** Resolves when what waited before the end is in, and nothing comes in any more. The line that has not ended ends. */
  async end(): Promise<void> {
    await this.#gate.close();
    try {
      this.blocks.endLine();
    } catch (error) {
      this.error(`The last line of ${this.name} found no room and is lost`, error);
    }
  }

  #stopped(): SourceError {
    return new SourceError(`${this.name} takes no more records: its receiver or its context was stopped.`, {
      code: "stopped",
    });
  }

  #full(bytes: number): SourceError {
    const { bytesHeld, bytesMax } = this.context.flow;
    return new SourceError(
      `${this.name} is full: ${this.context.flow.whyFull(bytes)}, and an output that has to end first cannot ` +
        "wait for that. Store outside of outputs, or raise receivedBytesMax or receiverMaxRate.",
      { code: "full", details: { bytesHeld, bytes, bytesMax } },
    );
  }
}
