/**
 * CRC-32C, the checksum of what leaves the process: it finds every burst of up to 32 bits and almost every other damage.
 *
 * **Source:** polynomial 0x1edc6f41 (Castagnoli, Bräuer, Herrmann 1993), as in RFC 3720, appendix B.4; eight bytes a step by eight tables
 * (Kounavis, Berry: "A Systematic Approach to Building High Performance, Software-based, CRC Generators", 2005).
 */

/** The polynomial with its bits in reverse, as the checksum takes the lowest bit of a byte first. */
const POLYNOMIAL = 0x82f63b78;
const SLICES = 8;
const TABLE_ENTRIES = 256;

/** Made when first needed: importing has no effects and costs nothing. */
let tables: Tables | undefined;

type Table = Int32Array;
type Tables = readonly [Table, Table, Table, Table, Table, Table, Table, Table];

/** The CRC-32C of `bytes`, unsigned; with `before`, the checksum of what precedes them, that of both together. */
export function crc32c(bytes: Uint8Array, before = 0): number {
  tables ??= makeTables();
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables;
  const tail = bytes.length - (bytes.length % SLICES);
  let crc = ~before;
  let at = 0;
  for (; at < tail; at += SLICES) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    crc =
      t7[crc & 0xff]! ^
      t6[(crc >>> 8) & 0xff]! ^
      t5[(crc >>> 16) & 0xff]! ^
      t4[crc >>> 24]! ^
      t3[bytes[at + 4]!]! ^
      t2[bytes[at + 5]!]! ^
      t1[bytes[at + 6]!]! ^
      t0[bytes[at + 7]!]!;
  }
  for (; at < bytes.length; at++) crc = t0[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** Table k takes a byte that k others follow. Signed, so that what is read stays a small integer of the engine. */
function makeTables(): Tables {
  const made = Array.from({ length: SLICES }, () => new Int32Array(TABLE_ENTRIES));
  const first = made[0]!;
  for (let byte = 0; byte < TABLE_ENTRIES; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    first[byte] = crc;
  }
  for (let slice = 1; slice < SLICES; slice++) {
    const before = made[slice - 1]!;
    for (let byte = 0; byte < TABLE_ENTRIES; byte++) {
      made[slice]![byte] = first[before[byte]! & 0xff]! ^ (before[byte]! >>> 8);
    }
  }
  return made as unknown as Tables;
}
