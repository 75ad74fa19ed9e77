/**
 * CRC-32C, the checksum of what leaves the process: it finds every burst of up to 32 bits and almost every other damage.
 *
 * **Source:** polynomial 0x1edc6f41 (Castagnoli, Bräuer, Herrmann 1993), as in RFC 3720, appendix B.4; sixteen bytes a step by sixteen tables
 * (Kounavis, Berry: "A Systematic Approach to Building High Performance, Software-based, CRC Generators", 2005).
 */

/** The polynomial with its bits in reverse, as the checksum takes the lowest bit of a byte first. */
const POLYNOMIAL = 0x82f63b78;
const SLICES = 16;
const TABLE_ENTRIES = 256;
const WORD_BYTES = 4;

/** Made when first needed: importing has no effects and costs nothing. */
let tables: Int32Array | undefined;

/** The CRC-32C of `bytes`, unsigned; with `before`, the checksum of what precedes them, that of both together. */
export function crc32c(bytes: Uint8Array, before = 0): number {
  tables ??= makeTables();
  const t = tables;
  let crc = ~before;
  let at = 0;
  const unaligned = (WORD_BYTES - (bytes.byteOffset % WORD_BYTES)) % WORD_BYTES;
  for (const end = Math.min(unaligned, bytes.length); at < end; at++) crc = t[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8);
  if (at === unaligned && IS_LITTLE_ENDIAN) {
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + at, (bytes.length - at) >>> 2);
    const wordsAtOnce = SLICES / WORD_BYTES;
    const end = words.length - (words.length % wordsAtOnce);
    for (let i = 0; i < end; i += wordsAtOnce) {
      const a = crc ^ words[i]!;
      const b = words[i + 1]!;
      const c = words[i + 2]!;
      const d = words[i + 3]!;
      crc =
        t[0xf00 + (a & 0xff)]! ^
        t[0xe00 + ((a >>> 8) & 0xff)]! ^
        t[0xd00 + ((a >>> 16) & 0xff)]! ^
        t[0xc00 + (a >>> 24)]! ^
        t[0xb00 + (b & 0xff)]! ^
        t[0xa00 + ((b >>> 8) & 0xff)]! ^
        t[0x900 + ((b >>> 16) & 0xff)]! ^
        t[0x800 + (b >>> 24)]! ^
        t[0x700 + (c & 0xff)]! ^
        t[0x600 + ((c >>> 8) & 0xff)]! ^
        t[0x500 + ((c >>> 16) & 0xff)]! ^
        t[0x400 + (c >>> 24)]! ^
        t[0x300 + (d & 0xff)]! ^
        t[0x200 + ((d >>> 8) & 0xff)]! ^
        t[0x100 + ((d >>> 16) & 0xff)]! ^
        t[d >>> 24]!;
    }
    at += end * WORD_BYTES;
  }
  for (; at < bytes.length; at++) crc = t[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** Whether words in memory have their lowest byte first, as the loop above takes them. */
const IS_LITTLE_ENDIAN = /* @__PURE__ */ new Uint8Array(/* @__PURE__ */ Uint32Array.of(1).buffer)[0] === 1;

/** Table k, one after the other, takes a byte that k others follow. Signed, so that what is read stays a small integer of the engine. */
function makeTables(): Int32Array {
  const made = new Int32Array(SLICES * TABLE_ENTRIES);
  for (let byte = 0; byte < TABLE_ENTRIES; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    made[byte] = crc;
  }
  for (let at = TABLE_ENTRIES; at < made.length; at++) {
    const before = made[at - TABLE_ENTRIES]!;
    made[at] = made[before & 0xff]! ^ (before >>> 8);
  }
  return made;
}
