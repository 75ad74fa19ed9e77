import type { Kernel } from "./kernel.js";

/** Least power of ten by which a decimal of 19 digits can be a double other than 0. */
const POWER_MIN = -342;
/** Greatest one that the digits of a double are scaled by, those of the least double. */
const POWER_MAX = 324;
const BITS = 128n;

let table: Uint8Array | undefined;
const addresses = new WeakMap<Kernel, number>();

/**
 * Address of the table of powers of five in the kernel's memory, for `assembly/values/number-parse.ts` and `number-format.ts`; written once for each kernel and never freed.
 * Shape: for each q from -342 to 324, 128 bits (low half, high half) of 5^q, scaled so that the first is set: truncated for q >= 0, rounded up otherwise.
 */
export function powersOfFivePtr(kernel: Kernel): number {
  let ptr = addresses.get(kernel);
  if (ptr === undefined) {
    table ??= powersOfFive();
    ptr = kernel.memory.allocate(table.length);
    kernel.memory.copyIn(ptr, table);
    addresses.set(kernel, ptr);
  }
  return ptr;
}

/** The bytes of the table. */
export function powersOfFive(): Uint8Array {
  const words = new DataView(new ArrayBuffer((POWER_MAX - POWER_MIN + 1) * 16));
  for (let q = POWER_MIN; q <= POWER_MAX; q++) {
    const bits = q < 0 ? reciprocal(5n ** BigInt(-q)) : leading(5n ** BigInt(q));
    const at = (q - POWER_MIN) * 16;
    words.setBigUint64(at, bits & 0xffff_ffff_ffff_ffffn, true);
    words.setBigUint64(at + 8, bits >> 64n, true);
  }
  return new Uint8Array(words.buffer);
}

const length = (value: bigint) => BigInt(value.toString(2).length);

/** The first 128 bits, with zeros behind them where there are fewer. */
function leading(value: bigint): bigint {
  const shift = length(value) - BITS;
  return shift < 0n ? value << -shift : value >> shift;
}

/** The first 128 bits of 1 / value, rounded up. A power of five is no power of two: the quotient has `BITS` bits. */
function reciprocal(value: bigint): bigint {
  return (1n << (length(value) + BITS - 1n)) / value + 1n;
}
