const words = new DataView(new ArrayBuffer(8));

/** A double of random bits, or one near an edge. */
export function hostileNumber(random: () => number): number {
  const kind = Math.floor(random() * 12);
  if (kind < 4) return bitsAsNumber(Math.floor(random() * 2 ** 32), Math.floor(random() * 2 ** 32));
  if (kind === 4) return EDGES[Math.floor(random() * EDGES.length)]!;
  if (kind === 5) return bitsAsNumber(Math.floor(random() * 0x100000), Math.floor(random() * 2 ** 32)); // subnormal
  if (kind === 6) return Math.floor(random() * 2 ** (random() * 64)) * (random() < 0.5 ? -1 : 1);
  if (kind === 7) return Math.floor(random() * 1e9) / 10 ** Math.floor(random() * 10);
  if (kind === 8) return Math.floor(random() * 2 ** 53) / 10 ** Math.floor(random() * 23);
  if (kind === 9) return 2 ** Math.floor(random() * 2098 - 1074);
  if (kind === 10) return Math.floor(random() * 1000) * 10 ** Math.floor(random() * 50 - 25);
  return random();
}

function bitsAsNumber(high: number, low: number): number {
  words.setUint32(0, high);
  words.setUint32(4, low);
  return words.getFloat64(0);
}

const EDGES = [
  0,
  -0,
  1,
  -1,
  0.1,
  0.5,
  123,
  1e21,
  1e-7,
  1e-6,
  123456789012345680000,
  999999999999999900000,
  1e20,
  1e22,
  1e23,
  5e-324,
  2.2250738585072014e-308,
  2.225073858507201e-308,
  Number.MAX_VALUE,
  2 ** 53,
  2 ** 53 - 1,
  2 ** 53 + 2,
  2 ** 63,
  2 ** 64,
  -(2 ** 63),
  0.000001,
  1.7976931348623157e308,
  4.35,
  0.30000000000000004,
  Number.NaN,
  Infinity,
  -Infinity,
];

/** Decimal text: of doubles, half-way between two doubles and beside it, and of any digits. */
export function hostileDecimal(random: () => number): string {
  const kind = Math.floor(random() * 10);
  if (kind < 3) return halfway(random);
  if (kind === 3) return finite(random).toExponential(Math.floor(random() * 30));
  if (kind === 4) return String(finite(random));
  if (kind === 5) return finite(random).toPrecision(1 + Math.floor(random() * 40));
  return anyDigits(random);
}

function finite(random: () => number): number {
  const value = hostileNumber(random);
  return Number.isFinite(value) ? value : 1e300;
}

/** The decimal half-way between two doubles, whole, cut, or with one more digit. */
function halfway(random: () => number): string {
  const low = Math.abs(finite(random));
  words.setFloat64(0, low);
  const bits = words.getBigUint64(0);
  const exponent = Number(bits >> 52n);
  const fraction = bits & ((1n << 52n) - 1n);
  const mantissa = (exponent ? fraction | (1n << 52n) : fraction) * 2n + 1n;
  const power = (exponent || 1) - 1076;
  let digits: bigint;
  let scale = 0;
  if (power >= 0) digits = mantissa << BigInt(power);
  else {
    digits = mantissa * 5n ** BigInt(-power);
    scale = power;
  }
  let text = digits.toString();
  const cut = Math.floor(random() * 4);
  if (cut === 0 && text.length > 17) {
    const kept = 15 + Math.floor(random() * (text.length - 15));
    scale += text.length - kept;
    text = text.slice(0, kept);
  } else if (cut === 1) {
    text += random() < 0.5 ? "000001" : "1";
    scale -= text.endsWith("000001") ? 6 : 1;
  } else if (cut === 2) text = String(digits - 1n);
  if (random() < 0.5) return `${text}e${scale}`;
  const point = 1 + Math.floor(random() * text.length);
  const behind = text.slice(point);
  const moved = scale + behind.length;
  return `${text.slice(0, point)}${behind && `.${behind}`}${moved ? `e${moved > 0 && random() < 0.5 ? "+" : ""}${moved}` : ""}`;
}

const run = (random: () => number, count: number) =>
  Array.from({ length: count }, () => (random() < 0.2 ? 0 : Math.floor(random() * 10))).join("");

function anyDigits(random: () => number): string {
  const size = [3, 10, 20, 40][Math.floor(random() * 4)]!;
  const whole = random() < 0.3 ? "0" : String(1 + Math.floor(random() * 9)) + run(random, Math.floor(random() * size));
  const behind = random() < 0.6 ? `.${run(random, 1 + Math.floor(random() * size))}` : "";
  const range = random() < 0.5 ? 25 : 400;
  const exponent = random() < 0.4 ? `${random() < 0.5 ? "e" : "E"}${Math.floor((random() - 0.5) * 2 * range)}` : "";
  return `${random() < 0.3 ? "-" : ""}${whole}${behind}${exponent}`;
}
