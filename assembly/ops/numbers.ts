/** Operations on numbers: bit for bit what JavaScript's operators and `Math` give. */
import { TAG_BOOLEAN, TAG_NUMBER, VECTOR_TAGS } from "../abi";
import { INS_A, INS_B, INS_DST, INS_IMM, payloads } from "../vector";
import {
  ARITHMETIC_ADD,
  ARITHMETIC_AND,
  ARITHMETIC_DIVIDE,
  ARITHMETIC_MAX,
  ARITHMETIC_MIN,
  ARITHMETIC_MULTIPLY,
  ARITHMETIC_OR,
  ARITHMETIC_REMAINDER,
  ARITHMETIC_SHIFT_LEFT,
  ARITHMETIC_SHIFT_RIGHT,
  ARITHMETIC_SHIFT_RIGHT_UNSIGNED,
  ARITHMETIC_SUBTRACT,
  ARITHMETIC_XOR,
  COMPARE_GREATER,
  COMPARE_GREATER_EQUAL,
  COMPARE_LESS,
  MATH_ABS,
  MATH_CEIL,
  MATH_CLZ32,
  MATH_FLOOR,
  MATH_FROUND,
  MATH_IS_FINITE,
  MATH_IS_NAN,
  MATH_NEGATE,
  MATH_ROUND,
  MATH_SIGN,
  MATH_SQRT,
  MATH_TRUNC,
} from "./codes";

/** Numbers whose size is below this are converted to 32 bits by the machine. */
const EXACT_I64: f64 = 9223372036854775808.0;

/** JavaScript's ToInt32. */
export function toInt32(value: f64): i32 {
  if (abs(value) < EXACT_I64) return <i32>(<i64>value);
  if (!isFinite(value)) return 0;
  // A larger number is a mantissa shifted to the left: what is left of it in the low 32 bits.
  const bits = reinterpret<u64>(value);
  const shift = <i64>((bits >> 52) & 0x7ff) - 1075;
  if (shift >= 32) return 0;
  const low = <i32>((((bits & 0xfffffffffffff) | 0x10000000000000) << shift) & 0xffffffff);
  return value < 0 ? -low : low;
}

/** JavaScript's `%`: the remainder of a division that rounds to zero, exact, with the sign of the dividend. */
export function remainder(a: f64, b: f64): f64 {
  if (b == 0 || !isFinite(a) || b != b) return NaN;
  if (!isFinite(b) || a == 0) return a;
  const size = abs(a);
  const by = abs(b);
  if (size < by) return a;
  let result: f64;
  if (size <= 9007199254740992.0 && by >= 1 && floor(size) == size && floor(by) == by) {
    result = <f64>(<u64>size % <u64>by);
  } else result = longRemainder(size, by);
  return copysign(result, a);
}

/** By bits, as Sun's fmod does it: a, b above zero and finite. */
function longRemainder(a: f64, b: f64): f64 {
  let x = reinterpret<u64>(a);
  let y = reinterpret<u64>(b);
  let ex = <i32>(x >> 52);
  let ey = <i32>(y >> 52);
  if (!ex) {
    ex = 1 - <i32>(clz(x) - 11);
    x <<= 1 - ex;
  } else x = (x & 0xfffffffffffff) | 0x10000000000000;
  if (!ey) {
    ey = 1 - <i32>(clz(y) - 11);
    y <<= 1 - ey;
  } else y = (y & 0xfffffffffffff) | 0x10000000000000;
  for (; ex > ey; ex--) {
    if (x >= y) x -= y;
    x <<= 1;
  }
  if (x >= y) x -= y;
  if (!x) return 0;
  const shift = <i32>clz(x) - 11;
  x <<= shift;
  ex -= shift;
  if (ex > 0) return reinterpret<f64>((x & 0xfffffffffffff) | (<u64>ex << 52));
  return reinterpret<f64>(x >> (1 - ex));
}

export function arithmetic(state: usize, ins: usize, rows: i32): i32 {
  const dst = payloads(state, load<i32>(ins, INS_DST));
  const a = payloads(state, load<i32>(ins, INS_A));
  const b = payloads(state, load<i32>(ins, INS_B));
  const kind = load<i32>(ins, INS_IMM);
  const bytes = <usize>rows << 3;
  memory.fill(dst + VECTOR_TAGS, <u8>TAG_NUMBER, rows);
  if (ASC_FEATURE_SIMD) {
    if (kind <= ARITHMETIC_DIVIDE) {
      // The last step may go one row too far, into a row that nobody reads.
      for (let i: usize = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        const y = v128.load(b + i);
        v128.store(
          dst + i,
          kind == ARITHMETIC_ADD
            ? f64x2.add(x, y)
            : kind == ARITHMETIC_SUBTRACT
              ? f64x2.sub(x, y)
              : kind == ARITHMETIC_MULTIPLY
                ? f64x2.mul(x, y)
                : f64x2.div(x, y),
        );
      }
      return 0;
    }
  }
  if (kind <= ARITHMETIC_MAX) {
    for (let i: usize = 0; i < bytes; i += 8) store<f64>(dst + i, numeric(kind, load<f64>(a + i), load<f64>(b + i)));
  } else {
    for (let i: usize = 0; i < bytes; i += 8) {
      store<f64>(dst + i, bitwise(kind, toInt32(load<f64>(a + i)), toInt32(load<f64>(b + i))));
    }
  }
  return 0;
}

