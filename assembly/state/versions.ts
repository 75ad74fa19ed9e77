/** Versions of a state: begin, commit, rollback; what keeps it small and its touches in order. */
import {
  BAD_SIZE,
  GROUP_AGGREGATES,
  GROUP_FORM,
  GROUP_KEYS,
  GROUP_SINGLE,
  NEED_JOURNAL,
  STATE_AREA,
  STATE_AREA_BYTES,
  STATE_CELLS,
  STATE_CELLS_BYTES,
  STATE_ENTRIES,
  STATE_JOURNAL,
  STATE_JOURNAL_NEXT,
  STATE_LIST,
  STATE_LIST_COUNT,
  STATE_LIVE,
  STATE_LOG,
  STATE_LOG_COUNT,
  STATE_NEW_ENTRY,
  STATE_NEW_SEGMENT,
  STATE_REFUSED,
  STATE_TEXT_BYTES,
  STATE_TIME,
  STATE_TOUCH,
  TABLE_COUNT,
  TABLE_KEY_BYTES,
  TABLE_SLOT_BITS,
  TABLE_SLOTS,
  TABLE_SLOT_BITS_MAX,
  TABLE_SLOT_BITS_MIN,
  TABLE_NEED,
  TABLE_LONGEST,
  NEED_NOTHING,
  CELL_NUMBER,
  TAG_JSON,
  TAG_STRING,
} from "../abi";
import { copyText } from "../bytes";
import { tagOfWord } from "../group/keys";
import { AGGREGATE_CELL, AGGREGATE_CELL_BYTES, aggregateAt, KEY_CELL, keyAt, loAt, SCRATCH_BYTES } from "../group/state";
import { CELL_TAG } from "../group/values";
import { probe } from "../hash";
import {
  BYTE_END,
  BYTE_NEXT,
  COUNT_MAX,
  ENTRY_ADDRESS,
  ENTRY_END,
  ENTRY_HI,
  ENTRY_LENGTH,
  ENTRY_NEXT,
  entriesBegin,
  entriesEnd,
  INLINE_KEY_BYTES,
  multiplierA,
  multiplierB,
  SEGMENT_END,
  SEGMENT_FIRST,
  SEGMENT_LAST,
  SEGMENT_NEXT,
  segmentFirst,
  segmentNext,
  slotMark,
  strideOf,
  tableCheck,
  takeBytes,
} from "../table";
import { slice } from "../vector";
import { ABSENT, areaOf, flagsOf, get, longKey, MARK, RECORD_CELLS, set, setFlags, STATE_SCRATCH_BYTES } from "./layout";
import { isTouch, remove, settle, timeOf } from "./store";

/** Bytes of the own part and scratch of a state; they come after those of its groups (`groupBytes`). */
export function stateBytes(): i32 {
  return STATE_AREA_BYTES + <i32>STATE_SCRATCH_BYTES;
}

/** Makes an empty state of what `groupInit` has made. The host then writes where cells are. */
export function stateInit(sink: usize): i32 {
  const status = tableCheck(sink);
  if (status < 0) return status;
  const area = loAt(sink) + SCRATCH_BYTES;
  memory.fill(area, 0, STATE_AREA_BYTES);
  store<u32>(sink, <u32>area, STATE_AREA);
  return 0;
}

// What a rollback puts back, in the order of the mark: words of the header, then those of the own part.
function swapMark(sink: usize, isBack: bool): void {
  const area = areaOf(sink);
  swap(area + MARK, sink + TABLE_KEY_BYTES, isBack);
  swap(area + MARK + 4, sink + TABLE_LONGEST, isBack);
  swap(area + MARK + 8, sink + ENTRY_NEXT, isBack);
  swap(area + MARK + 12, sink + ENTRY_END, isBack);
  swap(area + MARK + 16, sink + SEGMENT_FIRST, isBack);
  swap(area + MARK + 20, sink + SEGMENT_LAST, isBack);
  swap(area + MARK + 24, sink + BYTE_NEXT, isBack);
  swap(area + MARK + 28, sink + BYTE_END, isBack);
  swap(area + MARK + 32, area + STATE_LIVE, isBack);
  swap(area + MARK + 36, area + STATE_ENTRIES, isBack);
  swap(area + MARK + 40, area + STATE_TEXT_BYTES, isBack);
  swap(area + MARK + 44, area + STATE_LOG_COUNT, isBack);
}

