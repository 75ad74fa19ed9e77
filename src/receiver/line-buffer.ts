import type { RejectedRecord } from "../batch/stream-input.js";
import type { TextBlock } from "../block/block.js";
import type { Relocatable, Threads } from "../engine/threads.js";
import type { Kernel } from "../kernel/kernel.js";
import type { MemoryReader } from "../kernel/reader.js";
import { normaliseText, scanText, type TextReport, TextScan } from "../kernel/text.js";
import { firstLongLine, lineEndIn, Rejects } from "./line-limit.js";

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
/** Bytes of a buffer at first, and at least. */
const BUFFER_BYTES_MIN = 16 * 1024;
/** A buffer of this size is sealed rather than enlarged when it is full. */
const BUFFER_BYTES_MAX = 8 * 1024 * 1024;
/** What is written before it is looked at: it is still in a core's own cache then. */
const PORTION_BYTES = 256 * 1024;

/** A line that has not ended, and what of the line end before it may still come. */
export interface OpenLine {
  readonly bytes: Uint8Array;
  /** Of one that is too long: what comes of it is dropped. */
  readonly skipped: RejectedRecord | undefined;
  readonly skipsNewline: boolean;
  readonly dropsNewline: boolean;
}

/**
 * Bytes of text as they arrive, written once into the kernel's memory; whole lines leave as sealed blocks.
 *
 * A line ends with "\n", "\r\n" or "\r". A "\r" that is the last byte so far ends its line at once; a "\n" that comes next belongs to it and is
 * dropped, as Java's `readLine` does. A line of more than `lineBytesMax` bytes, its end not counted, is set aside as it comes: it never takes more room
 * than that, and the next line is intact.
 */
export class LineBuffer implements Relocatable {
  readonly #threads: Threads;
  readonly #unregister: () => void;
  readonly #lineBytesMax: number;
  /** Lines that were too long. */
  readonly rejects: Rejects;
  #ptr = 0;
  #capacity = 0;
  #length = 0;
  /** Bytes up to the end of the last whole line. */
  #lineEnd = 0;
  #skipsNewline = false;
  /** The "\r" of a line that was set aside came last. */
  #dropsNewline = false;
  #sealed: TextBlock[] = [];
  /** Of the whole lines; another one where memory was rebuilt. */
  #scan: TextScan | undefined;

  constructor(threads: Threads, lineBytesMax = Number.POSITIVE_INFINITY) {
    this.#threads = threads;
    this.#lineBytesMax = lineBytesMax;
    this.rejects = new Rejects(lineBytesMax);
    this.#unregister = threads.register(this);
  }

  /** Bytes of whole lines and of the line that has not ended yet, not sealed. */
  get bytesOpen(): number {
    return this.#length;
  }

