import { abi } from "#kernel";
import { KernelError } from "../errors.js";
import type { MemoryReader } from "./reader.js";
import type { StateLayout } from "./state-layout.js";
import { readTagged, type VectorValue } from "./vector.js";
import { decodeWtf8 } from "./wtf8.js";

/** What a state had of one key. */
export interface SalvagedEntry {
  /** Of the entry in the order of insertion, removed ones counted. */
  readonly place: number;
  readonly key: readonly VectorValue[];
  readonly leaves: readonly VectorValue[];
  /** Time of the last touch, and its place among all touches; 0 where they do not count. */
  readonly timeMs: number;
  readonly touch: number;
}

// As in assembly/table.ts, assembly/group/keys.ts and assembly/state/layout.ts.
const ENTRY_LENGTH = 16;
const ENTRY_ADDRESS = 20;
const SEGMENT_END = 4;
const INLINE_KEY_BYTES = 16;
const WORD_TAG_SHIFT = 28;
const WORD_UNDEFINED = 8;
const FLAGS = 7;
const ABSENT = 2;
const RECORD_CELLS = 8;
const CELL_TAG = 8;
const MARK_ENTRY_NEXT = 8;
const MARK_SEGMENT_FIRST = 16;
const MARK_SEGMENT_LAST = 20;
const MARK_LIVE = 32;

/**
 * Reads a state in a memory that no kernel can be trusted with any more, in order of insertion; what a version did that had not ended counts for nothing.
 *
 * **Errors:** `KernelError` "state-lost" where it is not whole.
 */
export function salvageState(reader: MemoryReader, ptr: number, layout: StateLayout, isOpen: boolean): SalvagedEntry[] {
  const { view } = reader;
  const word = (at: number) => view.getUint32(at, true);
  try {
    const area = word(ptr + abi.STATE_AREA);
    const mark = area + abi.STATE_MARK;
    const first = word(isOpen ? mark + MARK_SEGMENT_FIRST : ptr + abi.TABLE_SEGMENT_FIRST);
    const last = word(isOpen ? mark + MARK_SEGMENT_LAST : ptr + abi.TABLE_SEGMENT_LAST);
    const next = word(isOpen ? mark + MARK_ENTRY_NEXT : ptr + abi.TABLE_ENTRY_NEXT);
    const live = word(isOpen ? mark + MARK_LIVE : area + abi.STATE_LIVE);
    const cellsBefore = isOpen ? journalOf(reader, area, layout) : new Map<number, number>();
    const entries: SalvagedEntry[] = [];
    let place = 0;
    for (let segment = first; segment !== 0; segment = segment === last ? 0 : word(segment)) {
      const end = segment === last ? next : word(segment + SEGMENT_END);
      for (let at = segment + abi.TABLE_SEGMENT_HEADER_BYTES; at < end; at += layout.stride, place++) {
        const before = cellsBefore.get(at);
        const isThere = before !== undefined || (word(at + ENTRY_ADDRESS) & ABSENT) === 0;
        if (isThere) entries.push({ place, ...entryAt(reader, at, before ?? at + layout.cells, layout) });
        if (entries.length > live) break;
      }
    }
    if (entries.length === live) return entries;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw new KernelError("The state was damaged by a trap of the kernel and is lost.", { code: "state-lost" });
}

/** Of each entry that the version has changed where its cells lie as they were. */
function journalOf({ view }: MemoryReader, area: number, { cellsBytes }: StateLayout): Map<number, number> {
  const cells = new Map<number, number>();
  const end = view.getUint32(area + abi.STATE_JOURNAL_NEXT, true);
  for (let at = view.getUint32(area + abi.STATE_JOURNAL, true); at < end; at += RECORD_CELLS + cellsBytes) {
    cells.set(view.getUint32(at, true), at + RECORD_CELLS);
  }
  return cells;
}

function entryAt(
  reader: MemoryReader,
  at: number,
  cellsAt: number,
  { keyCells, leaves, touchCell, cells }: StateLayout,
): Omit<SalvagedEntry, "place"> {
  const { view } = reader;
  const cell = (place: number, bytes: number) => {
    const tag = bytes === abi.CELL_NUMBER ? abi.TAG_NUMBER : view.getUint8(place + CELL_TAG);
    return readTagged(reader, place, tag);
  };
  const touchAt = cellsAt + touchCell - cells;
  return {
    key: keyCells.length > 0 ? keyCells.map((offset) => cell(at + offset, abi.CELL_VALUE)) : [singleKey(reader, at)],
    leaves: leaves.map(({ cell: offset, bytes }) => cell(cellsAt + offset - cells, bytes)),
    touch: touchCell === 0 ? 0 : view.getUint32(touchAt, true),
    timeMs: touchCell === 0 ? 0 : view.getFloat64(touchAt + 8, true),
  };
}

function singleKey(reader: MemoryReader, at: number): VectorValue {
  const { view } = reader;
  const word = view.getUint32(at + ENTRY_LENGTH, true);
  const tag = word >>> WORD_TAG_SHIFT;
  if (tag === WORD_UNDEFINED) return undefined;
  if (tag !== 0) return readTagged(reader, at, tag);
  const text = word <= INLINE_KEY_BYTES ? at : (view.getUint32(at + ENTRY_ADDRESS, true) & ~FLAGS) >>> 0;
  return decodeWtf8(reader.copyOut(text, word));
}
