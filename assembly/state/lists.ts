/** Entries of a state that are asked for: those idle for long, those changed by a version; and the order of touches, which says so. */
import {
  NEED_JOURNAL,
  STATE_CELLS_BYTES,
  STATE_JOURNAL,
  STATE_JOURNAL_NEXT,
  STATE_LIST,
  STATE_LIST_COUNT,
  STATE_LOG,
  STATE_LOG_COUNT,
  STATE_TOUCH,
} from "../abi";
import { entriesBegin, entriesEnd, segmentNext, strideOf, tableCheck } from "../table";
import { ABSENT, flagsOf, get, RECORD_CELLS, set } from "./layout";
import { isTouch, remove, timeOf } from "./store";
import { newEntry, newSegment } from "./versions";

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

/** As `stateChanged`, the entries of keys that were there when the version began and that it has removed. */
export function stateGone(sink: usize, listPtr: usize): i32 {
  const status = tableCheck(sink);
  if (status < 0) return status;
  const recordBytes = <usize>get(sink, STATE_CELLS_BYTES) + RECORD_CELLS;
  const recordsEnd = <usize>get(sink, STATE_JOURNAL_NEXT);
  let count = 0;
  for (let record = <usize>get(sink, STATE_JOURNAL); record < recordsEnd; record += recordBytes) {
    const entry = load<u32>(record);
    if (!(flagsOf(entry) & ABSENT)) continue;
    if (listPtr) store<u32>(listPtr + (<usize>count << 2), entry);
    count++;
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
