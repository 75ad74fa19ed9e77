/**
 * What a version of a state in frames has changed: pairs of key and state, each key once. Keys of the version before that are still there come first, in their
 * order; new ones follow. So one pass over both is enough, and a key that is not where it should be is gone.
 *
 *     header (64 bytes, `CHANGES_*`)
 */
import {
  BLOCK_ROWS,
  CHANGES_COLUMNS,
  CHANGES_GONE,
  CHANGES_GONE_COUNT,
  CHANGES_KEYS,
  CHANGES_KNOWN,
  CHANGES_KNOWN_COUNT,
  CHANGES_MADE,
  CHANGES_MADE_COUNT,
  CHANGES_ROW_COUNT,
  COLUMN_ANY,
  COLUMN_BOOLEAN,
  COLUMN_UTF8,
  ORDER_REFS,
  TAG_JSON,
  TAG_STRING,
} from "../abi";
import { bufferA, bufferB, columnAt, kindOf } from "../block";
import { sameString, sameText } from "../values/text-same";
import { areSameKeys, cellPayload, cellTag } from "./cells";

/** Rows that are compared at once. */
const SPAN: u32 = 64;

/** Lists the rows of the version before that are gone, and those of the new one that are new or others. */
export function frameChanges(changes: usize): i32 {
  const known = <usize>load<u32>(changes, CHANGES_KNOWN);
  const knownCount = load<u32>(changes, CHANGES_KNOWN_COUNT);
  const made = <usize>load<u32>(changes, CHANGES_MADE);
  const madeCount = load<u32>(changes, CHANGES_MADE_COUNT);
  const keys = load<u32>(changes, CHANGES_KEYS);
  const columns = load<u32>(changes, CHANGES_COLUMNS);
  const gone = <usize>load<u32>(changes, CHANGES_GONE);
  let goneNext = gone;
  const refs = <usize>load<u32>(changes, ORDER_REFS);
  let refNext = refs;
  let at: u32 = 0;
  let row: u32 = 0;
  let place: u32 = 0;
  let old: usize = knownCount ? <usize>load<u32>(known) : 0;
  for (let i: u32 = 0; i < madeCount; i++) {
    const frame = <usize>load<u32>(made + (<usize>i << 2));
    const rows = load<u32>(frame, BLOCK_ROWS);
    for (let own: u32 = 0; own < rows; own++) {
      if (at < knownCount && row + SPAN <= load<u32>(old, BLOCK_ROWS) && own + SPAN <= rows && isSameSpan(old, row, frame, own, 0, keys)) {
        // Keys of many rows at once, most of which have not changed.
        if (!isSameSpan(old, row, frame, own, keys, columns)) {
          for (let i: u32 = 0; i < SPAN; i++) {
            if (hasSameCells(old, row + i, frame, own + i, keys, columns)) continue;
            store<u64>(refNext, (<u64>(own + i) << 32) | <u64>frame);
            refNext += 8;
          }
        }
        row += SPAN;
        place += SPAN;
        own += SPAN - 1;
        continue;
      }
      let isKnown = false;
      while (at < knownCount && !isKnown) {
        if (row == load<u32>(old, BLOCK_ROWS)) {
          at++;
          row = 0;
          old = at < knownCount ? <usize>load<u32>(known + (<usize>at << 2)) : 0;
          continue;
        }
        isKnown = hasSameKey(old, row, frame, own, keys);
        if (isKnown) break;
        store<u32>(goneNext, place++);
        goneNext += 4;
        row++;
      }
      if (!isKnown || !hasSameCells(old, row, frame, own, keys, columns)) {
        store<u64>(refNext, (<u64>own << 32) | <u64>frame);
        refNext += 8;
      }
      if (isKnown) {
        row++;
        place++;
      }
    }
  }
  for (; at < knownCount; at++, row = 0) {
    const left = load<u32>(<usize>load<u32>(known + (<usize>at << 2)), BLOCK_ROWS);
    for (; row < left; row++, goneNext += 4) store<u32>(goneNext, place++);
  }
  store<u32>(changes, <u32>((goneNext - gone) >> 2), CHANGES_GONE_COUNT);
  store<u32>(changes, <u32>((refNext - refs) >> 3), CHANGES_ROW_COUNT);
  return 0;
}

/** Whether the columns from `from` to `to` hold the same in `SPAN` rows, byte by byte: false where that is not sure. */
function isSameSpan(a: usize, aRow: u32, b: usize, bRow: u32, from: u32, to: u32): bool {
  for (let i = from; i < to; i++) {
    const x = columnAt(a, i);
    const y = columnAt(b, i);
    const kind = kindOf(x);
    if (kind != kindOf(y) || kind == COLUMN_ANY) return false;
    let one = bufferA(a, x);
    let other = bufferA(b, y);
    let bytes = SPAN;
    if (kind == COLUMN_UTF8) {
      one += <usize>aRow << 2;
      other += <usize>bRow << 2;
      const begin = load<u32>(one);
      const shift = load<u32>(other) - begin;
      for (let row: u32 = 1; row <= SPAN; row++) {
        if (load<u32>(other + (<usize>row << 2)) - load<u32>(one + (<usize>row << 2)) != shift) return false;
      }
      bytes = load<u32>(one + (<usize>SPAN << 2)) - begin;
      one = bufferB(a, x) + begin;
      other = bufferB(b, y) + begin + shift;
    } else if (kind == COLUMN_BOOLEAN) {
      one += aRow;
      other += bRow;
    } else {
      one += <usize>aRow << 3;
      other += <usize>bRow << 3;
      bytes = SPAN << 3;
    }
    if (!sameText(one, other, bytes)) return false;
  }
  return true;
}

function hasSameKey(a: usize, aRow: u32, b: usize, bRow: u32, keys: u32): bool {
  for (let i: u32 = 0; i < keys; i++) {
    const x = columnAt(a, i);
    const y = columnAt(b, i);
    if (!areSameKeys(cellPayload(a, x, aRow), cellTag(a, x, aRow), cellPayload(b, y, bRow), cellTag(b, y, bRow))) return false;
  }
  return true;
}

/** Whether the columns from `from` to `to` hold the same to the bit. */
function hasSameCells(a: usize, aRow: u32, b: usize, bRow: u32, from: u32, to: u32): bool {
  for (let i = from; i < to; i++) {
    const x = columnAt(a, i);
    const y = columnAt(b, i);
    const tag = cellTag(a, x, aRow);
    if (tag != cellTag(b, y, bRow)) return false;
    const one = cellPayload(a, x, aRow);
    const other = cellPayload(b, y, bRow);
    if (tag == TAG_STRING || tag == TAG_JSON ? !sameString(one, other) : one != other) return false;
  }
  return true;
}
