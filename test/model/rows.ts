import type { Draw } from "./draw.js";
import type { Rows } from "./program.js";
import { isPair, type Kind, keyKind, type Type, valueKind } from "./types.js";

const NUMBERS = [0, 1, 2, 3, -1, -0, 5, 0.5, -2.5, 10, 1024, -7];
const STRINGS = ["a", "b", "ab", "", "a b", "b a  c", " ", "é", "水 a", "abc", "a\nb", "\ud800", "1"];
/** Text without line ends or lone surrogates, which the kernel takes. */
const LINES = ["a", "b", "a b", "b a  c", "", " ", "é a", "水 水", "abc b", "a a a"];
const OTHERS: readonly unknown[] = [
  null,
  undefined,
  true,
  false,
  Number.NaN,
  -0,
  0,
  1n,
  -(2n ** 70n),
  Number.POSITIVE_INFINITY,
  [1, 2],
  [2, 1],
  [],
  [undefined],
  { a: 1, b: "x" },
  { b: "x", a: 1 },
  { a: 1 },
  { a: 1, b: undefined },
  { a: { b: [1, null] } },
  {},
  new Date(0),
  new Date(1e12),
  new Date(Number.NaN),
  Uint8Array.of(1, 2),
];

/** One value of a type; few different ones, so that keys meet. */
export function valueOfType(draw: Draw, type: Type): unknown {
  if (isPair(type)) return [valueOfType(draw, keyKind(type)), valueOfType(draw, valueKind(type))];
  switch (type as Kind) {
    case "number":
      return draw.pick(NUMBERS);
    case "string":
      return draw.pick(STRINGS);
    case "list":
      return draw.list(draw.int(0, 3), () => valueOfType(draw, draw.pick(["number", "number", "string"])));
    case "any":
      return draw.chance(0.4) ? valueOfType(draw, draw.pick(["number", "string"])) : draw.pick(OTHERS);
  }
}

/** The types of inputs; text comes often, because words can be counted in the kernel. */
export const INPUT_TYPES: readonly Type[] = [
  "number",
  "string",
  "string",
  "string",
  "any",
  "list",
  "string:number",
  "string:number",
  "any:number",
  "any:string",
  "number:string",
  "any:list",
  "any:any",
];

/** A batch or a static RDD: few rows, now and then many, cut as by default or otherwise. */
export function rowsOfType(draw: Draw, type: Type): Rows {
  const count = draw.chance(0.15) ? 0 : draw.chance(0.05) ? draw.int(20, 40) : draw.int(1, 7);
  const isLines = type === "string" && draw.chance(0.7);
  const rows = draw.list(count, () => (isLines ? draw.pick(LINES) : valueOfType(draw, type)));
  return draw.chance(0.15) ? { rows, numPartitions: draw.int(1, 5) } : { rows };
}

/** Pairs with different keys, as an initial state. */
export function initialOfType(draw: Draw, key: Kind, state: Kind): Rows {
  const keys = new Map(rowsOfType(draw, key).rows.map((each) => [JSON.stringify(String(each)), each]));
  const rows = [...keys.values()].map((each) => [each, valueOfType(draw, state === "any" ? "number" : state)]);
  return draw.chance(0.5) ? { rows, numPartitions: draw.int(1, 3) } : { rows };
}