function swap(mark: usize, place: usize, isBack: bool): void {
  if (isBack) store<u32>(place, load<u32>(mark));
  else store<u32>(mark, load<u32>(place));
}

/** Begins a version at a time, after one that was committed or rolled back. What that one changed is not known any more. */
export function stateBegin(sink: usize, time: f64): i32 {
  const status = tableCheck(sink);
  if (status < 0) return status;
  swapMark(sink, false);
  store<f64>(areaOf(sink) + STATE_TIME, time);
  set(sink, STATE_JOURNAL_NEXT, get(sink, STATE_JOURNAL));
  set(sink, STATE_REFUSED, 0);
  const last = load<u32>(sink, SEGMENT_LAST);
  set(sink, STATE_NEW_SEGMENT, last);
  set(sink, STATE_NEW_ENTRY, load<u32>(sink, ENTRY_NEXT));
  return 0;
}

/** Makes the version's changes final. The journal stays until the next version begins. Cost: what was changed. */
export function stateCommit(sink: usize): i32 {
  const status = tableCheck(sink);
  if (status < 0) return status;
  const recordBytes = <usize>get(sink, STATE_CELLS_BYTES) + RECORD_CELLS;
  const recordsEnd = <usize>get(sink, STATE_JOURNAL_NEXT);
  for (let record = <usize>get(sink, STATE_JOURNAL); record < recordsEnd; record += recordBytes) settle(sink, load<u32>(record));
  const stride = strideOf(sink);
  let segment = newSegment(sink);
  let entry = newEntry(sink, segment);
  for (; segment; segment = segmentNext(segment), entry = segment ? entriesBegin(segment) : 0) {
    const end = entriesEnd(sink, segment);
    for (; entry < end; entry += stride) settle(sink, entry);
  }
  return 0;
}

/** The segment with the first entry since the version began. */
function newSegment(sink: usize): usize {
  return get(sink, STATE_NEW_SEGMENT) ? <usize>get(sink, STATE_NEW_SEGMENT) : segmentFirst(sink);
}

function newEntry(sink: usize, segment: usize): usize {
  if (get(sink, STATE_NEW_SEGMENT)) return <usize>get(sink, STATE_NEW_ENTRY);
  return segment ? entriesBegin(segment) : 0;
}

/** Puts back what was there when the version began. The host then takes back the segments that the state was given since. */
export function stateRollback(sink: usize): i32 {
  const status = tableCheck(sink);
  if (status < 0) return status;
  const cells = get(sink, STATE_CELLS);
  const bytes = get(sink, STATE_CELLS_BYTES);
  const recordsEnd = <usize>get(sink, STATE_JOURNAL_NEXT);
  for (let record = <usize>get(sink, STATE_JOURNAL); record < recordsEnd; record += RECORD_CELLS + bytes) {
    const entry = <usize>load<u32>(record);
    setFlags(entry, 0);
    memory.copy(entry + cells, record + RECORD_CELLS, bytes);
  }
  swapMark(sink, true);
  const last = <usize>load<u32>(sink, SEGMENT_LAST);
  if (last) store<u32>(last, 0, SEGMENT_NEXT);
  set(sink, STATE_JOURNAL_NEXT, get(sink, STATE_JOURNAL));
  store<u32>(sink, NEED_NOTHING, TABLE_NEED);
  return stateRehash(sink, load<u32>(sink, TABLE_SLOTS), load<i32>(sink, TABLE_SLOT_BITS));
}

/** As `tableRehash`, without the keys that were removed. */
export function stateRehash(sink: usize, slotsPtr: usize, slotBits: i32): i32 {
  const status = tableCheck(sink);
  if (status < 0) return status;
  if (slotBits < TABLE_SLOT_BITS_MIN || slotBits > TABLE_SLOT_BITS_MAX) return BAD_SIZE;
  const slots: u32 = 1 << slotBits;
  memory.fill(slotsPtr, 0, <usize>slots << 2);
  store<u32>(sink, slotsPtr, TABLE_SLOTS);
  store<u32>(sink, slotBits, TABLE_SLOT_BITS);
  store<u32>(sink, slots >> 1, COUNT_MAX);
  store<u32>(sink, NEED_NOTHING, TABLE_NEED);
  const a = multiplierA(sink);
  const b = multiplierB(sink);
  const shift: u64 = 64 - <u64>slotBits;
  const mask: u32 = slots - 1;
  const stride = strideOf(sink);
  let count = 0;
  for (let segment = segmentFirst(sink); segment; segment = segmentNext(segment)) {
    const end = entriesEnd(sink, segment);
    for (let entry = entriesBegin(segment); entry < end; entry += stride) {
      if (flagsOf(entry) & ABSENT) continue;
      const hash = probe(load<u64>(entry), load<u64>(entry, ENTRY_HI), load<u32>(entry, ENTRY_LENGTH), a, b);
      let slot = <u32>(hash >> shift);
      while (load<u32>(slotsPtr + (<usize>slot << 2))) slot = (slot + 1) & mask;
      store<u32>(slotsPtr + (<usize>slot << 2), slotMark(<u32>(hash >> 32), slotBits) | <u32>(entry >> 5));
      count++;
    }
  }
  store<u32>(sink, count, TABLE_COUNT);
  return 0;
}

