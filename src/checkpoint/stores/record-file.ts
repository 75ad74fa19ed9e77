/**
 * Values under keys in one of two files, as records that are written one behind the other and never moved, so that what must be durable is the end of a file whose name is durable
 * since long. Numbers are little-endian.
 *
 *     file     magic 8 bytes | version u32 | CRC-32C u32 of magic, version and sequence | sequence f64 | records
 *     record   mark u32 | live u8, 0 once it counts no more | 0 u8 | key length u16 | value length u32 | CRC-32C u32 | key | value
 *
 * The CRC is of sequence and place of the record, lengths, key and value: what lay in the file under an earlier sequence, or elsewhere, is no record. Of the records with one key the last one
 * counts, live or not: a key is removed by the `live` of its record alone, which takes no room. Where most of a file counts no more, the rest is written to the other file, whose header, with
 * the next sequence, comes last; of two files with a header the higher sequence counts. Behind a record that is torn, which only the last ones can be, the next one is looked for.
 *
 * **Source:** the log-structured file of Bitcask (Sheehy, Smith: "Bitcask, A Log-Structured Hash Table for Fast Key/Value Data", 2010), without its hint files.
 */
import { crc32c } from "../../block/crc32c.js";
import { CheckpointError } from "../../errors.js";
import type { SyncFile } from "../../runtime/web-storage.js";
import { existsError } from "../checkpoint-store.js";

const MAGIC = Uint8Array.of(0x89, 0x4d, 0x52, 0x46, 0x49, 0x4c, 0x45, 0x0a);
const VERSION = 1;
const FILE_HEADER_BYTES = 24;
const MARK = 0x8a43524d;
const RECORD_HEADER_BYTES = 16;
const LIVE_AT = 4;
/** What is looked at at once for a record behind a torn one. */
const SEARCH_BYTES = 64 * 1024;
/** Where nothing else is said. */
const WASTE_BYTES_MIN = 4 * 1024 * 1024;

interface Place {
  readonly at: number;
  readonly keyBytes: number;
  readonly valueBytes: number;
}

interface FoundRecord {
  readonly key: string;
  readonly place: Place;
  readonly isLive: boolean;
}

const encoder = /* @__PURE__ */ new TextEncoder();
const decoder = /* @__PURE__ */ new TextDecoder();

/** Every method throws the host's errors; what it changed is durable when `flush` has returned. Where it is not known what is durable the file `isBroken`, and must be opened again. */
export class RecordFile {
  readonly #files: readonly SyncFile[];
  readonly #places = new Map<string, Place>();
  #current: SyncFile;
  #sequence: number;
  #end = FILE_HEADER_BYTES;
  #wasteBytes = 0;
  readonly #wasteBytesMin: number;
  #wasteBytesMax: number;
  #isBroken = false;

  private constructor(files: readonly SyncFile[], current: SyncFile, sequence: number, wasteBytesMin: number) {
    this.#files = files;
    this.#current = current;
    this.#sequence = sequence;
    this.#wasteBytesMin = wasteBytesMin;
    this.#wasteBytesMax = wasteBytesMin;
  }

  /** Reads what two files hold; makes the first one the current one where neither has a header. For less than `wasteBytesMin` none is written anew. */
  static open(files: readonly SyncFile[], wasteBytesMin = WASTE_BYTES_MIN): RecordFile {
    const sequences = files.map(sequenceOf);
    const newest = Math.max(...sequences);
    if (newest === 0) return RecordFile.#begin(files, wasteBytesMin);
    const opened = new RecordFile(files, files[sequences.indexOf(newest)]!, newest, wasteBytesMin);
    opened.#readAll();
    return opened;
  }

