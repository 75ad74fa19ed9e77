/**
 * The hash that sends a key to a partition: specified, seeded with fixed numbers, the same in every process, host and artefact
 * (`murmur3` in assembly/hash.ts), and published in test/golden/partition-hash.json. A checkpoint relies on it, so it never changes.
 *
 *     hash(key) = MurmurHash3_x86_32(bytes, seed)
 *
 *     key                 bytes                                                          seed
 *     string              its WTF-8: UTF-8, with 3 bytes for a lone surrogate            STRING_SEED
 *     number              the double, 8 bytes little-endian; -0 as 0,                    NUMBER_SEED
 *                         every NaN as 0x7ff8000000000000
 *     any other           the WTF-8 of its canonical string (key.ts)                     OTHER_SEED
 *
 * **Source:** MurmurHash3 by Austin Appleby, public domain; WTF-8 as in https://simonsapin.github.io/wtf-8/.
 */
import { encodeKey } from "./key.js";

/** "mill", "milm", "miln": kinds of key have their own, so that "" and 0 do not go the same way by construction. */
export const STRING_SEED = 0x6d696c6c;
export const NUMBER_SEED = 0x6d696c6d;
export const OTHER_SEED = 0x6d696c6e;
/** What `keyWords` changes in a seed for its second word. */
const SECOND_WORD = 0x9e3779b9;

const SCRATCH_BYTES_INITIAL = 1024;
/** A longer key gets a buffer of its own, so that one giant does not hold its memory for ever. */
const SCRATCH_BYTES_MAX = 1 << 20;
/** A UTF-16 unit takes at most three bytes; a surrogate pair takes four for two. */
const BYTES_PER_UNIT_MAX = 3;

const NAN_HIGH_WORD = 0x7ff80000;

// Reused from call to call: what is in them means nothing once a call has returned.
let scratch = new Uint8Array(SCRATCH_BYTES_INITIAL);
const numberBytes = new Uint8Array(8);
const numberView = new DataView(numberBytes.buffer);

/**
 * The hash of a key, an unsigned 32-bit number: equal for keys that are equal by value.
 *
 * **Errors:** `PlanError` "unsupported-key" as `encodeKey`. **Order:** linear in the size of the key.
 */
export function partitionHash(key: unknown): number {
  if (typeof key === "string") return hashText(key, STRING_SEED);
  if (typeof key === "number") return hashNumber(key);
  return hashText(encodeKey(key), OTHER_SEED);
}

/** The partition of a key, from 0 to `numPartitions` - 1: its hash modulo their number. **Errors:** as `partitionHash`. */
export function partitionOf(key: unknown, numPartitions: number): number {
  return partitionHash(key) % numPartitions;
}

/**
 * Writes 64 bits of hash of a key into `words`: its partition hash, then the same hash under another seed. Sketches rely on it, so it never changes.
 * **Errors:** as `partitionHash`.
 */
export function keyWords(key: unknown, words: Uint32Array): void {
  if (typeof key === "number") {
    writeNumber(key);
    hashTwice(numberBytes, 8, NUMBER_SEED, words);
    return;
  }
  const isText = typeof key === "string";
  const text = isText ? key : encodeKey(key);
  const bytes = roomFor(text.length * BYTES_PER_UNIT_MAX);
  hashTwice(bytes, writeWtf8(text, bytes), isText ? STRING_SEED : OTHER_SEED, words);
}

function hashTwice(bytes: Uint8Array, length: number, seed: number, words: Uint32Array): void {
  words[0] = murmur3(bytes, length, seed);
  words[1] = murmur3(bytes, length, seed ^ SECOND_WORD);
}

/** MurmurHash3_x86_32 of the first `length` bytes, unsigned. The WASM kernel has the same; a test compares them. */
export function murmur3(bytes: Uint8Array, length: number, seed: number): number {
  let h = seed | 0;
  const tail = length & ~3;
  for (let at = 0; at < tail; at += 4) {
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    h ^= scramble(word);
    h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
  }
  if (tail < length) {
    let word = 0;
    for (let at = length - 1; at >= tail; at--) word = (word << 8) | bytes[at]!;
    h ^= scramble(word);
  }
  h ^= length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function scramble(word: number): number {
  const k = Math.imul(word, 0xcc9e2d51);
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593);
}

function hashNumber(value: number): number {
  writeNumber(value);
  return murmur3(numberBytes, 8, NUMBER_SEED);
}

function writeNumber(value: number): void {
  if (Number.isNaN(value)) {
    numberView.setUint32(0, 0, true);
    numberView.setUint32(4, NAN_HIGH_WORD, true);
  } else {
    numberView.setFloat64(0, value + 0, true); // -0 becomes 0
  }
}

function hashText(text: string, seed: number): number {
  const bytes = roomFor(text.length * BYTES_PER_UNIT_MAX);
  return murmur3(bytes, writeWtf8(text, bytes), seed);
}

function roomFor(byteLength: number): Uint8Array {
  if (byteLength <= scratch.length) return scratch;
  if (byteLength > SCRATCH_BYTES_MAX) return new Uint8Array(byteLength);
  let grown = scratch.length;
  while (grown < byteLength) grown *= 2;
  scratch = new Uint8Array(grown);
  return scratch;
}

/** Returns the count of bytes written. A loop, because `TextEncoder` replaces lone surrogates and costs more for short text. */
function writeWtf8(text: string, bytes: Uint8Array): number {
  let at = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) {
      bytes[at++] = unit;
    } else if (unit < 0x800) {
      bytes[at++] = 0xc0 | (unit >> 6);
      bytes[at++] = 0x80 | (unit & 0x3f);
    } else {
      // Beyond the end the code is NaN, of which nothing is a low surrogate.
      const next = (unit & 0xfc00) === 0xd800 ? text.charCodeAt(index + 1) : 0;
      if ((next & 0xfc00) === 0xdc00) {
        const point = 0x10000 + ((unit & 0x3ff) << 10) + (next & 0x3ff);
        bytes[at++] = 0xf0 | (point >> 18);
        bytes[at++] = 0x80 | ((point >> 12) & 0x3f);
        index++;
        bytes[at++] = 0x80 | ((point >> 6) & 0x3f);
        bytes[at++] = 0x80 | (point & 0x3f);
      } else {
        bytes[at++] = 0xe0 | (unit >> 12);
        bytes[at++] = 0x80 | ((unit >> 6) & 0x3f);
        bytes[at++] = 0x80 | (unit & 0x3f);
      }
    }
  }
  return at;
}
