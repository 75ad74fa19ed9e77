/** The order of texts that JavaScript's `<` has: by units of UTF-16. */
import { codePoint, highSurrogate, lowSurrogate } from "./text-units";

/** Below zero, zero or above zero as `a < b`, `a === b` or `a > b`. */
export function textCompare(a: usize, aBytes: u32, b: usize, bBytes: u32): i32 {
  const common = <usize>min(aBytes, bBytes);
  let i: usize = 0;
  while (i + 8 <= common && load<u64>(a + i) == load<u64>(b + i)) i += 8;
  while (i < common && load<u8>(a + i) == load<u8>(b + i)) i++;
  if (i == common) return <i32>aBytes - <i32>bBytes;
  const x = <i32>load<u8>(a + i);
  const y = <i32>load<u8>(b + i);
  // Bytes have the order of code points, and so of units unless just one of the two is a pair; then these bytes are the first ones of both.
  if (x >= 0xf0 == y >= 0xf0) return x - y;
  return x >= 0xf0 ? pairAgainst(a + i, b + i, b + bBytes) : -pairAgainst(b + i, a + i, a + aBytes);
}

/** The order of the pair at `pair` and of text whose first unit is no pair. */
function pairAgainst(pair: usize, other: usize, end: usize): i32 {
  const point = codePoint(pair);
  const unit = codePoint(other);
  const high = highSurrogate(point);
  if (high != unit) return <i32>high - <i32>unit;
  // The same first half, alone: what follows it is no second half.
  if (other + 3 == end) return 1;
  const next = codePoint(other + 3);
  return <i32>lowSurrogate(point) - <i32>(next < 0x10000 ? next : highSurrogate(next));
}
