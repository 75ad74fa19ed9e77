import type { Expression, LiteralValue } from "./expression.js";
import { visitParts } from "./parts.js";

const LONG = Array.from({ length: 300 }, (_, i) => `w${i}`);
const MIXED = ["", "a", "b c", "1", "\u00e9\u{1f600}", 0, -0, 1, -1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53];
const NUMBERS = [0, 1, -1.5, -0, Number.NaN, 2 ** 53, 7, 0.1, Number.NEGATIVE_INFINITY, 2 ** 31, -3, 1e21];
const TEXTS = ["", " ", "a", " a  b ", "A.b\tc\r\n", "\u00e9 \u{1f600} \u4e2d", "12", "-1.5e3x", "I\u0130\u00df"];
/** In turn, a value of these is missing, or is no JSON. */
const MISSING_EVERY = 8;

/** What an argument is used as, and so likely is. */
interface Shape {
  readonly fields: Map<string, Shape>;
  items: Shape | undefined;
  /** What it is the JSON of. */
  json: Shape | undefined;
  isText: boolean;
  isNumber: boolean;
  readonly separators: Set<string>;
  /** What it is compared with. */
  readonly literals: LiteralValue[];
  /** The texts that it is tried with, once they are made. */
  texts: readonly string[] | undefined;
}

/** How many rows of arguments `probesOf` gives at least. */
const PROBES_MIN = 12;
const STEP = 5;

/** Rows of arguments that reach most of what expressions do, by what they use their parameters as. Deterministic. */
export function probesOf(expressions: readonly Expression[], parameters: number): unknown[][] {
  const shapes = Array.from({ length: parameters }, shape);
  inferShapes(expressions, shapes);
  const separators = shapes.reduce((count, each) => count + each.separators.size, 0);
  const count = PROBES_MIN + 4 * separators;
  // A step without a common factor with most counts, so that the parameters meet in many combinations.
  return Array.from({ length: count }, (_, probe) => shapes.map((of, i) => argumentOf(of, probe + i * STEP)));
}

function shape(): Shape {
  return {
    fields: new Map(),
    items: undefined,
    json: undefined,
    isText: false,
    isNumber: false,
    separators: new Set(),
    literals: [],
    texts: undefined,
  };
}

function inferShapes(expressions: readonly Expression[], parameters: readonly Shape[]): void {
  const items = new Map<Expression, Shape>();
  /** The shape of what an expression reads out of an argument, if it does only that. */
  const shapeOf = (part: Expression): Shape | undefined => {
    switch (part.kind) {
      case "parameter":
        return parameters[part.index];
      case "variable":
        return items.get(part);
      case "field": {
        const of = shapeOf(part.of);
        if (of === undefined || part.name === "length") return undefined;
        const field = of.fields.get(part.name) ?? shape();
        of.fields.set(part.name, field);
        return field;
      }
      case "at":
      case "element": {
        const of = shapeOf(part.of);
        if (of !== undefined) of.items ??= shape();
        return of?.items;
      }
      case "call": {
        const of = part.name === "JSON.parse" && part.args[0] ? shapeOf(part.args[0]) : undefined;
        if (of !== undefined) of.json ??= shape();
        return of?.json;
      }
      case "tuple": {
        const [only, ...others] = part.items;
        return only?.kind === "spread" && others.length === 0 ? shapeOf(only.of) : undefined;
      }
      case "condition":
        return shapeOf(part.else);
      case "logical":
        return shapeOf(part.left);
      case "sequence":
        return shapeOf(part.result);
      default:
        return undefined;
    }
  };
  const seen = new Set<Expression>();
  const note = (part: Expression): void => {
    if (part.kind === "each" || part.kind === "fold") {
      const of = shapeOf(part.of);
      if (of === undefined) return;
      of.items ??= shape();
      items.set(part.item, of.items);
      return;
    }
    shapeOf(part);
    noteUse(part, shapeOf);
  };
  for (const expression of expressions) visitParts(expression, note, seen);
}

