/**
 * A hash table of keys, each with cells for what belongs to it, in order of first arrival.
 *
 * Three kinds of regions, all handed in by the host:
 *
 *     header (128 bytes)   magic, version, count, key bytes, need, slots, multipliers, cursors
 *     slots                u32 for each slot: address of an entry >> 5, 0 where empty, and in the high 5 bits a part of its hash; rebuilt when the
 *                          table grows
 *     entry segments       64 bytes: next segment, end of its entries; then entries, which never move
 *     byte segments        the bytes of keys longer than 16 and of strings in cells, which never move
 *
 * An entry, a multiple of 32 bytes: lo u64 | hi u64 | length u32 | address of a long key u32 | cells. A string of up to 16 bytes lies in lo and hi
 * (zeros behind it) and is compared as two words; of a longer one lo and hi hold a fold of all bytes and the last 8 bytes. Keys that are no strings
 * have their tag in the high four bits of the length; what lo and hi hold then is said in group/keys.ts.
 *
 * A table never allocates. Where room is missing it writes what it needs into its header and stops before the row at hand; the host
 * gives room and calls again from there. It is half full at most, so that probing ends.
 *
 * The design (32-bit slots apart from dense entries, short keys inline) follows DuckDB's and Hyper's aggregation tables.
 */
import {
  ABI_VERSION,
  BAD_HEADER,
  BAD_SIZE,
  NEED_BYTES,
  NEED_ENTRIES,
  NEED_NOTHING,
  NEED_SLOTS,
  RESERVED_BYTES,
  TABLE_COUNT,
  TABLE_ENTRY_BYTES,
  TABLE_HEADER_BYTES,
  TABLE_KEY_BYTES,
  TABLE_LONGEST,
  TABLE_MAGIC,
  TABLE_NEED,
  TABLE_NEED_BYTES,
  TABLE_SEGMENT_HEADER_BYTES,
  TABLE_SLOT_BITS,
  TABLE_SLOT_BITS_MAX,
  TABLE_SLOT_BITS_MIN,
  TABLE_SLOT_BITS_SPARSE,
  TABLE_SLOTS,
  TABLE_STRIDE,
} from "./abi";
import { copyText } from "./bytes";
import { probe } from "./hash";

// Offsets of the header that the host does not read.
const VERSION: usize = 4;
const MULTIPLIER_A: usize = 32;
const MULTIPLIER_B: usize = 40;
const MULTIPLIER_C: usize = 48;
export const ENTRY_NEXT: usize = 56;
export const ENTRY_END: usize = 60;
export const SEGMENT_FIRST: usize = 64;
export const SEGMENT_LAST: usize = 68;
export const BYTE_NEXT: usize = 72;
export const BYTE_END: usize = 76;
export const COUNT_MAX: usize = 80;

// Offsets in an entry, and in the header of a segment.
export const ENTRY_HI: usize = 8;
export const ENTRY_LENGTH: usize = 16;
export const ENTRY_ADDRESS: usize = 20;
/** Cells begin here. */
export const ENTRY_VALUE: usize = 24;
export const SEGMENT_NEXT: usize = 0;
export const SEGMENT_END: usize = 4;

export const INLINE_KEY_BYTES: u32 = 16;

/** Bytes of the region that `tableInit` fills. */
export function tableBytes(): i32 {
  return TABLE_HEADER_BYTES;
}

/** Makes an empty table. `seedPtr` holds three odd 64-bit multipliers; `slotsPtr` has room for 2^slotBits numbers of 32 bits. */
export function tableInit(statePtr: usize, seedPtr: usize, slotsPtr: usize, slotBits: i32): i32 {
  memory.fill(statePtr, 0, TABLE_HEADER_BYTES);
  store<u32>(statePtr, TABLE_MAGIC);
  store<u32>(statePtr, ABI_VERSION, VERSION);
  store<u32>(statePtr, TABLE_ENTRY_BYTES, TABLE_STRIDE);
  memory.copy(statePtr + MULTIPLIER_A, seedPtr, 24);
  return tableRehash(statePtr, slotsPtr, slotBits);
}

/** Zero, or `BAD_HEADER` where `statePtr` is not a table of this version. */
export function tableCheck(statePtr: usize): i32 {
  if (!ASC_NO_ASSERT) plannedTrap();
  return load<u32>(statePtr) == TABLE_MAGIC && load<u32>(statePtr, VERSION) == ABI_VERSION ? 0 : BAD_HEADER;
}

/** Debug builds trap at the n-th use of a table where a test has written n to the last word of the reserved page. */
function plannedTrap(): void {
  const countdown = load<u32>(RESERVED_BYTES - 8);
  if (!countdown) return;
  store<u32>(RESERVED_BYTES - 8, countdown - 1);
  if (countdown == 1) unreachable();
}

