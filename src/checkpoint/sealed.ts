/**
 * Sealed values: what a checkpoint writes under one key of its store, whole and checked.
 *
 *     magic 8 bytes | version u16 | kind u8 | 0 u8 | payload length u32 | job 16 bytes | epoch u64 | number u64
 *     | CRC-32C u32 of the payload | CRC-32C u32 of the 52 bytes before | payload
 *
 * All numbers are little-endian. docs/formats.md is the specification.
 */
import { ChunkBuilder } from "../block/codec.js";
import { crc32c } from "../block/crc32c.js";
import { CheckpointError } from "../errors.js";

/** Not text, and changed by whatever rewrites line ends. */
const MAGIC = Uint8Array.of(0x89, 0x4d, 0x52, 0x43, 0x4b, 0x50, 0x54, 0x0a);
/** Of all formats of a checkpoint. */
export const VERSION = 1;
const HEADER_BYTES = 56;
const VERSION_AT = 8;
const KIND_AT = 10;
const LENGTH_AT = 12;
const JOB_AT = 16;
const EPOCH_AT = 32;
const NUMBER_AT = 40;
const PAYLOAD_CRC_AT = 48;
const HEADER_CRC_AT = 52;
export const JOB_BYTES = 16;

/** What a sealed value is. */
export const KINDS = { opened: 1, planned: 2, committed: 3, generation: 4, segment: 5, received: 6 } as const;
export type Kind = keyof typeof KINDS;

export interface Sealed {
  readonly kind: Kind;
  /** The job that wrote it, 32 hexadecimal digits. */
  readonly job: string;
  /** Counts the processes that wrote for the job, from 1. */
  readonly epoch: number;
  /** Of an entry of the log and of a generation its place in the log, of a segment its number in its epoch. */
  readonly number: number;
  readonly payload: Uint8Array;
}

/** The bytes of a sealed value. */
export function seal({ payload, ...head }: Sealed): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + payload.length);
  bytes.set(payload, HEADER_BYTES);
  return withHeader(bytes, head);
}

/** A sealed value whose payload is values of the row codec, added one by one; `bytesExpected`: what they take, about. */
export class SealedBuilder {
  readonly #chunk: ChunkBuilder;

  constructor(bytesExpected: number) {
    this.#chunk = new ChunkBuilder(HEADER_BYTES, bytesExpected);
  }

  /** Of values. */
  get count(): number {
    return this.#chunk.count;
  }

  add(value: unknown): void {
    this.#chunk.add(value);
  }

  /** The bytes, where they lie: they stay as they are until `clear`, and nothing may be added before. */
  seal(head: Omit<Sealed, "payload">): Uint8Array {
    return withHeader(this.#chunk.whole(), head);
  }

  /** No values again, in the same buffer. */
  clear(): void {
    this.#chunk.clear();
  }
}

function withHeader(bytes: Uint8Array, { kind, job, epoch, number }: Omit<Sealed, "payload">): Uint8Array {
  const view = viewOf(bytes);
  const payload = bytes.subarray(HEADER_BYTES);
  bytes.set(MAGIC);
  view.setUint16(VERSION_AT, VERSION, true);
  bytes[KIND_AT] = KINDS[kind];
  view.setUint32(LENGTH_AT, payload.length, true);
  bytes.set(bytesOfHex(job), JOB_AT);
  view.setBigUint64(EPOCH_AT, BigInt(epoch), true);
  view.setBigUint64(NUMBER_AT, BigInt(number), true);
  view.setUint32(PAYLOAD_CRC_AT, crc32c(payload), true);
  view.setUint32(HEADER_CRC_AT, crc32c(bytes.subarray(0, HEADER_CRC_AT)), true);
  return bytes;
}

/**
 * The value that `bytes`, found under `key`, are. The payload is a view of them.
 *
 * **Errors:** `CheckpointError` "checkpoint-damaged" where they are not what was written, "format-too-new" where a later version wrote them.
 */
export function unseal(key: string, bytes: Uint8Array): Sealed {
  if (bytes.length < HEADER_BYTES) throw damaged(key, `has ${bytes.length} bytes, fewer than a header`, bytes.length);
  const view = viewOf(bytes);
  if (!MAGIC.every((byte, at) => bytes[at] === byte))
    throw damaged(key, "does not begin as a value of a checkpoint", 0);
  if (view.getUint32(HEADER_CRC_AT, true) !== crc32c(bytes.subarray(0, HEADER_CRC_AT))) {
    throw damaged(key, "has a header that does not match its checksum", 0);
  }
  const version = view.getUint16(VERSION_AT, true);
  if (version !== VERSION) {
    throw new CheckpointError(
      `Checkpoints up to version ${VERSION} can be read, and ${JSON.stringify(key)} has version ${version}: go on with the release that wrote it. Nothing was changed.`,
      { code: "format-too-new", details: { key, found: version, supported: VERSION } },
    );
  }
  const payload = bytes.subarray(HEADER_BYTES);
  const length = view.getUint32(LENGTH_AT, true);
  if (length !== payload.length) {
    throw damaged(key, `has ${payload.length} bytes of payload where its header says ${length}`, bytes.length);
  }
  if (view.getUint32(PAYLOAD_CRC_AT, true) !== crc32c(payload)) {
    throw damaged(key, "has a payload that does not match its checksum", HEADER_BYTES);
  }
  const kind = (Object.keys(KINDS) as Kind[]).find((each) => KINDS[each] === bytes[KIND_AT]);
  if (kind === undefined) throw damaged(key, `is of the unknown kind ${bytes[KIND_AT]}`, KIND_AT);
  return {
    kind,
    job: hexOf(bytes.subarray(JOB_AT, JOB_AT + JOB_BYTES)),
    epoch: safeInteger(key, view.getBigUint64(EPOCH_AT, true), EPOCH_AT),
    number: safeInteger(key, view.getBigUint64(NUMBER_AT, true), NUMBER_AT),
    payload,
  };
}

/** How many bytes the sealed value at the beginning of `bytes` has, by its header; undefined where there is none. */
export function lengthOfSealed(bytes: Uint8Array): number | undefined {
  return isHeader(bytes) ? HEADER_BYTES + viewOf(bytes).getUint32(LENGTH_AT, true) : undefined;
}

/** Where in `bytes` the next header of a sealed value is, or -1. */
export function sealedAfter(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(MAGIC[0]!); at >= 0; at = bytes.indexOf(MAGIC[0]!, at + 1)) {
    if (isHeader(bytes.subarray(at))) return at;
  }
  return -1;
}

function isHeader(bytes: Uint8Array): boolean {
  if (bytes.length < HEADER_BYTES || !MAGIC.every((byte, at) => bytes[at] === byte)) return false;
  return viewOf(bytes).getUint32(HEADER_CRC_AT, true) === crc32c(bytes.subarray(0, HEADER_CRC_AT));
}

/** What is told of a value that is not what was written. */
export function damaged(key: string, what: string, offset: number, cause?: unknown): CheckpointError {
  return new CheckpointError(
    `A checkpoint must be as it was written, and ${JSON.stringify(key)} ${what}: restore the store from a copy, or give an empty one to start afresh.`,
    { code: "checkpoint-damaged", details: { key, what, offset }, cause },
  );
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function bytesOfHex(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length / 2 }, (_, at) => Number.parseInt(text.slice(2 * at, 2 * at + 2), 16));
}

function safeInteger(key: string, value: bigint, offset: number): number {
  if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
  throw damaged(key, `has the number ${value} in its header`, offset);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
