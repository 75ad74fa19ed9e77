/** The bytes of JSON text between its values: white space, strings as they are written, words. */

/** Address of the first byte from `p` on that ends a plain run of a string: a quote, a backslash, a control character; `end` or more where there is none. */
// @ts-ignore: decorator
@inline export function stringStop(p: usize, end: usize): usize {
  if (ASC_FEATURE_SIMD) {
    const quotes = i8x16.splat(34);
    const backslashes = i8x16.splat(92);
    const spaces = i8x16.splat(32);
    while (p < end) {
      const bytes = v128.load(p);
      const stops = i8x16.bitmask(
        v128.or(v128.or(i8x16.eq(bytes, quotes), i8x16.eq(bytes, backslashes)), i8x16.lt_u(bytes, spaces)),
      );
      if (stops) return p + ctz(stops);
      p += 16;
    }
    return p;
  }
  while (p < end) {
    const byte = load<u8>(p);
    if (byte == 34 || byte == 92 || byte < 32) break;
    p++;
  }
  return p;
}

/** Address of the first byte from `p` on that is not white space, at most `end`. */
// @ts-ignore: decorator
@inline export function skipSpace(p: usize, end: usize): usize {
  while (p < end) {
    const byte = load<u8>(p);
    if (byte > 32 || !isSpace(byte)) break;
    p++;
  }
  return p;
}

// @ts-ignore: decorator
@inline function isSpace(byte: u8): bool {
  return byte == 32 || byte == 10 || byte == 13 || byte == 9;
}

/** Length of the word true, false or null at `p`; 0 where there is none. */
export function wordLength(p: usize, end: usize): usize {
  const word = load<u32>(p);
  // "true", "null", "fals".
  if ((word == 0x65757274 || word == 0x6c6c756e) && p + 4 <= end) return 4;
  return word == 0x736c6166 && p + 5 <= end && load<u8>(p, 4) == 101 ? 5 : 0;
}

/** Where the string whose content starts at `ptr` stops: at the quote that closes it, or at a fault, which is no quote or not before `end`. */
export function stringClose(ptr: usize, end: usize): usize {
  let p = stringStop(ptr, end);
  while (p < end && load<u8>(p) == 92) {
    const length = escapeLength(p, end);
    if (!length) break;
    p = stringStop(p + length, end);
  }
  return p;
}

/** Bytes of the escape at `p`, 0 where it is not one. */
function escapeLength(p: usize, end: usize): usize {
  if (p + 1 >= end) return 0;
  switch (<i32>load<u8>(p, 1)) {
    case 34:
    case 47:
    case 92:
    case 98:
    case 102:
    case 110:
    case 114:
    case 116:
      return 2;
    case 117:
      return p + 6 <= end && hex4(p + 2) >= 0 ? 6 : 0;
    default:
      return 0;
  }
}

/** The number of four hexadecimal digits, below zero where they are not such. */
function hex4(p: usize): i32 {
  let value: i32 = 0;
  for (let i: usize = 0; i < 4; i++) {
    const byte = <i32>load<u8>(p + i);
    const letter = (byte | 32) - 97;
    const digit = <u32>(byte - 48) <= 9 ? byte - 48 : <u32>letter <= 5 ? letter + 10 : -1;
    if (digit < 0) return -1;
    value = (value << 4) | digit;
  }
  return value;
}

/**
 * Writes what the content of a valid string means to `out`, which takes no more than the content has; returns the address behind it. Canonical WTF-8: two
 * halves of a pair that meet become one character, however each is written.
 */
export function decodeString(ptr: usize, end: usize, out: usize): usize {
  const start = out;
  let p = ptr;
  while (true) {
    const stop = min<usize>(stringStop(p, end), end);
    if (stop > p) {
      if (stop - p >= 3 && load<u8>(p) == 0xed && load<u8>(p, 1) >= 0xb0) {
        out = writeUnit(0xd000 | (<u32>(load<u8>(p, 1) & 63) << 6) | (load<u8>(p, 2) & 63), start, out);
        p += 3;
      }
      memory.copy(out, p, stop - p);
      out += stop - p;
      p = stop;
    }
    if (p >= end) return out;
    const escaped = load<u8>(p, 1);
    if (escaped == 117) {
      out = writeUnit(<u32>hex4(p + 2), start, out);
      p += 6;
    } else {
      store<u8>(out++, unescaped(escaped));
      p += 2;
    }
  }
}

function unescaped(byte: u8): u8 {
  switch (<i32>byte) {
    case 98:
      return 8;
    case 102:
      return 12;
    case 110:
      return 10;
    case 114:
      return 13;
    case 116:
      return 9;
    default:
      return byte;
  }
}

/** Appends a UTF-16 unit; a low half joins a high one in front of it. */
function writeUnit(unit: u32, start: usize, out: usize): usize {
  if (unit < 0x80) {
    store<u8>(out, <u8>unit);
    return out + 1;
  }
  if (unit < 0x800) {
    store<u8>(out, <u8>(0xc0 | (unit >> 6)));
    store<u8>(out, <u8>(0x80 | (unit & 63)), 1);
    return out + 2;
  }
  if (unit >> 10 == 0x37 && out - start >= 3 && load<u8>(out - 3) == 0xed && load<u8>(out - 2) >> 4 == 0xa) {
    const high = (<u32>(load<u8>(out - 2) & 15) << 6) | (load<u8>(out - 1) & 63);
    const character = 0x10000 + (high << 10) + (unit & 0x3ff);
    store<u8>(out - 3, <u8>(0xf0 | (character >> 18)));
    store<u8>(out - 2, <u8>(0x80 | ((character >> 12) & 63)));
    store<u8>(out - 1, <u8>(0x80 | ((character >> 6) & 63)));
    store<u8>(out, <u8>(0x80 | (character & 63)));
    return out + 1;
  }
  store<u8>(out, <u8>(0xe0 | (unit >> 12)));
  store<u8>(out, <u8>(0x80 | ((unit >> 6) & 63)), 1);
  store<u8>(out, <u8>(0x80 | (unit & 63)), 2);
  return out + 3;
}