  /** The line that has not ended, once whole lines are sealed; undefined where there is nothing of one. */
  get openLine(): OpenLine | undefined {
    const skipped = this.rejects.open;
    const bytes = this.#threads.kernel.memory.copyOut(this.#ptr + this.#lineEnd, this.#length - this.#lineEnd);
    const [skipsNewline, dropsNewline] = [this.#skipsNewline, this.#dropsNewline];
    if (bytes.length === 0 && !skipped && !skipsNewline && !dropsNewline) return undefined;
    return { bytes, skipped, skipsNewline, dropsNewline };
  }

  /** Goes on with a line of another buffer; this one is new. */
  resume({ bytes, skipped, skipsNewline, dropsNewline }: OpenLine): void {
    this.#write(bytes);
    this.#skipsNewline = skipsNewline;
    this.#dropsNewline = dropsNewline;
    if (skipped) this.rejects.resume(skipped);
  }

  /** Writes `bytes`, which the caller may use again afterwards. */
  append(bytes: Uint8Array): void {
    let rest = bytes;
    while (rest.length > 0) {
      if (this.rejects.isSkipping) rest = this.#skipLine(rest);
      else {
        const long = firstLongLine(rest, this.#length - this.#lineEnd, this.#lineBytesMax);
        if (long < 0) {
          this.#write(rest);
          return;
        }
        this.#write(rest.subarray(0, long));
        rest = rest.subarray(long);
        this.#beginSkipping();
      }
    }
  }

  /** Drops what is there of the open line, which goes on. */
  #beginSkipping(): void {
    this.rejects.begin(this.#threads.kernel.memory.copyOut(this.#ptr + this.#lineEnd, this.#length - this.#lineEnd));
    this.#length = this.#lineEnd;
    // A "\r" that is still here gets its "\n" now: one that comes after the line which is cut out ends a line of its own.
    const { memory } = this.#threads.kernel;
    const last = this.#length > 0 ? memory.copyOut(this.#ptr + this.#length - 1, 1)[0] : undefined;
    if (last === CARRIAGE_RETURN) {
      this.#skipsNewline = true;
      this.#write(Uint8Array.of(NEWLINE));
    }
    this.#skipsNewline = false;
  }

  /** What of `bytes` comes after the line that is skipped. */
  #skipLine(bytes: Uint8Array): Uint8Array {
    const end = lineEndIn(bytes);
    this.rejects.skip(end < 0 ? bytes : bytes.subarray(0, end));
    if (end < 0) return bytes.subarray(bytes.length);
    this.rejects.end();
    this.#dropsNewline = bytes[end] === CARRIAGE_RETURN;
    return bytes.subarray(end + 1);
  }

  #write(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (this.#length + bytes.length > this.#capacity) this.#makeRoom(bytes.length);
    // Dropped only where the "\r" was sealed. Where it is still here the two make one line end, and a "\n" that comes next another.
    const isRest = bytes[0] === NEWLINE && (this.#dropsNewline || (this.#skipsNewline && this.#length === 0));
    const chunk = isRest ? bytes.subarray(1) : bytes;
    this.#dropsNewline = false;
    this.#skipsNewline = bytes[bytes.length - 1] === CARRIAGE_RETURN;
    if (chunk.length === 0) return;
    for (let at = 0; at < chunk.length; at += PORTION_BYTES) this.#writePortion(chunk.subarray(at, at + PORTION_BYTES));
  }

  #writePortion(portion: Uint8Array): void {
    this.#threads.kernel.memory.copyIn(this.#ptr + this.#length, portion);
    const afterNewline = portion.lastIndexOf(NEWLINE) + 1;
    const end = portion.subarray(afterNewline).lastIndexOf(CARRIAGE_RETURN) + 1 + afterNewline;
    if (end > 0) this.#lineEnd = this.#length + end;
    this.#length += portion.length;
    this.#threads.guard((kernel) => this.#scanOf(kernel).advance(this.#ptr, this.#lineEnd));
  }

