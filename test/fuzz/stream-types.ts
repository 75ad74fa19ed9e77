import type { Draw } from "../model/draw.js";
import type { ExpressionMaker } from "./expressions.js";
import { type ArgumentType, BOOLEAN, JSON_VALUE, NUMBER, SCALAR, STRING } from "./types.js";

// Types of the rows of generated streams, and expressions that mostly give them.

/** A pair of a key and a value. */
export interface Pair {
  readonly kind: "tuple";
  readonly items: readonly [key: ArgumentType, value: ArgumentType];
}

export function pairOf(key: ArgumentType, value: ArgumentType): Pair {
  return { kind: "tuple", items: [key, value] };
}

export function isPair(type: ArgumentType): type is Pair {
  return type.kind === "tuple" && type.items.length === 2;
}

export function drawKey(draw: Draw): ArgumentType {
  const plain = () => draw.pick([STRING, STRING, STRING, NUMBER, NUMBER, BOOLEAN, SCALAR]);
  if (draw.chance(0.8)) return plain();
  return draw.chance(0.5) ? { kind: "tuple", items: [STRING, plain()] } : recordOf([STRING, plain()]);
}

export function drawRow(draw: Draw): ArgumentType {
  const plain = () => draw.pick([STRING, STRING, NUMBER, NUMBER, NUMBER, BOOLEAN, SCALAR, JSON_VALUE]);
  if (draw.chance(0.5)) return plain();
  const parts = draw.list(draw.int(1, 3), () => (draw.chance(0.1) ? drawRow(draw) : plain()));
  return draw.chance(0.5) ? { kind: "tuple", items: parts } : recordOf(parts);
}

const NAMES = ["n", "name", "price"] as const;

function recordOf(parts: readonly ArgumentType[]): ArgumentType {
  return { kind: "record", fields: parts.map((part, i) => [NAMES[i]!, part]) };
}

/** An expression that gives a value of a type; now and then something else. */
export function typedValue(maker: ExpressionMaker, type: ArgumentType, depth: number): string {
  const { draw } = maker;
  const isSure = draw.chance(0.8);
  switch (type.kind) {
    case "string":
      return isSure ? `String(${maker.make("any", depth)})` : maker.make("string", depth);
    case "number":
      return isSure ? `Number(${maker.make(draw.pick(["number", "any"]), depth)})` : maker.make("number", depth);
    case "boolean":
      return isSure ? `!!${maker.receiver("any", depth)}` : maker.make("boolean", depth);
    case "tuple":
      return `[${type.items.map((item) => typedValue(maker, item, depth)).join(", ")}]`;
    case "record":
      return `({ ${type.fields.map(([name, field]) => `${name}: ${typedValue(maker, field, depth)}`).join(", ")} })`;
    case "scalar":
      return maker.make("any", depth);
    default:
      return maker.make(type.kind, depth);
  }
}
