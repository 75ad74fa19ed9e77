/** JavaScript's white space: its WhiteSpace and LineTerminator, of which most are 2 or 3 bytes of WTF-8. */

/** The first character from `ptr` on that is not white space, or `end`. */
export function skipSpace(ptr: usize, end: usize): usize {
  let p = ptr;
  while (p < end) {
    const length = spaceAt(p);
    if (!length) break;
    p += length;
  }
  return p;
}

/** The end of the text from `ptr` to `end` without the white space behind it. */
export function skipSpaceBack(ptr: usize, end: usize): usize {
  let p = end;
  while (p > ptr) {
    let start = p - 1;
    while (start > ptr && (load<u8>(start) & 0xc0) == 0x80) start--;
    if (!spaceAt(start)) break;
    p = start;
  }
  return p;
}

/** Bytes of the white space at `p`, 0 where there is another character. */
function spaceAt(p: usize): usize {
  const byte = <u32>load<u8>(p);
  if (byte < 0x80) return byte == 32 || byte - 9 <= 4 ? 1 : 0;
  if (byte == 0xc2) return load<u8>(p, 1) == 0xa0 ? 2 : 0;
  if (byte < 0xe1) return 0;
  // The three bytes as a number: U+1680, U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F, U+3000, U+FEFF.
  const three = (byte << 16) | (<u32>load<u8>(p, 1) << 8) | <u32>load<u8>(p, 2);
  const isSpace =
    three == 0xe19a80 ||
    three - 0xe28080 <= 10 ||
    three - 0xe280a8 <= 1 ||
    three == 0xe280af ||
    three == 0xe2819f ||
    three == 0xe38080 ||
    three == 0xefbbbf;
  return isSpace ? 3 : 0;
}