  static #begin(files: readonly SyncFile[], wasteBytesMin: number): RecordFile {
    // A worker that ended while it began has left a part of a header at most.
    if (files.some((file) => file.getSize() > FILE_HEADER_BYTES)) {
      throw new CheckpointError(
        "The files for checkpoints hold something that has no whole header: restore them, or start afresh in others.",
        {
          code: "checkpoint-damaged",
        },
      );
    }
    const current = files[0]!;
    current.truncate(0);
    writeHeader(current, 1);
    current.flush();
    return new RecordFile(files, current, 1, wasteBytesMin);
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** The bytes of a key, or undefined. */
  read(key: string): Uint8Array | undefined {
    const place = this.#places.get(key);
    if (place === undefined) return undefined;
    const bytes = new Uint8Array(place.valueBytes);
    readAll(this.#current, bytes, place.at + RECORD_HEADER_BYTES + place.keyBytes);
    return bytes;
  }

  /** The keys that begin with `prefix`, in ascending order. */
  keys(prefix: string): string[] {
    return [...this.#places.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  /** Throws a `CheckpointError` "exists" for a new key that is there. */
  write(key: string, bytes: Uint8Array, ifAbsent: boolean): void {
    const before = this.#places.get(key);
    if (ifAbsent && before) throw existsError(key);
    try {
      this.#add(key, bytes);
    } catch (error) {
      // There may be room once what counts no more is gone.
      if (this.#wasteBytes === 0 || !this.#compact()) throw error;
      this.#add(key, bytes);
    }
    if (before) this.#wasteBytes += bytesOf(before);
  }

  /** Nothing where there is no such key. */
  delete(key: string): void {
    const place = this.#places.get(key);
    if (place === undefined) return;
    writeAll(this.#current, Uint8Array.of(0), place.at + LIVE_AT);
    this.#places.delete(key);
    this.#wasteBytes += bytesOf(place);
  }

  /** Makes durable what was changed, and writes the file anew where most of it counts no more. */
  flush(): void {
    try {
      this.#current.flush();
    } catch (error) {
      // Asked again the host might say that all is well, and would not have kept the bytes.
      this.#isBroken = true;
      throw error;
    }
    if (this.#wasteBytes > Math.max(this.#wasteBytesMax, this.#end / 2)) this.#compact();
  }

  close(): void {
    for (const file of this.#files) file.close();
  }

  #add(key: string, bytes: Uint8Array): void {
    const record = encodeRecord(key, bytes, this.#sequence, this.#end);
    writeAll(this.#current, record, this.#end);
    const keyBytes = record.length - RECORD_HEADER_BYTES - bytes.length;
    this.#places.set(key, { at: this.#end, keyBytes, valueBytes: bytes.length });
    this.#end += record.length;
  }

  /** Whether what counts is in the other file now. Where there is no room for it nothing has changed. */
  #compact(): boolean {
    const target = this.#files.find((file) => file !== this.#current)!;
    const places = new Map<string, Place>();
    const sequence = this.#sequence + 1;
    let end = FILE_HEADER_BYTES;
    try {
      target.truncate(0);
      for (const [key, { keyBytes, valueBytes }] of this.#places) {
        writeAll(target, encodeRecord(key, this.read(key)!, sequence, end), end);
        places.set(key, { at: end, keyBytes, valueBytes });
        end += RECORD_HEADER_BYTES + keyBytes + valueBytes;
      }
      target.flush();
    } catch {
      target.truncate(0);
      this.#wasteBytesMax = this.#wasteBytes + this.#wasteBytesMin;
      return false;
    }
    // From here on it is not known which file the next worker finds, until it is done.
    this.#isBroken = true;
    writeHeader(target, sequence);
    target.flush();
    this.#current.truncate(0);
    this.#isBroken = false;
    this.#current = target;
    this.#sequence = sequence;
    this.#end = end;
    for (const [key, place] of places) this.#places.set(key, place);
    this.#wasteBytes = 0;
    this.#wasteBytesMax = this.#wasteBytesMin;
    return true;
  }

  #readAll(): void {
    const size = this.#current.getSize();
    let at = FILE_HEADER_BYTES;
    while (at < size) {
      const record = readRecord(this.#current, this.#sequence, at, size);
      if (record === undefined) {
        at = nextRecord(this.#current, this.#sequence, at + 1, size);
        continue;
      }
      const { key, place, isLive } = record;
      at += bytesOf(place);
      this.#end = at;
      if (isLive) this.#places.set(key, place);
      else this.#places.delete(key);
    }
    const used = [...this.#places.values()].reduce((sum, place) => sum + bytesOf(place), 0);
    this.#wasteBytes = this.#end - FILE_HEADER_BYTES - used;
    if (this.#end < size) this.#current.truncate(this.#end);
    // What a worker that ended had not made durable is so before anybody builds on it.
    this.#current.flush();
  }
}

function bytesOf({ keyBytes, valueBytes }: Place): number {
  return RECORD_HEADER_BYTES + keyBytes + valueBytes;
}

function encodeRecord(key: string, bytes: Uint8Array, sequence: number, at: number): Uint8Array {
  const keyBytes = encoder.encode(key);
  const record = new Uint8Array(RECORD_HEADER_BYTES + keyBytes.length + bytes.length);
  const view = new DataView(record.buffer);
  view.setUint32(0, MARK, true);
  record[LIVE_AT] = 1;
  view.setUint16(6, keyBytes.length, true);
  view.setUint32(8, bytes.length, true);
  record.set(keyBytes, RECORD_HEADER_BYTES);
  record.set(bytes, RECORD_HEADER_BYTES + keyBytes.length);
  view.setUint32(12, crcOf(record, sequence, at), true);
  return record;
}

/** What is checked of a record: all but its mark, `live` and the checksum itself, and where it belongs. */
function crcOf(record: Uint8Array, sequence: number, at: number): number {
  const where = crc32c(new Uint8Array(Float64Array.of(sequence, at).buffer));
  return crc32c(record.subarray(RECORD_HEADER_BYTES), crc32c(record.subarray(6, 12), where));
}

/** The record at a place, or undefined where none is whole. */
function readRecord(file: SyncFile, sequence: number, at: number, size: number): FoundRecord | undefined {
  if (at + RECORD_HEADER_BYTES > size) return undefined;
  const header = new Uint8Array(RECORD_HEADER_BYTES);
  readAll(file, header, at);
  const view = new DataView(header.buffer);
  const place = { at, keyBytes: view.getUint16(6, true), valueBytes: view.getUint32(8, true) };
  if (view.getUint32(0, true) !== MARK || at + bytesOf(place) > size) return undefined;
  const record = new Uint8Array(bytesOf(place));
  readAll(file, record, at);
  if (view.getUint32(12, true) !== crcOf(record, sequence, at)) return undefined;
  const key = decoder.decode(record.subarray(RECORD_HEADER_BYTES, RECORD_HEADER_BYTES + place.keyBytes));
  return { key, place, isLive: header[LIVE_AT] === 1 };
}

/** Where the next whole record begins; `size` where there is none. */
function nextRecord(file: SyncFile, sequence: number, from: number, size: number): number {
  const bytes = new Uint8Array(SEARCH_BYTES + 3);
  for (let start = from; start < size; start += SEARCH_BYTES) {
    const count = Math.min(bytes.length, size - start);
    readAll(file, bytes.subarray(0, count), start);
    const view = new DataView(bytes.buffer);
    for (let index = 0; index + 4 <= count && index < SEARCH_BYTES; index++) {
      if (bytes[index] !== (MARK & 0xff) || view.getUint32(index, true) !== MARK) continue;
      if (readRecord(file, sequence, start + index, size)) return start + index;
    }
  }
  return size;
}

function headerOf(sequence: number): Uint8Array {
  const header = new Uint8Array(FILE_HEADER_BYTES);
  const view = new DataView(header.buffer);
  header.set(MAGIC);
  view.setUint32(8, VERSION, true);
  view.setFloat64(16, sequence, true);
  view.setUint32(12, crc32c(header.subarray(16), crc32c(header.subarray(0, 12))), true);
  return header;
}

function writeHeader(file: SyncFile, sequence: number): void {
  writeAll(file, headerOf(sequence), 0);
}

/** The sequence of a file, 0 where it has no whole header. **Errors:** `CheckpointError` "format-too-new". */
function sequenceOf(file: SyncFile): number {
  if (file.getSize() < FILE_HEADER_BYTES) return 0;
  const header = new Uint8Array(FILE_HEADER_BYTES);
  readAll(file, header, 0);
  const view = new DataView(header.buffer);
  const crc = crc32c(header.subarray(16), crc32c(header.subarray(0, 12)));
  if (!MAGIC.every((byte, at) => header[at] === byte) || view.getUint32(12, true) !== crc) return 0;
  const version = view.getUint32(8, true);
  if (version === VERSION) return view.getFloat64(16, true);
  throw new CheckpointError(
    `Files for checkpoints of version ${version} need a newer release of this package, which knows version ${VERSION}.`,
    { code: "format-too-new", details: { version } },
  );
}

function readAll(file: SyncFile, target: Uint8Array, at: number): void {
  let used = 0;
  while (used < target.length) {
    const count = file.read(target.subarray(used), { at: at + used });
    if (count <= 0) throw new Error(`a file ends at ${at + used}, before its end`);
    used += count;
  }
}

function writeAll(file: SyncFile, bytes: Uint8Array, at: number): void {
  let used = 0;
  while (used < bytes.length) {
    const count = file.write(bytes.subarray(used), { at: at + used });
    if (count <= 0) throw Object.assign(new Error("a file takes no more bytes"), { name: "QuotaExceededError" });
    used += count;
  }
}
