/** What keeps a state small: entries of removed keys go, text moves together. */
import {
  CELL_NUMBER,
  GROUP_AGGREGATES,
  GROUP_FORM,
  GROUP_KEYS,
  GROUP_SINGLE,
  STATE_ENTRIES,
  STATE_LOG,
  STATE_NUMBER,
  STATE_TEXT_BYTES,
  STATE_TOUCH,
  TABLE_SLOT_BITS,
  TABLE_SLOTS,
  TAG_JSON,
  TAG_STRING,
} from "../abi";
import { copyText } from "../bytes";
import { tagOfWord } from "../group/keys";
import { AGGREGATE_CELL, AGGREGATE_CELL_BYTES, aggregateAt, KEY_CELL, keyAt } from "../group/state";
import { CELL_TAG } from "../group/values";
import {
  BYTE_END,
  BYTE_NEXT,
  entriesBegin,
  entriesEnd,
  ENTRY_ADDRESS,
  ENTRY_END,
  ENTRY_LENGTH,
  ENTRY_NEXT,
  INLINE_KEY_BYTES,
  SEGMENT_END,
  SEGMENT_LAST,
  SEGMENT_NEXT,
  segmentFirst,
  segmentNext,
  strideOf,
  tableCheck,
  takeBytes,
} from "../table";
import { slice } from "../vector";
import { ABSENT, flagsOf, get, longKey, set } from "./layout";
import { stateSortTouches } from "./lists";
import { stateRehash } from "./versions";

/** Bytes of text in keys and cells of the entries that are there, each rounded up as `stateCompact` places it. */
export function stateTextBytes(sink: usize): i32 {
  const status = tableCheck(sink);
  if (status < 0) return status;
  return <i32>walk(sink, false);
}

/**
 * Between versions: moves entries together, without those of removed keys, and numbers them anew where they have numbers; with a segment for all of their text (`bytes`, from `stateTextBytes`) that
 * moves there, too. The host then takes back the segments after the last one and, with text, the older ones of text.
 */
export function stateCompact(sink: usize, textPtr: usize, bytes: u32): i32 {
  const status = tableCheck(sink);
  if (status < 0) return status;
  stateSortTouches(sink);
  if (textPtr) {
    store<u32>(sink, <u32>textPtr, BYTE_NEXT);
    store<u32>(sink, <u32>textPtr + bytes, BYTE_END);
    set(sink, STATE_TEXT_BYTES, 0);
  }
  const stride = strideOf(sink);
  const log = <usize>get(sink, STATE_LOG);
  const touch = get(sink, STATE_TOUCH);
  const number = get(sink, STATE_NUMBER);
  let toSegment = segmentFirst(sink);
  if (!toSegment) return 0;
  let to = entriesBegin(toSegment);
  let toEnd = roomEnd(sink, toSegment);
  let kept = 0;
  for (let segment = toSegment; segment; segment = segmentNext(segment)) {
    const end = entriesEnd(sink, segment);
    for (let entry = entriesBegin(segment); entry < end; entry += stride) {
      if (flagsOf(entry) & ABSENT) continue;
      if (to == toEnd) {
        toSegment = segmentNext(toSegment);
        to = entriesBegin(toSegment);
        toEnd = roomEnd(sink, toSegment);
      }
      if (to != entry) memory.copy(to, entry, stride);
      if (touch) store<u32>(log + (<usize>load<u32>(to + touch) << 2), <u32>to);
      if (number) store<f64>(to + number, <f64>kept);
      to += stride;
      kept++;
    }
  }
  store<u32>(toSegment, 0, SEGMENT_NEXT);
  store<u32>(sink, <u32>toSegment, SEGMENT_LAST);
  store<u32>(sink, <u32>to, ENTRY_NEXT);
  store<u32>(sink, <u32>toEnd, ENTRY_END);
  set(sink, STATE_ENTRIES, kept);
  if (textPtr) walk(sink, true);
  return stateRehash(sink, load<u32>(sink, TABLE_SLOTS), load<i32>(sink, TABLE_SLOT_BITS));
}

/** Where the entries that a segment has room for end. Older segments are full. */
function roomEnd(sink: usize, segment: usize): usize {
  const isLast = segment == <usize>load<u32>(sink, SEGMENT_LAST);
  return <usize>(isLast ? load<u32>(sink, ENTRY_END) : load<u32>(segment, SEGMENT_END));
}

/** Bytes of the text of all entries that are there; moved to where `takeBytes` says, if asked for. */
function walk(sink: usize, moves: bool): u32 {
  const stride = strideOf(sink);
  const keys: u32 = load<i32>(sink, GROUP_FORM) == GROUP_SINGLE ? 0 : load<u32>(sink, GROUP_KEYS);
  const leaves = load<u32>(sink, GROUP_AGGREGATES);
  let bytes: u32 = 0;
  for (let segment = segmentFirst(sink); segment; segment = segmentNext(segment)) {
    const end = entriesEnd(sink, segment);
    for (let entry = entriesBegin(segment); entry < end; entry += stride) {
      if (flagsOf(entry) & ABSENT) continue;
      const word = load<u32>(entry, ENTRY_LENGTH);
      if (!keys && tagOfWord(word) == TAG_STRING && word > INLINE_KEY_BYTES) {
        bytes += rounded(word);
        if (moves) {
          const ptr = moved(sink, longKey(entry), word);
          store<u32>(entry, <u32>ptr | flagsOf(entry), ENTRY_ADDRESS);
        }
      }
      for (let i: u32 = 0; i < keys; i++) bytes += cellText(sink, entry + <usize>load<u32>(keyAt(sink, i), KEY_CELL), moves);
      for (let i: u32 = 0; i < leaves; i++) {
        const leaf = aggregateAt(sink, i);
        if (load<u32>(leaf, AGGREGATE_CELL_BYTES) == CELL_NUMBER) continue;
        const text = cellText(sink, entry + <usize>load<u32>(leaf, AGGREGATE_CELL), moves);
        bytes += text;
        if (moves) set(sink, STATE_TEXT_BYTES, get(sink, STATE_TEXT_BYTES) + text);
      }
    }
  }
  return bytes;
}

function cellText(sink: usize, cell: usize, moves: bool): u32 {
  const tag = load<u8>(cell, CELL_TAG);
  if (tag != TAG_STRING && tag != TAG_JSON) return 0;
  const bytes = load<u32>(cell, 4);
  if (moves) store<u64>(cell, slice(moved(sink, <usize>load<u32>(cell), bytes), bytes));
  return rounded(bytes);
}

function moved(sink: usize, from: usize, bytes: u32): usize {
  const ptr = takeBytes(sink, rounded(bytes));
  copyText(ptr, from, bytes);
  return ptr;
}

function rounded(bytes: u32): u32 {
  return bytes ? (bytes + 15) & ~15 : 16;
}
