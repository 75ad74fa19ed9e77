/**
 * Sums by key: a table (table.ts) of text keys whose number is the sum of the values seen, added in the order of arrival. It is the table of a sink
 * that groups by one key and adds into one number, which finishes it; what is here goes over its input faster.
 *
 * Verbs: `sumUpdateText` takes rows as text that is cut into keys, each with the same value; `sumMerge` takes a block of pairs, be it
 * rows or what another table finished with.
 */
import { BAD_HEADER, BAD_SIZE, BLOCK_COLUMNS, BLOCK_ROWS, COLUMN_F64, COLUMN_UTF8, TABLE_SLOT_BITS, TABLE_SLOTS } from "./abi";
import { blockCheck, bufferA, bufferB, columnAt, kindOf } from "./block";
import { sameText } from "./values/text-same";
import { foldLong, probe } from "./hash";
import {
  ENTRY_ADDRESS,
  ENTRY_HI,
  ENTRY_LENGTH,
  ENTRY_VALUE,
  firstBytes,
  INLINE_KEY_BYTES,
  insert,
  multiplierA,
  multiplierB,
  multiplierC,
  tableCheck,
} from "./table";

// Columns of a frame of pairs.
const KEYS: u32 = 0;
const VALUES: u32 = 1;

/**
 * Cuts text at every `separator` and every line end and adds `value` for each piece, the empty ones included. `inBytes` must end with a
 * line end. Returns the bytes consumed, fewer than given where the table lacks room (its header says which): go on from there.
 */
export function sumUpdateText(statePtr: usize, inPtr: usize, inBytes: i32, separator: i32, value: f64): i32 {
  const status = tableCheck(statePtr);
  if (status < 0) return status;
  if (inBytes < 0) return BAD_SIZE;
  const slots = <usize>load<u32>(statePtr, TABLE_SLOTS);
  const bits = load<u32>(statePtr, TABLE_SLOT_BITS);
  const shift: u64 = 64 - <u64>bits;
  const slotBytes: usize = <usize>4 << bits;
  const a = multiplierA(statePtr);
  const b = multiplierB(statePtr);
  const end = inPtr + inBytes;
  let start = inPtr;
  if (ASC_FEATURE_SIMD) {
    for (let p = inPtr; p < end; p += 64) {
      let cuts = cutsOf(p, end, <u8>separator);
      while (cuts) {
        const cut = p + <usize>ctz(cuts);
        if (!add(statePtr, slots, slotBytes, shift, a, b, start, <u32>(cut - start), value)) return <i32>(start - inPtr);
        start = cut + 1;
        cuts &= cuts - 1;
      }
    }
  } else {
    for (let p = inPtr; p < end; p++) {
      const byte = load<u8>(p);
      if (byte != <u8>separator && byte != 10) continue;
      if (!add(statePtr, slots, slotBytes, shift, a, b, start, <u32>(p - start), value)) return <i32>(start - inPtr);
      start = p + 1;
    }
  }
  return <i32>(start - inPtr);
}

/**
 * Where text is cut in the 64 bytes from `p` on, a bit a byte. The loop over many bits at a time ends seldom, which is what a processor cannot foresee.
 * Reads to the end of the 16 bytes in which `end` lies at most.
 */
// @ts-ignore: decorator
@inline function cutsOf(p: usize, end: usize, separator: u8): u64 {
  if (p + 64 <= end) {
    const low = <u64>cutMask(p, separator) | (<u64>cutMask(p + 16, separator) << 16);
    return low | (<u64>cutMask(p + 32, separator) << 32) | (<u64>cutMask(p + 48, separator) << 48);
  }
  let cuts: u64 = 0;
  for (let at = p; at < end; at += 16) cuts |= <u64>cutMask(at, separator) << (at - p);
  return cuts & ((<u64>1 << (end - p)) - 1);
}

// @ts-ignore: decorator
@inline function cutMask(p: usize, separator: u8): u32 {
  const bytes = v128.load(p);
  return <u32>i8x16.bitmask(v128.or(i8x16.eq(bytes, i8x16.splat(<i8>separator)), i8x16.eq(bytes, i8x16.splat(10))));
}

