import { decodeWtf8 } from "../kernel/wtf8.js";

/** Beyond this many bytes texts are decoded one by one: together they might be longer than a string can be. */
const BYTES_TOGETHER_MAX = 64 * 1024 * 1024;

/**
 * The texts that lie in `bytes`, which is WTF-8, at offsets from `begins` to `ends`, both counted from `base`. All of them are decoded at once and
 * cut as strings; of ASCII, the common case, offsets are lengths. Cost: that of the bytes, and of a `slice` for each text.
 */
export function cutTexts(bytes: Uint8Array, begins: Int32Array, ends: Int32Array, base: number): string[] {
  const count = begins.length;
  const texts: string[] = new Array(count);
  if (bytes.length > BYTES_TOGETHER_MAX) {
    for (let i = 0; i < count; i++) texts[i] = decodeWtf8(bytes.subarray(begins[i]! - base, ends[i]! - base));
    return texts;
  }
  const whole = decodeWtf8(bytes);
  if (whole.length === bytes.length) {
    for (let i = 0; i < count; i++) texts[i] = whole.slice(begins[i]! - base, ends[i]! - base);
    return texts;
  }
  // `at` bytes are `units` UTF-16 units.
  let at = 0;
  let units = 0;
  const unitsTo = (offset: number): number => {
    if (offset < at) at = units = 0;
    for (; at < offset; at++) {
      const byte = bytes[at]!;
      // A continuation starts no character; four bytes are a pair of surrogates.
      if ((byte & 0xc0) !== 0x80) units += byte >= 0xf0 ? 2 : 1;
    }
    return units;
  };
  for (let i = 0; i < count; i++) {
    const begin = unitsTo(begins[i]! - base);
    texts[i] = whole.slice(begin, unitsTo(ends[i]! - base));
  }
  return texts;
}