  #scanOf(kernel: Kernel): TextScan {
    this.#scan ??= new TextScan(kernel);
    return this.#scan;
  }

  /** Ends the line that has not ended yet, where there is one: no more bytes belong to it. */
  endLine(): void {
    this.rejects.end();
    this.#dropsNewline = false;
    // After a "\r" too, so that a "\n" which comes next is a line of its own.
    const isOpen = this.#lineEnd < this.#length || this.#skipsNewline;
    if (this.#length > 0 && isOpen) this.append(Uint8Array.of(NEWLINE));
    this.#skipsNewline = false;
  }

  /** Seals the whole lines and hands out all blocks sealed since the last call, in order. */
  seal(): TextBlock[] {
    this.#sealLines();
    return this.#sealed.splice(0);
  }

  /** Gives the memory back; what was not sealed is gone. */
  free(): void {
    this.#unregister();
    this.#threads.free(this.#sealed.splice(0));
    const { memory } = this.#threads.kernel;
    if (this.#capacity > 0) memory.free(this.#ptr);
    this.#scan?.free();
    this.#scan = undefined;
    this.#capacity = 0;
    this.#length = 0;
    this.#lineEnd = 0;
  }

  relocate(from: MemoryReader, kernel: Kernel): void {
    this.#scan = undefined;
    if (this.#capacity === 0) return;
    const ptr = kernel.memory.allocate(this.#capacity);
    kernel.memory.copyFrom(from, this.#ptr, this.#length, ptr);
    this.#ptr = ptr;
  }

  #makeRoom(bytes: number): void {
    if (this.#lineEnd > 0 && this.#capacity >= BUFFER_BYTES_MAX) this.#sealLines();
    const needed = this.#length + bytes;
    if (needed <= this.#capacity) return;
    // A line that has not ended cannot be sealed: its room doubles beyond the limit, or each portion would move it.
    const doubled = this.#lineEnd > 0 ? Math.min(2 * this.#capacity, BUFFER_BYTES_MAX) : 2 * this.#capacity;
    const wanted = Math.max(needed, doubled, BUFFER_BYTES_MIN);
    this.#moveTo(this.#threads.kernel.memory.hasRoom(wanted) ? wanted : needed);
  }

  /** Moves the open bytes to a region of `capacity` bytes. */
  #moveTo(capacity: number): void {
    const { kernel } = this.#threads;
    const { memory } = kernel;
    const ptr = memory.allocate(capacity);
    if (this.#capacity > 0) {
      kernel.call("moveBytes", ptr, this.#ptr, this.#length);
      memory.free(this.#ptr);
    }
    this.#ptr = ptr;
    this.#capacity = capacity;
  }

  #sealLines(): void {
    if (this.#lineEnd === 0) return;
    let block: TextBlock;
    try {
      block = this.#threads.guard((kernel) =>
        sealed(kernel, this.#ptr, this.#lineEnd, this.#scanOf(kernel).end(this.#ptr, this.#lineEnd)),
      );
      this.#scan?.restart();
    } catch (error) {
      this.#dropLines();
      throw error;
    }
    const { memory } = this.#threads.kernel;
    const restBytes = this.#length - this.#lineEnd;
    const restPtr = this.#ptr + this.#lineEnd;
    const capacity = restBytes > 0 ? Math.max(BUFFER_BYTES_MIN, 2 * restBytes) : 0;
    let ptr = 0;
    if (restBytes > 0) {
      try {
        ptr = memory.allocate(capacity);
      } catch (error) {
        if (block.ptr !== this.#ptr) memory.free(block.ptr);
        this.#dropLines();
        throw error;
      }
      this.#threads.kernel.call("moveBytes", ptr, restPtr, restBytes);
    }
    if (block.ptr === this.#ptr) memory.shrink(block.ptr, block.bytes);
    else memory.free(this.#ptr);
    this.#ptr = ptr;
    this.#capacity = capacity;
    this.#length = restBytes;
    this.#lineEnd = 0;
    this.#threads.blocks.add(block);
    this.#sealed.push(block);
  }

  /** Whole lines that find no room are lost, with the batch that was to have them: kept, they would fail every batch after it. */
  #dropLines(): void {
    this.#scan?.restart();
    this.#threads.kernel.memory.region(this.#ptr, this.#length).copyWithin(0, this.#lineEnd);
    this.#length -= this.#lineEnd;
    this.#lineEnd = 0;
  }
}

/** A block of the text, in its own region where it is clean and in a new one where it had to be rewritten. */
function sealed(kernel: Kernel, ptr: number, bytes: number, report: TextReport): TextBlock {
  if (report.clean) return { kind: "text", home: 0, ptr, bytes, rows: report.rows, checksum: report.checksum };
  const clean = normaliseText(kernel, ptr, bytes);
  const { rows, checksum } = scanText(kernel, clean.ptr, clean.bytes);
  return { kind: "text", home: 0, ptr: clean.ptr, bytes: clean.bytes, rows, checksum };
}