/** Bytes of text in keys and cells of the entries that are there, each rounded up as `stateCompact` places it. */
export function stateTextBytes(sink: usize): i32 {
  const status = tableCheck(sink);
  if (status < 0) return status;
  return <i32>walk(sink, false);
}

/**
 * Between versions: moves entries together, without those of removed keys; with a segment for all of their text (`bytes`, from `stateTextBytes`) that
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

/** Between versions: forgets touches that others followed, so that the list of touches has one for each key. */
export function stateSortTouches(sink: usize): i32 {
  const touch = get(sink, STATE_TOUCH);
  if (!touch) return 0;
  const log = <usize>get(sink, STATE_LOG);
  const count = get(sink, STATE_LOG_COUNT);
  let kept: u32 = 0;
  for (let place: u32 = 0; place < count; place++) {
    const entry = <usize>load<u32>(log + (<usize>place << 2));
    if (!isTouch(sink, entry, place)) continue;
    store<u32>(log + (<usize>kept << 2), <u32>entry);
    store<u32>(entry + touch, kept);
    kept++;
  }
  set(sink, STATE_LOG_COUNT, kept);
  return 0;
}

/** Lists the entries touched last before a time, from the one touched longest ago on, at `listPtr`, or only counts them (0); returns how many. */
export function stateIdle(sink: usize, before: f64, listPtr: usize): i32 {
  const status = tableCheck(sink);
  if (status < 0) return status;
  const log = <usize>get(sink, STATE_LOG);
  const count = get(sink, STATE_LOG_COUNT);
  let idle = 0;
  for (let place: u32 = 0; place < count; place++) {
    const entry = <usize>load<u32>(log + (<usize>place << 2));
    if (!isTouch(sink, entry, place)) continue;
    if (timeOf(sink, entry) >= before) break;
    if (listPtr) store<u32>(listPtr + (<usize>idle << 2), <u32>entry);
    idle++;
  }
  return idle;
}

/** Lists the entries that the version has changed or made and that are there, at `listPtr`, or only counts them (0); returns how many. */
export function stateChanged(sink: usize, listPtr: usize): i32 {
  const status = tableCheck(sink);
  if (status < 0) return status;
  const recordBytes = <usize>get(sink, STATE_CELLS_BYTES) + RECORD_CELLS;
  const recordsEnd = <usize>get(sink, STATE_JOURNAL_NEXT);
  let count = 0;
  for (let record = <usize>get(sink, STATE_JOURNAL); record < recordsEnd; record += recordBytes) {
    count += listEntry(listPtr, count, <usize>load<u32>(record));
  }
  const stride = strideOf(sink);
  let segment = newSegment(sink);
  let entry = newEntry(sink, segment);
  for (; segment; segment = segmentNext(segment), entry = segment ? entriesBegin(segment) : 0) {
    const end = entriesEnd(sink, segment);
    for (; entry < end; entry += stride) count += listEntry(listPtr, count, entry);
  }
  return count;
}

function listEntry(listPtr: usize, count: i32, entry: usize): i32 {
  if (flagsOf(entry) & ABSENT) return 0;
  if (listPtr) store<u32>(listPtr + (<usize>count << 2), <u32>entry);
  return 1;
}

/** Removes the keys of the listed entries from number `from` on; returns how many are done, fewer where the journal lacks room. */
export function stateRemove(sink: usize, from: i32): i32 {
  const status = tableCheck(sink);
  if (status < 0) return status;
  const list = <usize>get(sink, STATE_LIST);
  const count = get(sink, STATE_LIST_COUNT);
  for (let i = <u32>from; i < count; i++) if (remove(sink, load<u32>(list + (<usize>i << 2))) == NEED_JOURNAL) return i;
  return count;
}
