import type { Draw } from "../model/draw.js";
import { type ArgumentType, FIELD_NAMES } from "./types.js";

// Values at the edges of what the semantics of JavaScript tell apart.

const STRINGS = [
  ...["", " ", "a", "b c", "Hello, World", "ERROR 42", "true", "null", "undefined", "NaN", "Infinity", "-Infinity"],
  ...["0", "-0", "1", " 12 ", "1.5e3", ".5", "5.", "+7", "0x1F", "0b11", "0o17", "1_000", "12px", "-", "e", "1e400"],
  ...["9007199254740993", "0.1", "1e21", "1e-7", "123456789012345680000", "2147483648", "4294967295", "5e-324"],
  ...[
    "\u0000",
    "\ufeff",
    "\ufeff1\u00a0",
    "\ufffd",
    "\u00e9",
    "e\u0301",
    "\u00df",
    "\u0130",
    "\u0131",
    "\u03a3",
    "a\u03a3",
  ],
  ...[
    "\u{1f600}",
    "x\u{1f600}y",
    "\ud83d",
    "\ude00",
    "\ude00\ud83d",
    "\u4e2d\u6587",
    "\u2028\u2029",
    "\u01c5",
    "\ufb01",
  ],
  ...["a,b,c", ",", ",,", "a  b", "\t\r\n x \v\f", "key=value;k2=v2", "/path/to?x=1&y=2", "2024-01-01T00:00:00Z"],
  ...["id", "name", "price", "tags", "user", "ok", "n", "length", "$&$1$$`'", "[object Object]", '"quoted"', "\\"],
  "long ".repeat(40),
  "\u{1f600}".repeat(20),
];

const NUMBERS = [
  ...[0, -0, 1, -1, 2, 3, 7, 10, 42, 0.5, -0.5, 1.5, 2.5, -2.5, 0.1, 0.2, 0.3, 1e21, 1e-7, 123456.789, 1e100],
  ...[
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.MIN_VALUE,
    Number.MAX_VALUE,
    Number.EPSILON,
  ],
  ...[2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 53, 2 ** 53 - 1],
  ...[
    -(2 ** 53),
    2 ** 53 + 2,
    2 ** 63,
    2.2250738585072014e-308,
    4.9e-320,
    0.49999999999999994,
    4503599627370495.5,
    1e308,
  ],
];

const BAD_JSON = [
  "",
  "{",
  '{"id":1',
  "[1,]",
  "{'id':1}",
  "nul",
  "01",
  "1 2",
  '"\u0001"',
  '{"id":}',
  "\ufeff1",
  "NaN",
  "-",
  '"\\x"',
];
const ODD_JSON = [
  ...["null", "true", "0", "-0", '"text"', "[]", "{}", ' { "id" : 1 } ', '{"id":1,"id":2}', '{"\\u0069d":3}', "1e400"],
  ...['{"name":"\\ud83d\\ude00"}', '{"name":"\\ud83d"}', '{"name":"a\\nb\\t\\"\\\\"}', '{"user":{"name":"x","n":-0}}'],
  ...[
    '{"tags":["a","b",3,null]}',
    '{"price":1.5e-3,"ok":false}',
    '{"user":null}',
    '{"n":9007199254740993}',
    '["a",["b"]]',
  ],
  ...['{"__proto__":1,"id":2}', '{"length":3,"name":"x"}', '{"user":[{"id":1},{"id":2}]}', '{"price":"12.5","n":"7"}'],
];

export interface ValueOptions {
  /** How likely a value is none of its type. */
  readonly wild?: number;
  /** Whether it may be a bigint then. */
  readonly bigints?: boolean;
}

/** A value of a type, or now and then one that is not: what lambdas make of these counts as well. */
export function drawValue(draw: Draw, type: ArgumentType, options: ValueOptions = {}): unknown {
  const { wild = 0, bigints = true } = options;
  if (wild > 0 && draw.chance(wild)) return drawWild(draw, bigints);
  const part = (of: ArgumentType) => drawValue(draw, of, options);
  switch (type.kind) {
    case "string":
      return drawString(draw);
    case "number":
      return drawNumber(draw);
    case "boolean":
      return draw.chance(0.5);
    case "scalar":
      return drawScalar(draw);
    case "jsonText":
      return drawJsonText(draw);
    case "json":
      return drawJson(draw, 3);
    case "tuple":
      return type.items.map(part);
    case "record":
      return Object.fromEntries(type.fields.map(([name, field]) => [name, part(field)]));
    case "list":
      return draw.list(draw.int(0, 4), () => part(type.of));
  }
}

export function drawString(draw: Draw): string {
  if (draw.chance(0.7)) return draw.pick(STRINGS);
  return draw.list(draw.int(1, 4), () => draw.pick(STRINGS).slice(0, 8)).join(draw.pick(["", "", " ", ",", ";", "a"]));
}

export function drawNumber(draw: Draw): number {
  if (draw.chance(0.7)) return draw.pick(NUMBERS);
  if (draw.chance(0.5)) return draw.int(-20, 20);
  return (draw.int(-1_000_000, 1_000_000) / draw.pick([3, 7, 100, 1024])) * draw.pick([1, 1, 1e-10, 1e10, 1e200]);
}

export function drawScalar(draw: Draw): string | number | boolean | null | undefined {
  switch (draw.int(0, 7)) {
    case 0:
      return undefined;
    case 1:
      return null;
    case 2:
      return draw.chance(0.5);
    case 3:
    case 4:
      return drawNumber(draw);
    default:
      return drawString(draw);
  }
}

/** A value that JSON can hold, with the fields that lambdas ask for. */
export function drawJson(draw: Draw, depth: number): unknown {
  const kind = draw.int(0, depth > 0 ? 9 : 5);
  if (kind > 6) {
    const names = FIELD_NAMES.filter(() => draw.chance(0.6));
    return Object.fromEntries(names.map((name) => [name, drawJson(draw, depth - 1)]));
  }
  if (kind === 6) return draw.list(draw.int(0, 3), () => drawJson(draw, depth - 1));
  const value = drawScalar(draw);
  return value === undefined || (typeof value === "number" && !Number.isFinite(value)) ? null : value;
}

export function drawJsonText(draw: Draw): string {
  if (draw.chance(0.1)) return draw.pick(BAD_JSON);
  if (draw.chance(0.3)) return draw.pick(ODD_JSON);
  return JSON.stringify(drawJson(draw, 3), null, draw.pick([0, 0, 1]));
}

function drawWild(draw: Draw, bigints: boolean): unknown {
  switch (draw.int(0, 9)) {
    case 0:
      return bigints ? draw.pick([0n, 1n, -7n, 2n ** 64n]) : draw.pick([true, false]);
    case 1:
      return Symbol.iterator;
    case 2:
      return new Date(draw.int(0, 1_000_000));
    case 3:
      return draw.pick([new Map([["id", 1]]), new Set(["a", 2]), Object.create(null), { toString: () => "own" }]);
    case 4:
      return drawJson(draw, 2);
    case 5:
      return draw.list(draw.int(0, 3), () => drawScalar(draw));
    default:
      return drawScalar(draw);
  }
}
