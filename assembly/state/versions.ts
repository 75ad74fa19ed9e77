/** Versions of a state: begin, commit, rollback. */
import {
  BAD_SIZE,
  NEED_NOTHING,
  STATE_AREA,
  STATE_AREA_BYTES,
  STATE_CELLS,
  STATE_CELLS_BYTES,
  STATE_ENTRIES,
  STATE_JOURNAL,
  STATE_JOURNAL_NEXT,
  STATE_LIVE,
  STATE_LOG_COUNT,
  STATE_NEW_ENTRY,
  STATE_NEW_SEGMENT,
  STATE_REFUSED,
  STATE_TEXT_BYTES,
  STATE_TIME,
  TABLE_COUNT,
  TABLE_KEY_BYTES,
  TABLE_LONGEST,
  TABLE_NEED,
  TABLE_SLOT_BITS,
  TABLE_SLOT_BITS_MAX,
  TABLE_SLOT_BITS_MIN,
  TABLE_SLOTS,
} from "../abi";
import { loAt, SCRATCH_BYTES } from "../group/state";
import { probe } from "../hash";
import {
  BYTE_END,
  BYTE_NEXT,
  COUNT_MAX,
  entriesBegin,
  entriesEnd,
  ENTRY_END,
  ENTRY_HI,
  ENTRY_LENGTH,
  ENTRY_NEXT,
  multiplierA,
  multiplierB,
  SEGMENT_FIRST,
  SEGMENT_LAST,
  SEGMENT_NEXT,
  segmentFirst,
  segmentNext,
  slotMark,
  strideOf,
  tableCheck,
} from "../table";
import { ABSENT, areaOf, flagsOf, get, MARK, RECORD_CELLS, set, setFlags, STATE_SCRATCH_BYTES } from "./layout";
import { settle } from "./store";

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
export function newSegment(sink: usize): usize {
  return get(sink, STATE_NEW_SEGMENT) ? <usize>get(sink, STATE_NEW_SEGMENT) : segmentFirst(sink);
}

export function newEntry(sink: usize, segment: usize): usize {
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
