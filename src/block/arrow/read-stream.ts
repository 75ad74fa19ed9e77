import { FlatTableReader } from "./flat-reader.js";
import * as format from "./format.js";
import { BatchReader, type ReadBatch, type Texts } from "./read-batch.js";
import { type ReadField, readSchema, Unsupported } from "./read-schema.js";

/** A record batch, and what its columns are. */
export interface TypedBatch {
  readonly fields: readonly ReadField[];
  readonly batch: ReadBatch;
  /** Bytes of its body in the stream. */
  readonly bytes: number;
}

const PREFIX_BYTES = 4;
/** What files of Arrow begin with, where a stream has the length of a message. */
const FILE_MAGIC = 0x4f525241;

/**
 * The record batches of an Arrow IPC stream. Throws `Unsupported` for what is not read (compression, types of columns), a `RangeError` where the bytes
 * are not what they say.
 */
export function readStream(bytes: Uint8Array): TypedBatch[] {
  const reader = new StreamReader(Number.POSITIVE_INFINITY);
  const batches = [...reader.read(bytes)];
  reader.end();
  if (!reader.hasSchema) throw new RangeError("The stream has no schema.");
  return batches;
}

/** What of the stream comes next. */
type Next =
  | { readonly part: "prefix" | "length" | "metadata" }
  | { readonly part: "body"; readonly message: FlatTableReader };

/**
 * Reads Arrow IPC streams, one after the other, whose bytes come in pieces of any size. Batches lie in the bytes that were given where one piece has all of
 * a message, else in a copy. Nothing can be read after an error.
 */
export class StreamReader {
  readonly #messageBytesMax: number;
  readonly #messages = new MessageReader();
  readonly #parts: Uint8Array[] = [];
  #partBytes = 0;
  #next: Next = { part: "prefix" };
  #bytesWanted = PREFIX_BYTES;

  /** Longer messages are refused with a `RangeError`: a length that is none would have everything wait for it. */
  constructor(messageBytesMax: number) {
    this.#messageBytesMax = messageBytesMax;
  }

  /** A stream has begun: its schema was read. */
  get hasSchema(): boolean {
    return this.#messages.hasSchema;
  }

  /** The batches that are whole now, in order; what is kept is copied once the last of them was asked for. Throws as `readStream`. */
  *read(bytes: Uint8Array): Generator<TypedBatch> {
    let rest = bytes;
    while (this.#partBytes + rest.length >= this.#bytesWanted) {
      const own = this.#bytesWanted - this.#partBytes;
      const piece = this.#whole(rest.subarray(0, own));
      rest = rest.subarray(own);
      const batch = this.#accept(piece);
      if (batch) yield batch;
    }
    if (rest.length > 0) {
      this.#parts.push(rest.slice());
      this.#partBytes += rest.length;
    }
  }

  /** No more bytes come. Throws a `RangeError` in the middle of a message. */
  end(): void {
    if (this.#partBytes > 0 || this.#next.part !== "prefix") {
      throw new RangeError(`The stream ends where ${this.#bytesWanted - this.#partBytes} bytes more are needed.`);
    }
  }

  /** The piece that was waited for, of which the last bytes are here. */
  #whole(last: Uint8Array): Uint8Array {
    if (this.#partBytes === 0) return last;
    const whole = new Uint8Array(this.#bytesWanted);
    let at = 0;
    for (const part of [...this.#parts, last]) {
      whole.set(part, at);
      at += part.length;
    }
    this.#parts.length = 0;
    this.#partBytes = 0;
    return whole;
  }

  #accept(piece: Uint8Array): TypedBatch | undefined {
    const next = this.#next;
    switch (next.part) {
      case "metadata": {
        // Its body may come with other bytes, when these are no longer the caller's to keep.
        const message = FlatTableReader.root(piece.slice());
        this.#wait({ part: "body", message }, message.i64(3));
        return undefined;
      }
      case "body":
        this.#wait({ part: "prefix" }, PREFIX_BYTES);
        return this.#messages.read(next.message, piece);
      default: {
        const length = new DataView(piece.buffer, piece.byteOffset, PREFIX_BYTES).getUint32(0, true);
        // Before Arrow 0.15 there was only the length.
        if (next.part === "prefix" && length === format.CONTINUATION) this.#wait({ part: "length" }, PREFIX_BYTES);
        else if (length === FILE_MAGIC) throw new Unsupported("files are not read, which end in an index");
        else if (length > 0) this.#wait({ part: "metadata" }, length);
        else {
          this.#messages.endStream();
          this.#wait({ part: "prefix" }, PREFIX_BYTES);
        }
        return undefined;
      }
    }
  }

  #wait(next: Next, bytes: number): void {
    if (!(bytes >= 0 && bytes <= this.#messageBytesMax)) {
      throw new RangeError(`A message of ${bytes} bytes is announced; at most ${this.#messageBytesMax} are read.`);
    }
    this.#next = next;
    this.#bytesWanted = bytes;
  }
}

/** What messages mean, one after the other. */
class MessageReader {
  #fields: readonly ReadField[] | undefined;
  readonly #dictionaries = new Map<number, Texts>();
  hasSchema = false;

  /** A message may follow, but it begins another stream. */
  endStream(): void {
    this.#fields = undefined;
    this.#dictionaries.clear();
  }

  read(message: FlatTableReader, body: Uint8Array): TypedBatch | undefined {
    const header = message.table(2);
    const headerType = message.u8(1);
    if (headerType === format.HEADER_SCHEMA) {
      this.#dictionaries.clear();
      this.#fields = readSchema(header!);
      this.hasSchema = true;
      return undefined;
    }
    const fields = this.#fields;
    if (fields === undefined) throw new RangeError("The stream does not begin with a schema.");
    if (headerType === format.HEADER_RECORD_BATCH) {
      return { fields, bytes: body.length, batch: new BatchReader(header!, body, this.#dictionaries).columns(fields) };
    }
    if (headerType !== format.HEADER_DICTIONARY_BATCH) throw new Unsupported(`a message of type ${headerType}`);
    if (header!.u8(2) !== 0) throw new Unsupported("a dictionary that grows is not read");
    const id = header!.i64(0);
    const field = fields.find(({ dictionary }) => dictionary?.id === id);
    if (field === undefined) throw new RangeError(`No column has dictionary ${id}.`);
    // Later batches read it.
    const kept = body.slice();
    this.#dictionaries.set(id, new BatchReader(header!.table(1)!, kept, this.#dictionaries).dictionary(field));
    return undefined;
  }
}