/** Gives the table a segment for entries; the old one must be full. `bytes`: a header and a whole number of entries. */
export function tableAddEntries(statePtr: usize, segmentPtr: usize, bytes: u32): i32 {
  const status = tableCheck(statePtr);
  if (status < 0) return status;
  const stride = load<u32>(statePtr, TABLE_STRIDE);
  if (bytes < <u32>TABLE_SEGMENT_HEADER_BYTES + stride) return BAD_SIZE;
  const last = <usize>load<u32>(statePtr, SEGMENT_LAST);
  if (last) {
    store<u32>(last, segmentPtr, SEGMENT_NEXT);
    store<u32>(last, load<u32>(statePtr, ENTRY_NEXT), SEGMENT_END);
  } else {
    store<u32>(statePtr, segmentPtr, SEGMENT_FIRST);
  }
  store<u32>(segmentPtr, 0, SEGMENT_NEXT);
  store<u32>(statePtr, segmentPtr, SEGMENT_LAST);
  const begin = <u32>segmentPtr + TABLE_SEGMENT_HEADER_BYTES;
  store<u32>(statePtr, begin, ENTRY_NEXT);
  store<u32>(statePtr, begin + ((bytes - TABLE_SEGMENT_HEADER_BYTES) / stride) * stride, ENTRY_END);
  store<u32>(statePtr, NEED_NOTHING, TABLE_NEED);
  return 0;
}

/** Gives the table a segment for the bytes of long keys; what is left of the old one stays unused. */
export function tableAddBytes(statePtr: usize, segmentPtr: usize, bytes: u32): i32 {
  const status = tableCheck(statePtr);
  if (status < 0) return status;
  store<u32>(statePtr, segmentPtr, BYTE_NEXT);
  store<u32>(statePtr, segmentPtr + bytes, BYTE_END);
  store<u32>(statePtr, NEED_NOTHING, TABLE_NEED);
  return 0;
}

/** Gives the table other slots and enters every key there; the host may then free the old ones. */
export function tableRehash(statePtr: usize, slotsPtr: usize, slotBits: i32): i32 {
  const status = tableCheck(statePtr);
  if (status < 0) return status;
  if (slotBits < TABLE_SLOT_BITS_MIN || slotBits > TABLE_SLOT_BITS_MAX) return BAD_SIZE;
  const slots: u32 = 1 << slotBits;
  memory.fill(slotsPtr, 0, <usize>slots << 2);
  store<u32>(statePtr, slotsPtr, TABLE_SLOTS);
  store<u32>(statePtr, slotBits, TABLE_SLOT_BITS);
  store<u32>(statePtr, slots >> (slotBits <= TABLE_SLOT_BITS_SPARSE ? 2 : 1), COUNT_MAX);
  store<u32>(statePtr, NEED_NOTHING, TABLE_NEED);
  const a = load<u64>(statePtr, MULTIPLIER_A);
  const b = load<u64>(statePtr, MULTIPLIER_B);
  const shift: u64 = 64 - <u64>slotBits;
  const mask: u32 = slots - 1;
  const stride = strideOf(statePtr);
  for (let segment = segmentFirst(statePtr); segment; segment = segmentNext(segment)) {
    const end = entriesEnd(statePtr, segment);
    for (let entry = entriesBegin(segment); entry < end; entry += stride) {
      const hash = probe(load<u64>(entry), load<u64>(entry, ENTRY_HI), load<u32>(entry, ENTRY_LENGTH), a, b);
      let slot = <u32>(hash >> shift);
      while (load<u32>(slotsPtr + (<usize>slot << 2))) slot = (slot + 1) & mask;
      store<u32>(slotsPtr + (<usize>slot << 2), slotMark(<u32>(hash >> 32), slotBits) | <u32>(entry >> 5));
    }
  }
  return 0;
}

/**
 * What a slot has in its high 5 bits: those of the high half of the hash that follow the ones which chose the slot. Others' entries need not be read
 * where they differ. An address >> 5 leaves these bits free, and << 5 drops them.
 */
// @ts-ignore: decorator
@inline export function slotMark(hash: u32, slotBits: u32): u32 {
  return (hash << slotBits) & ~SLOT_ENTRY;
}

/** The bits of a slot that are an address >> 5. */
export const SLOT_ENTRY: u32 = 0x7ffffff;

// @ts-ignore: decorator
@inline export function multiplierA(statePtr: usize): u64 {
  return load<u64>(statePtr, MULTIPLIER_A);
}

// @ts-ignore: decorator
@inline export function multiplierB(statePtr: usize): u64 {
  return load<u64>(statePtr, MULTIPLIER_B);
}

// @ts-ignore: decorator
@inline export function multiplierC(statePtr: usize): u64 {
  return load<u64>(statePtr, MULTIPLIER_C);
}

