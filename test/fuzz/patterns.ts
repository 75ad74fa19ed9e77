import type { Draw } from "../model/draw.js";
import type { ExpressionMaker, Kind, Known } from "./expressions.js";
import { type ArgumentType, BOOLEAN, FIELD_NAMES, JSON_TEXT, JSON_VALUE, NUMBER, SCALAR, STRING } from "./types.js";

const SIMPLE: readonly ArgumentType[] = [STRING, STRING, NUMBER, BOOLEAN, SCALAR, JSON_TEXT, JSON_VALUE];

/** Names, or parts of a value, that a piece of source declares. */
export interface Pattern {
  readonly text: string;
  readonly known: readonly Known[];
}

export function drawType(draw: Draw, depth = 2): ArgumentType {
  if (depth === 0 || draw.chance(0.7)) return draw.pick(SIMPLE);
  switch (draw.int(0, 2)) {
    case 0:
      return { kind: "tuple", items: draw.list(draw.int(1, 3), () => drawType(draw, depth - 1)) };
    case 1:
      return {
        kind: "record",
        fields: FIELD_NAMES.filter(() => draw.chance(0.4)).map((name) => [name, drawType(draw, depth - 1)]),
      };
    default:
      return { kind: "list", of: drawType(draw, depth - 1) };
  }
}

/** A name or a pattern, for a value of a type, and what it declares. */
export function patternOf(maker: ExpressionMaker, type: ArgumentType, depth: number, isVariable = true): Pattern {
  const { draw } = maker;
  if (depth > 0 && draw.chance(0.4)) {
    const items = type.kind === "tuple" ? type.items : type.kind === "list" ? [type.of, type.of] : undefined;
    if (items !== undefined) {
      const parts = items.map((item) => partOf(maker, item, depth - 1, isVariable));
      return { text: `[${parts.map(({ text }) => text).join(", ")}]`, known: parts.flatMap(({ known }) => known) };
    }
    const fields = fieldsOf(type, draw);
    if (fields !== undefined) {
      const parts = fields.map(([name, field]) => ({ name, ...partOf(maker, field, depth - 1, isVariable) }));
      const texts = parts.map(({ name, text }) => `${/^\w+$/.test(name) ? name : JSON.stringify(name)}: ${text}`);
      return { text: `{ ${texts.join(", ")} }`, known: parts.flatMap(({ known }) => known) };
    }
  }
  const name = nameOf(maker);
  const parts = partsOf(name, type);
  // What is assigned has no such parts, which throws where they are read of.
  const isAssigned = isVariable && (parts.length === 0 || !maker.isCalm);
  return { text: name, known: [{ text: name, kind: kindOf(type), isVariable: isAssigned }, ...parts] };
}

function partOf(maker: ExpressionMaker, type: ArgumentType, depth: number, isVariable: boolean): Pattern {
  const part = patternOf(maker, type, depth, isVariable);
  return maker.draw.chance(0.2) ? { ...part, text: `${part.text} = ${maker.make(kindOf(type), 0)}` } : part;
}

/** What is known of the parts of a value. */
function partsOf(text: string, type: ArgumentType): Known[] {
  if (type.kind === "tuple") {
    return type.items.flatMap((item, i) => [
      { text: `${text}[${i}]`, kind: kindOf(item) },
      ...partsOf(`${text}[${i}]`, item),
    ]);
  }
  if (type.kind !== "record") return [];
  return type.fields
    .filter(([name]) => /^\w+$/.test(name))
    .flatMap(([name, field]) => [
      { text: `${text}.${name}`, kind: kindOf(field) },
      ...partsOf(`${text}.${name}`, field),
    ]);
}

/** Seldom a name that means something where it is not declared. */
export function nameOf(maker: ExpressionMaker): string {
  const name = maker.name();
  return maker.draw.chance(0.02) ? `${maker.draw.pick(["of", "async", "get", "$", "_"])}${name}` : name;
}

function fieldsOf(type: ArgumentType, draw: Draw): ReadonlyArray<readonly [string, ArgumentType]> | undefined {
  if (type.kind === "record") return type.fields.length > 0 ? type.fields : undefined;
  return type.kind === "json"
    ? FIELD_NAMES.filter(() => draw.chance(0.3))
        .concat("id")
        .slice(-2)
        .map((name) => [name, JSON_VALUE])
    : undefined;
}

export function kindOf({ kind }: ArgumentType): Kind {
  switch (kind) {
    case "scalar":
      return "any";
    case "tuple":
      return "list";
    default:
      return kind;
  }
}