function numeric(kind: i32, a: f64, b: f64): f64 {
  switch (kind) {
    case ARITHMETIC_ADD:
      return a + b;
    case ARITHMETIC_SUBTRACT:
      return a - b;
    case ARITHMETIC_MULTIPLY:
      return a * b;
    case ARITHMETIC_DIVIDE:
      return a / b;
    case ARITHMETIC_REMAINDER:
      return remainder(a, b);
    case ARITHMETIC_MIN:
      return min(a, b);
    default:
      return max(a, b);
  }
}

function bitwise(kind: i32, a: i32, b: i32): f64 {
  switch (kind) {
    case ARITHMETIC_AND:
      return <f64>(a & b);
    case ARITHMETIC_OR:
      return <f64>(a | b);
    case ARITHMETIC_XOR:
      return <f64>(a ^ b);
    case ARITHMETIC_SHIFT_LEFT:
      return <f64>(a << (b & 31));
    case ARITHMETIC_SHIFT_RIGHT:
      return <f64>(a >> (b & 31));
    case ARITHMETIC_SHIFT_RIGHT_UNSIGNED:
      return <f64>(<u32>a >> (b & 31));
    default:
      return <f64>(a * b);
  }
}

export function math(state: usize, ins: usize, rows: i32): i32 {
  const dst = payloads(state, load<i32>(ins, INS_DST));
  const a = payloads(state, load<i32>(ins, INS_A));
  const kind = load<i32>(ins, INS_IMM);
  const bytes = <usize>rows << 3;
  if (kind >= MATH_IS_NAN) {
    memory.fill(dst + VECTOR_TAGS, <u8>TAG_BOOLEAN, rows);
    for (let i: usize = 0; i < bytes; i += 8) store<u64>(dst + i, <u64>isOf(kind, load<f64>(a + i)));
    return 0;
  }
  memory.fill(dst + VECTOR_TAGS, <u8>TAG_NUMBER, rows);
  for (let i: usize = 0; i < bytes; i += 8) store<f64>(dst + i, mathOf(kind, load<f64>(a + i)));
  return 0;
}

function isOf(kind: i32, value: f64): bool {
  if (kind == MATH_IS_NAN) return value != value;
  if (kind == MATH_IS_FINITE) return isFinite(value);
  return isFinite(value) && trunc(value) == value;
}

function mathOf(kind: i32, value: f64): f64 {
  switch (kind) {
    case MATH_NEGATE:
      return -value;
    case MATH_ABS:
      return abs(value);
    case MATH_CEIL:
      return ceil(value);
    case MATH_FLOOR:
      return floor(value);
    case MATH_ROUND: {
      // Half goes up; the sum of a number and a half may round, so the fraction decides.
      const low = floor(value);
      const result = value - low < 0.5 ? low : low + 1;
      return copysign(result, value);
    }
    case MATH_TRUNC:
      return trunc(value);
    case MATH_SIGN:
      return value > 0 ? 1 : value < 0 ? -1 : value;
    case MATH_SQRT:
      return sqrt(value);
    case MATH_FROUND:
      return <f64>(<f32>value);
    case MATH_CLZ32:
      return <f64>clz<u32>(toInt32(value));
    default:
      return <f64>~toInt32(value);
  }
}

export function compare(state: usize, ins: usize, rows: i32): i32 {
  const kind = load<i32>(ins, INS_IMM);
  const isTurned = kind == COMPARE_GREATER || kind == COMPARE_GREATER_EQUAL;
  const dst = payloads(state, load<i32>(ins, INS_DST));
  const first = payloads(state, load<i32>(ins, INS_A));
  const second = payloads(state, load<i32>(ins, INS_B));
  const a = isTurned ? second : first;
  const b = isTurned ? first : second;
  const isStrict = kind == COMPARE_LESS || kind == COMPARE_GREATER;
  const bytes = <usize>rows << 3;
  memory.fill(dst + VECTOR_TAGS, <u8>TAG_BOOLEAN, rows);
  if (ASC_FEATURE_SIMD) {
    const one = i64x2.splat(1);
    for (let i: usize = 0; i < bytes; i += 16) {
      const x = v128.load(a + i);
      const y = v128.load(b + i);
      v128.store(dst + i, v128.and(isStrict ? f64x2.lt(x, y) : f64x2.le(x, y), one));
    }
    return 0;
  }
  for (let i: usize = 0; i < bytes; i += 8) {
    const x = load<f64>(a + i);
    const y = load<f64>(b + i);
    store<u64>(dst + i, <u64>(isStrict ? x < y : x <= y));
  }
  return 0;
}