/** Bytes from an entry to the next one. */
export function strideOf(statePtr: usize): usize {
  return <usize>load<u32>(statePtr, TABLE_STRIDE);
}

/** Address of the first segment of entries, or 0. Entries lie from `entriesBegin` to `entriesEnd` of each segment, in order of arrival. */
export function segmentFirst(statePtr: usize): usize {
  return <usize>load<u32>(statePtr, SEGMENT_FIRST);
}

export function segmentNext(segment: usize): usize {
  return <usize>load<u32>(segment, SEGMENT_NEXT);
}

export function entriesBegin(segment: usize): usize {
  return segment + TABLE_SEGMENT_HEADER_BYTES;
}

export function entriesEnd(statePtr: usize, segment: usize): usize {
  const isLast = segment == <usize>load<u32>(statePtr, SEGMENT_LAST);
  return <usize>(isLast ? load<u32>(statePtr, ENTRY_NEXT) : load<u32>(segment, SEGMENT_END));
}

/** Address of the bytes of the key of `entry`, a string of `length` bytes. */
// @ts-ignore: decorator
@inline export function keyAddress(entry: usize, length: u32): usize {
  return length <= INLINE_KEY_BYTES ? entry : <usize>load<u32>(entry, ENTRY_ADDRESS);
}

/**
 * The new entry of a key that is not in the table, entered at `slot`; 0 where room is lacking, which the header then says. `word` is the key's length
 * and tag; the `length` bytes of a longer string lie at `keyPtr`. Cells are the caller's to fill.
 */
export function insert(statePtr: usize, slot: usize, lo: u64, hi: u64, word: u32, keyPtr: usize, length: u32): usize {
  const count = load<u32>(statePtr, TABLE_COUNT);
  if (count >= load<u32>(statePtr, COUNT_MAX)) return ask(statePtr, NEED_SLOTS, 0);
  const entry = <usize>load<u32>(statePtr, ENTRY_NEXT);
  if (entry == <usize>load<u32>(statePtr, ENTRY_END)) return ask(statePtr, NEED_ENTRIES, 0);
  let address: usize = 0;
  if (length > INLINE_KEY_BYTES) {
    address = takeBytes(statePtr, length);
    if (!address) return 0;
    copyText(address, keyPtr, length);
  }
  store<u64>(entry, lo);
  store<u64>(entry, hi, ENTRY_HI);
  store<u32>(entry, word, ENTRY_LENGTH);
  store<u32>(entry, address, ENTRY_ADDRESS);
  const hash = <u32>(probe(lo, hi, word, multiplierA(statePtr), multiplierB(statePtr)) >> 32);
  store<u32>(slot, slotMark(hash, load<u32>(statePtr, TABLE_SLOT_BITS)) | <u32>(entry >> 5));
  store<u32>(statePtr, entry + load<u32>(statePtr, TABLE_STRIDE), ENTRY_NEXT);
  store<u32>(statePtr, count + 1, TABLE_COUNT);
  countKeyBytes(statePtr, length);
  return entry;
}

/** Notes that a key has so many bytes. */
export function countKeyBytes(statePtr: usize, length: u32): void {
  store<u32>(statePtr, load<u32>(statePtr, TABLE_KEY_BYTES) + length, TABLE_KEY_BYTES);
  if (length > load<u32>(statePtr, TABLE_LONGEST)) store<u32>(statePtr, length, TABLE_LONGEST);
}

/** Address of `bytes` bytes that never move, those behind them still unused; 0 where room is lacking, which the header then says. */
export function takeBytes(statePtr: usize, bytes: u32): usize {
  if (!hasBytes(statePtr, bytes)) return 0;
  const address = load<u32>(statePtr, BYTE_NEXT);
  store<u32>(statePtr, address + bytes, BYTE_NEXT);
  return <usize>address;
}

/** Whether `takeBytes` would give so many bytes; otherwise the header says that they are needed. */
export function hasBytes(statePtr: usize, bytes: u32): bool {
  if (bytes <= load<u32>(statePtr, BYTE_END) - load<u32>(statePtr, BYTE_NEXT)) return true;
  ask(statePtr, NEED_BYTES, bytes);
  return false;
}

function ask(statePtr: usize, need: u32, bytes: u32): usize {
  store<u32>(statePtr, need, TABLE_NEED);
  store<u32>(statePtr, bytes, TABLE_NEED_BYTES);
  return 0;
}

/** The first `count` (0 to 8) bytes of `word`, zeros behind them. */
// @ts-ignore: decorator
@inline export function firstBytes(word: u64, count: u32): u64 {
  return count ? word & (<u64>-1 >> ((8 - <u64>count) << 3)) : 0;
}
