/** Reading a line by a template (json-learn.ts): what stands between the values is compared, the values are read. */
import { TAG_JSON, TAG_STRING, VECTOR_TAGS } from "../abi";
import { stringStop } from "../values/json-scan";
import { slice } from "../vector";
import {
  BEGAN,
  BIT_BEGAN,
  BIT_STRING,
  BITS,
  CLOSE_AT,
  CLOSE_GAP,
  FIRST,
  GAP_BYTES,
  GAPS,
  gapAt,
  MASK,
  NODE,
  OBJECT_NODE,
  OBJECTS,
  objectAt,
  OPEN_AT,
  OPEN_GAP,
  TEXT,
  TEXT_LENGTH,
} from "./json-learn";
import { skipValue } from "./json-skip";
import { COLUMN, put } from "./json-table";
import { readValue } from "./json-value";

/** Reads the text from `p` to `end` for the row at hand; false where the template does not fit, or reading stops. */
export function readByTemplate(t: usize, template: usize, row: usize, p: usize, end: usize): bool {
  const last = gapAt(template, load<u32>(template, GAPS) - 1);
  for (let gap = gapAt(template, 0); gap < last; gap += GAP_BYTES) {
    const length = <usize>load<u32>(gap, TEXT_LENGTH);
    if (length >= end - p || !isText(gap, length, p)) return false;
    const bits = load<u32>(gap, BITS);
    if (bits & BIT_BEGAN) store<u32>(gap, <u32>p, BEGAN);
    p += length;
    const node = <usize>load<u32>(gap, NODE);
    if (load<u8>(p) == 34 && bits & BIT_STRING) {
      const from = p + 1;
      const close = stringStop(from, end);
      if (close < end && load<u8>(close) == 34) {
        if (node) {
          const column = <usize>load<u32>(node, COLUMN);
          if (column) {
            store<u64>(column + (row << 3), slice(from, <u32>(close - from)));
            store<u8>(column + VECTOR_TAGS + row, <u8>TAG_STRING);
          }
        }
        p = close + 1;
        continue;
      }
    }
    p = node ? readValue(t, node, p) : skipValue(t, p);
    if (!p) return false;
  }
  const length = <usize>load<u32>(last, TEXT_LENGTH);
  if (length != end - p || !isText(last, length, p)) return false;
  store<u32>(last, <u32>p, BEGAN);
  putObjects(t, template);
  return true;
}

/** Whether the text of the gap is at `p`. */
// @ts-ignore: decorator
@inline function isText(gap: usize, length: usize, p: usize): bool {
  if (length > 16) return isLongText(<usize>load<u32>(gap, TEXT), length, p);
  if (ASC_FEATURE_SIMD) {
    return !v128.any_true(v128.and(v128.xor(v128.load(p), v128.load(gap, FIRST)), v128.load(gap, MASK)));
  }
  const low = (load<u64>(p) ^ load<u64>(gap, FIRST)) & load<u64>(gap, MASK);
  return !(low | ((load<u64>(p, 8) ^ load<u64>(gap, FIRST + 8)) & load<u64>(gap, MASK + 8)));
}

/** The same for more than 16 bytes: the last 16 may overlap those in front of them. */
function isLongText(text: usize, length: usize, p: usize): bool {
  const last = p + length - 16;
  for (; p < last; p += 16, text += 16) if (!isSame16(text, p)) return false;
  return isSame16(text - (p - last), last);
}

// @ts-ignore: decorator
@inline function isSame16(a: usize, b: usize): bool {
  if (ASC_FEATURE_SIMD) return !v128.any_true(v128.xor(v128.load(a), v128.load(b)));
  return !((load<u64>(a) ^ load<u64>(b)) | (load<u64>(a, 8) ^ load<u64>(b, 8)));
}

/** The wanted objects among those that are part of the template. */
function putObjects(t: usize, template: usize): void {
  const objects = load<u32>(template, OBJECTS);
  for (let i: u32 = 0; i < objects; i++) {
    const object = objectAt(template, i);
    const node = <usize>load<u32>(object, OBJECT_NODE);
    if (!load<u32>(node, COLUMN)) continue;
    const open = load<u32>(gapAt(template, load<u32>(object, OPEN_GAP)), BEGAN) + load<u32>(object, OPEN_AT);
    const close = load<u32>(gapAt(template, load<u32>(object, CLOSE_GAP)), BEGAN) + load<u32>(object, CLOSE_AT);
    put(t, node, TAG_JSON, slice(open, close - open));
  }
}