/** Adds the rows of a block of (text, number) from `fromRow` on. Returns the rows consumed; fewer than there are: as `sumUpdateText`. */
export function sumMerge(statePtr: usize, blockPtr: usize, fromRow: i32): i32 {
  let status = tableCheck(statePtr);
  if (status < 0) return status;
  status = blockCheck(blockPtr);
  if (status < 0) return status;
  if (!hasPairs(blockPtr)) return BAD_HEADER;
  const rows = load<i32>(blockPtr, BLOCK_ROWS);
  if (fromRow < 0 || fromRow > rows) return BAD_SIZE;
  const slots = <usize>load<u32>(statePtr, TABLE_SLOTS);
  const bits = load<u32>(statePtr, TABLE_SLOT_BITS);
  const shift: u64 = 64 - <u64>bits;
  const slotBytes: usize = <usize>4 << bits;
  const a = multiplierA(statePtr);
  const b = multiplierB(statePtr);
  const offsets = bufferA(blockPtr, columnAt(blockPtr, KEYS));
  const keys = bufferB(blockPtr, columnAt(blockPtr, KEYS));
  const values = bufferA(blockPtr, columnAt(blockPtr, VALUES));
  for (let row = fromRow; row < rows; row++) {
    const begin = load<u32>(offsets + (<usize>row << 2));
    const length = load<u32>(offsets + (<usize>row << 2), 4) - begin;
    const value = load<f64>(values + (<usize>row << 3));
    if (!add(statePtr, slots, slotBytes, shift, a, b, keys + begin, length, value)) return row - fromRow;
  }
  return rows - fromRow;
}

function hasPairs(blockPtr: usize): bool {
  if (load<u32>(blockPtr, BLOCK_COLUMNS) != 2) return false;
  return kindOf(columnAt(blockPtr, KEYS)) == COLUMN_UTF8 && kindOf(columnAt(blockPtr, VALUES)) == COLUMN_F64;
}

/**
 * Adds `value` to the key of `length` bytes at `keyPtr`; false where the table lacks room, which it then says in its header, unchanged.
 * Reads `READ_AHEAD` bytes from `keyPtr` on, whatever the length. The first value of a key is stored as it is: 0 + -0 would lose a sign.
 */
// @ts-ignore: decorator
@inline function add(
  statePtr: usize, slots: usize, slotBytes: usize, shift: u64, a: u64, b: u64, keyPtr: usize, length: u32, value: f64,
): bool {
  let lo: u64 = 0;
  let hi: u64 = 0;
  if (length <= 8) {
    lo = firstBytes(load<u64>(keyPtr), length);
  } else if (length <= INLINE_KEY_BYTES) {
    lo = load<u64>(keyPtr);
    hi = firstBytes(load<u64>(keyPtr, 8), length - 8);
  } else {
    return addLong(statePtr, keyPtr, length, value);
  }
  let slot = slots + (<usize>(probe(lo, hi, length, a, b) >> shift) << 2);
  while (true) {
    const entry = <usize>load<u32>(slot) << 5;
    if (!entry) return begin(statePtr, slot, lo, hi, keyPtr, length, value);
    if (load<u64>(entry) == lo && load<u64>(entry, ENTRY_HI) == hi && load<u32>(entry, ENTRY_LENGTH) == length) {
      store<f64>(entry, load<f64>(entry, ENTRY_VALUE) + value, ENTRY_VALUE);
      return true;
    }
    slot = slots + ((slot - slots + 4) & (slotBytes - 1));
  }
}

function addLong(statePtr: usize, keyPtr: usize, length: u32, value: f64): bool {
  const slots = <usize>load<u32>(statePtr, TABLE_SLOTS);
  const bits = load<u32>(statePtr, TABLE_SLOT_BITS);
  const slotBytes: usize = <usize>4 << bits;
  const lo = foldLong(keyPtr, length, multiplierC(statePtr));
  const hi = load<u64>(keyPtr + length - 8);
  const hash = probe(lo, hi, length, multiplierA(statePtr), multiplierB(statePtr));
  let slot = slots + (<usize>(hash >> (64 - <u64>bits)) << 2);
  while (true) {
    const entry = <usize>load<u32>(slot) << 5;
    if (!entry) return begin(statePtr, slot, lo, hi, keyPtr, length, value);
    if (
      load<u64>(entry) == lo &&
      load<u64>(entry, ENTRY_HI) == hi &&
      load<u32>(entry, ENTRY_LENGTH) == length &&
      sameText(<usize>load<u32>(entry, ENTRY_ADDRESS), keyPtr, length)
    ) {
      store<f64>(entry, load<f64>(entry, ENTRY_VALUE) + value, ENTRY_VALUE);
      return true;
    }
    slot = slots + ((slot - slots + 4) & (slotBytes - 1));
  }
}

function begin(statePtr: usize, slot: usize, lo: u64, hi: u64, keyPtr: usize, length: u32, value: f64): bool {
  const entry = insert(statePtr, slot, lo, hi, length, keyPtr, length);
  if (!entry) return false;
  store<f64>(entry, value, ENTRY_VALUE);
  return true;
}
