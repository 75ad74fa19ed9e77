/** Changes of entries, each in the journal before it happens. */
import {
  CELL_NUMBER,
  GROUP_AGGREGATES,
  NEED_BAIL,
  NEED_BYTES,
  NEED_JOURNAL,
  STATE_CELLS,
  STATE_CELLS_BYTES,
  STATE_JOURNAL_END,
  STATE_JOURNAL_NEXT,
  STATE_LIVE,
  STATE_LOG,
  STATE_LOG_COUNT,
  STATE_LOG_ROOM,
  STATE_REFUSED,
  STATE_TEXT_BYTES,
  STATE_TIME,
  STATE_TOUCH,
  TABLE_NEED,
  TAG_JSON,
  TAG_NUMBER,
  TAG_STRING,
  VECTOR_ROWS,
  VECTOR_TAGS,
} from "../abi";
import { copyText } from "../bytes";
import { LENGTH_MAX } from "../group/keys";
import { AGGREGATE_CELL, AGGREGATE_CELL_BYTES, aggregateAt, entriesAt } from "../group/state";
import { CELL_TAG } from "../group/values";
import { takeBytes } from "../table";
import { payloads, slice } from "../vector";
import { add } from "./find";
import { ABSENT, areaOf, flagsOf, get, RECORD_CELLS, set, setFlags, TOUCHED } from "./layout";

const CELL_CAPACITY: usize = 12;
const TOUCH_TIME: usize = 8;

/** Brings what an entry is to the journal, where this version has not changed it yet; false where that lacks room. */
export function keep(sink: usize, entry: usize): bool {
  const flags = flagsOf(entry);
  if (flags & TOUCHED) return true;
  const bytes = get(sink, STATE_CELLS_BYTES);
  const record = get(sink, STATE_JOURNAL_NEXT);
  if (record + <u32>RECORD_CELLS + bytes > get(sink, STATE_JOURNAL_END)) return false;
  store<u32>(<usize>record, <u32>entry);
  memory.copy(<usize>record + RECORD_CELLS, entry + get(sink, STATE_CELLS), bytes);
  set(sink, STATE_JOURNAL_NEXT, record + <u32>RECORD_CELLS + bytes);
  setFlags(entry, flags | TOUCHED);
  return true;
}

/** Removes the key of an entry that is there: 0, or `NEED_JOURNAL`. */
export function remove(sink: usize, entry: usize): i32 {
  if (!keep(sink, entry)) return NEED_JOURNAL;
  setFlags(entry, flagsOf(entry) | ABSENT);
  set(sink, STATE_LIVE, get(sink, STATE_LIVE) - 1);
  return 0;
}

/**
 * Gives the key of a row, whose entry is among those at hand, the state that row `at` of registers has: 0, or what is needed, when calling it again does
 * nothing twice. `next`: registers u32, one a leaf. The entry at hand gets 1 more.
 */
export function put(state: usize, sink: usize, row: i32, next: usize, at: i32): i32 {
  const place = entriesAt(sink) + (<usize>row << 2);
  let entry = <usize>load<u32>(place) & ~1;
  if (!entry) {
    entry = add(state, sink, row);
    if (!entry) return load<i32>(sink, TABLE_NEED);
    store<u32>(place, <u32>entry | 1);
  } else if (!keep(sink, entry)) return NEED_JOURNAL;
  const leaves = load<u32>(sink, GROUP_AGGREGATES);
  for (let i: u32 = 0; i < leaves; i++) {
    const leaf = aggregateAt(sink, i);
    const cell = entry + <usize>load<u32>(leaf, AGGREGATE_CELL);
    const values = payloads(state, load<i32>(next + (<usize>i << 2)));
    const payload = load<u64>(values + (<usize>at << 3));
    const tag = load<u8>(values + VECTOR_TAGS + at);
    if (load<u32>(leaf, AGGREGATE_CELL_BYTES) == CELL_NUMBER) {
      if (tag != TAG_NUMBER) {
        set(sink, STATE_REFUSED, 1);
        return NEED_BAIL;
      }
      store<u64>(cell, payload);
    } else {
      const need = putValue(sink, cell, payload, tag);
      if (need) return need;
    }
  }
  store<u32>(place, <u32>entry | 1);
  return 0;
}

/** Puts a value into a cell. Text of this version is written over where it has room; older text stays, as the journal has it. */
function putValue(sink: usize, cell: usize, payload: u64, tag: u8): i32 {
  if (tag != TAG_STRING && tag != TAG_JSON) {
    store<u64>(cell, payload);
    store<u64>(cell, tag, CELL_TAG);
    return 0;
  }
  const bytes = <u32>(payload >> 32);
  if (bytes > LENGTH_MAX) return NEED_BAIL;
  const capacity = load<u32>(cell, CELL_CAPACITY);
  let ptr = <usize>load<u32>(cell);
  if (bytes > capacity || !capacity) {
    const room = ((bytes + 15) & ~15) * (capacity ? 2 : 1) + (bytes ? 0 : 16);
    ptr = takeBytes(sink, room);
    if (!ptr) return NEED_BYTES;
    store<u32>(cell, room, CELL_CAPACITY);
    set(sink, STATE_TEXT_BYTES, get(sink, STATE_TEXT_BYTES) + room);
  }
  copyText(ptr, <usize>(<u32>payload), bytes);
  store<u64>(cell, slice(ptr, bytes));
  store<u32>(cell, tag, CELL_TAG);
  return 0;
}

/** Whether there is room for the touches of a vector, where touches count. */
export function hasTouchRoom(sink: usize): bool {
  return !get(sink, STATE_TOUCH) || get(sink, STATE_LOG_COUNT) + VECTOR_ROWS <= get(sink, STATE_LOG_ROOM);
}

/** Notes that this version touched an entry last. There is room. */
export function touch(sink: usize, entry: usize): void {
  const cell = <usize>get(sink, STATE_TOUCH);
  const count = get(sink, STATE_LOG_COUNT);
  store<u32>(<usize>get(sink, STATE_LOG) + (<usize>count << 2), <u32>entry);
  set(sink, STATE_LOG_COUNT, count + 1);
  store<u32>(entry + cell, count);
  store<f64>(entry + cell, load<f64>(areaOf(sink) + STATE_TIME), TOUCH_TIME);
}

/** Time of the version that touched an entry last. */
export function timeOf(sink: usize, entry: usize): f64 {
  return load<f64>(entry + get(sink, STATE_TOUCH), TOUCH_TIME);
}

/** Whether an entry is there, and its last touch is the one with this place in the order. */
export function isTouch(sink: usize, entry: usize, place: u32): bool {
  return !(flagsOf(entry) & ABSENT) && load<u32>(entry + get(sink, STATE_TOUCH)) == place;
}

/** From now on the text of an entry is that of an older version. */
export function settle(sink: usize, entry: usize): void {
  setFlags(entry, flagsOf(entry) & ~TOUCHED);
  const leaves = load<u32>(sink, GROUP_AGGREGATES);
  for (let i: u32 = 0; i < leaves; i++) {
    const leaf = aggregateAt(sink, i);
    if (load<u32>(leaf, AGGREGATE_CELL_BYTES) != CELL_NUMBER) {
      store<u32>(entry + <usize>load<u32>(leaf, AGGREGATE_CELL), 0, CELL_CAPACITY);
    }
  }
}