type ShapeOf = (part: Expression) => Shape | undefined;

/** What one part of an expression says of the arguments that it takes. */
function noteUse(part: Expression, shapeOf: ShapeOf): void {
  switch (part.kind) {
    case "field": {
      const of = part.name === "length" ? shapeOf(part.of) : undefined;
      if (of !== undefined) of.isText = true;
      break;
    }
    case "unary":
      noteNumber(part.operator === "!" || part.operator === "typeof" ? undefined : shapeOf(part.of));
      break;
    case "binary":
      noteBinary(part, shapeOf);
      break;
    case "call":
      for (const arg of part.args) {
        if (part.name.startsWith("Math.")) noteNumber(shapeOf(arg));
      }
      break;
    case "method":
      noteMethod(part, shapeOf);
      break;
  }
}

function noteNumber(of: Shape | undefined): void {
  if (of !== undefined) of.isNumber = true;
}

function noteBinary({ operator, left, right }: Extract<Expression, { kind: "binary" }>, shapeOf: ShapeOf): void {
  const isArithmetic = !["+", "==", "!=", "===", "!==", "<", "<=", ">", ">="].includes(operator);
  for (const [side, other] of [
    [left, right],
    [right, left],
  ] as const) {
    const of = shapeOf(side);
    if (of === undefined) continue;
    if (isArithmetic) of.isNumber = true;
    if (other.kind === "literal") of.literals.push(other.value);
  }
}

function noteMethod({ of, name, args }: Extract<Expression, { kind: "method" }>, shapeOf: ShapeOf): void {
  const receiver = shapeOf(of);
  const [first] = args;
  if (receiver !== undefined) {
    if (name === "toFixed") receiver.isNumber = true;
    else if (name === "join") receiver.items ??= shape();
    else receiver.isText = true;
    if (first?.kind === "literal" && typeof first.value === "string") {
      if (name === "split") receiver.separators.add(first.value);
      else receiver.literals.push(`x${first.value}`, `${first.value}x`);
    }
  }
  const key = first && of.kind === "captured" ? shapeOf(first) : undefined;
  if (key !== undefined && (of as { value: object }).value instanceof Map) {
    for (const known of ((of as { value: object }).value as Map<unknown, unknown>).keys()) {
      if (typeof known !== "object") key.literals.push(known as LiteralValue);
      if (key.literals.length > 1) break;
    }
  }
}

function argumentOf(of: Shape, probe: number): unknown {
  const isMissing = probe % MISSING_EVERY === MISSING_EVERY - 1;
  if (of.json !== undefined) return isMissing ? "{" : jsonOf(argumentOf(of.json, probe));
  if (of.fields.size > 0) {
    if (isMissing) return probe % 3 === 0 ? null : undefined;
    let place = 0;
    return Object.fromEntries([...of.fields].map(([name, field]) => [name, argumentOf(field, probe + place++)]));
  }
  if (of.items !== undefined) {
    const { items } = of;
    return isMissing ? "ab" : [0, 1, 2].map((place) => argumentOf(items, probe + place));
  }
  if (of.literals.length > 0 && probe % 3 === 0) return of.literals[(probe / 3) % of.literals.length];
  return pickOf(of, probe);
}

function pickOf(of: Shape, probe: number): unknown {
  if (!of.isText) return of.isNumber ? NUMBERS[probe % NUMBERS.length] : MIXED[probe % MIXED.length];
  of.texts ??= textsAround(of.separators);
  return of.texts[probe % of.texts.length];
}

function jsonOf(value: unknown): string {
  return JSON.stringify(typeof value === "number" && !Number.isFinite(value) ? null : (value ?? null));
}

function textsAround(separators: Iterable<string>): string[] {
  const texts: string[] = [];
  for (const separator of separators) {
    const long = LONG.join(separator);
    const around = `${separator}\u00e9${separator}\u{1f600}${separator}`;
    texts.push(separator, `a${separator}b`, separator + separator + separator, around, separator.slice(1), long);
  }
  return [...texts, ...TEXTS];
}
