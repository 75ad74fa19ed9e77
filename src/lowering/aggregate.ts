import { NUMBER, type RowType, type ScalarType, STRING } from "../plan/row-type.js";
import { choose } from "./build.js";
import { type Expression, type LiteralValue, type Refusal, refuse } from "./expression.js";
import { isPlainAccess, reads, sameExpression } from "./same-expression.js";

/**
 * How the kernel brings a value into what it has: numbers added, strings joined, `Math.min`, `Math.max`, the one before, the one after, `&&`, `||`, `&`,
 * `|`, `^`, `a < b ? a : b`, `a > b ? a : b`, `b < a ? b : a`, `b > a ? b : a`.
 */
export type AggregateOp =
  | "sum"
  | "concat"
  | "min"
  | "max"
  | "first"
  | "last"
  | "and"
  | "or"
  | "bit-and"
  | "bit-or"
  | "bit-xor"
  | "less"
  | "greater"
  | "below"
  | "above";

/** What happens to one leaf of a combined value. */
export interface Aggregate {
  readonly op: AggregateOp;
  /** What is brought in, as an expression on the parameters of the function, of which it does not read the first. */
  readonly value: Expression;
  /** What the leaf is from then on. */
  readonly type: ScalarType;
}

type Path = ReadonlyArray<string | number>;

/**
 * A function `(combined, value) => combined` taken apart by the leaves of `type`, the combined values' type: of each leaf the operation that brings the
 * value into it. Or why that cannot be done: it reads other leaves, or does something else.
 */
export function aggregatesOf(expression: Expression, type: RowType): Aggregate[] | Refusal {
  const aggregates: Aggregate[] = [];
  const refusal = takeApart(expression, type, [], aggregates);
  return refusal ?? aggregates;
}

function takeApart(given: Expression, type: RowType, path: Path, into: Aggregate[]): Refusal | undefined {
  // What is checked first, as parameters are taken apart, cannot throw for values of a known shape.
  const expression = given.kind === "sequence" && given.checks.every(isPlainAccess) ? given.result : given;
  switch (type.kind) {
    case "scalar": {
      const aggregate = aggregateOf(expression, type, path);
      if ("ok" in aggregate) return aggregate;
      into.push(aggregate);
      return undefined;
    }
    case "list":
      return refuse("the kernel reduces no lists");
    case "tuple": {
      if (isAccess(expression, 0, path)) return keepAll(type, "first", path, into);
      if (isAccess(expression, 1, path)) return keepAll(type, "last", path, into);
      if (expression.kind !== "tuple" || expression.items.length !== type.items.length) return otherShape();
      for (const [i, item] of expression.items.entries()) {
        if (item.kind === "spread") return refuse("spreads into an array", "...");
        const refusal = takeApart(item, type.items[i]!, [...path, i], into);
        if (refusal) return refusal;
      }
      return undefined;
    }
    case "record": {
      if (isAccess(expression, 0, path)) return keepAll(type, "first", path, into);
      if (isAccess(expression, 1, path)) return keepAll(type, "last", path, into);
      if (expression.kind !== "record" || expression.fields.length !== type.fields.length) return otherShape();
      for (const [i, [name, fieldType]] of type.fields.entries()) {
        const field = expression.fields[i]!;
        if (field.kind === "spread") return refuse("spreads into an object", "...");
        if (field.name !== name) return otherShape();
        const refusal = takeApart(field.value, fieldType, [...path, name], into);
        if (refusal) return refusal;
      }
      return undefined;
    }
  }
}

function otherShape(): Refusal {
  return refuse("the kernel reduces values to values of the same shape");
}

/** All leaves of a value that is taken whole. */
function keepAll(type: RowType, op: "first" | "last", path: Path, into: Aggregate[]): undefined {
  for (const [leafPath, leaf] of leafPaths(type, path)) into.push({ op, value: accessOf(1, leafPath), type: leaf });
}

function leafPaths(type: RowType, path: Path): Array<readonly [Path, ScalarType]> {
  if (type.kind === "scalar") return [[path, type]];
  if (type.kind === "tuple") return type.items.flatMap((item, i) => leafPaths(item, [...path, i]));
  if (type.kind === "record") return type.fields.flatMap(([name, field]) => leafPaths(field, [...path, name]));
  return [];
}

function aggregateOf(expression: Expression, type: ScalarType, path: Path): Aggregate | Refusal {
  if (isAccess(expression, 0, path)) return { op: "first", value: accessOf(1, path), type };
  const found = operationOf(expression, type, path);
  if (found === undefined) return refuse("the kernel has no such reduction");
  if ("ok" in found) return found;
  if (reads(found.value, 0)) return refuse("the kernel has no such reduction");
  return found;
}

function operationOf(expression: Expression, type: ScalarType, path: Path): Aggregate | Refusal | undefined {
  const has = (each: Expression | undefined): boolean => each !== undefined && isAccess(each, 0, path);
  if (!reads(expression, 0)) return { op: "last", value: expression, type };
  switch (expression.kind) {
    case "binary": {
      const { operator, left, right } = expression;
      if (operator === "+") {
        if (type.tags === STRING.tags) return joinOf(joinedTo(expression, has));
        if (type.tags !== NUMBER.tags && !has(left)) return undefined;
        return other(has(left), right, has(right), left, (value) => ({ op: "sum", value, type: NUMBER }));
      }
      if (operator === "-" && type.tags === NUMBER.tags && has(left)) {
        return { op: "sum", value: negated(right), type: NUMBER };
      }
      const bits = BITS[operator];
      if (bits) return other(has(left), right, has(right), left, (value) => ({ op: bits, value, type: NUMBER }));
      return undefined;
    }
    case "template":
      return type.tags === STRING.tags ? joinOf(joinedTo(expression, has)) : undefined;
    case "logical":
      if (expression.operator === "??" || !has(expression.left)) return undefined;
      return { op: expression.operator === "&&" ? "and" : "or", value: expression.right, type };
    case "call": {
      const op = expression.name === "Math.min" ? "min" : expression.name === "Math.max" ? "max" : undefined;
      const [left, right] = expression.args;
      if (op === undefined || expression.args.length !== 2) return undefined;
      return other(has(left), right!, has(right), left!, (value) => ({ op, value, type: NUMBER }));
    }
    case "condition":
      return pickOf(expression, type, has) ?? whereOf(expression, type, path);
    default:
      return undefined;
  }
}

/** What is joined to the text of the combined value, in order: `a + "," + b` is `a + ("," + b)` where a is text. */
function joinedTo(expression: Expression, has: (each: Expression) => boolean): readonly Expression[] | undefined {
  if (has(expression)) return [];
  if (expression.kind === "binary" && expression.operator === "+") {
    const before = joinedTo(expression.left, has);
    return before && [...before, expression.right];
  }
  if (expression.kind !== "template") return undefined;
  const [first, ...others] = expression.parts;
  const before = first && joinedTo(first, has);
  return before && [...before, ...others];
}

function joinOf(parts: readonly Expression[] | undefined): Aggregate | undefined {
  const [first, ...others] = parts ?? [];
  if (first === undefined) return undefined;
  return { op: "concat", value: others.length === 0 ? first : { kind: "template", parts: parts! }, type: STRING };
}

/** `a - b` is `a + -b`, to the bit. */
function negated(of: Expression): Expression {
  const isNumber = of.kind === "literal" && typeof of.value === "number";
  return isNumber ? { kind: "literal", value: -(of.value as number) } : { kind: "unary", operator: "-", of };
}

const BITS: Partial<Record<string, AggregateOp>> = { "&": "bit-and", "|": "bit-or", "^": "bit-xor" };

/** The operand that is not the combined value, where the other one is. */
function other(
  isLeft: boolean,
  right: Expression,
  isRight: boolean,
  left: Expression,
  make: (value: Expression) => Aggregate,
): Aggregate | undefined {
  if (isLeft) return make(right);
  return isRight ? make(left) : undefined;
}

/** One of two by comparison, on numbers or on strings: `a < b ? a : b` and what means the same or takes the other one. */
function pickOf(
  { test, then, else: otherwise }: Extract<Expression, { kind: "condition" }>,
  type: ScalarType,
  has: (each: Expression) => boolean,
): Aggregate | undefined {
  if (test.kind !== "binary" || (test.operator !== "<" && test.operator !== ">")) return undefined;
  const isLeft = has(test.left);
  if (!isLeft && !has(test.right)) return undefined;
  const value = isLeft ? test.right : test.left;
  const isKeptIfLess = (test.operator === "<") === isLeft;
  const given = { value, type: type.tags === STRING.tags ? STRING : NUMBER };
  if (has(then) && sameExpression(value, otherwise)) return { op: isKeptIfLess ? "less" : "greater", ...given };
  if (has(otherwise) && sameExpression(value, then)) return { op: isKeptIfLess ? "above" : "below", ...given };
  return undefined;
}

/** What leaves a combined value as it is, for operations that have such a value. */
const NEUTRAL: Partial<Record<AggregateOp, LiteralValue>> = {
  sum: -0,
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
  concat: "",
};

/** `test ? a + b : a`: an operation where the test holds. */
function whereOf(
  { test, then, else: otherwise }: Extract<Expression, { kind: "condition" }>,
  type: ScalarType,
  path: Path,
): Aggregate | Refusal | undefined {
  if (reads(test, 0)) return undefined;
  const isThen = isAccess(otherwise, 0, path);
  if (!isThen && !isAccess(then, 0, path)) return undefined;
  const made = operationOf(isThen ? then : otherwise, type, path);
  if (made === undefined || "ok" in made || !(made.op in NEUTRAL)) return made && "ok" in made ? made : undefined;
  const neutral: Expression = { kind: "literal", value: NEUTRAL[made.op] };
  return { ...made, value: isThen ? choose(test, made.value, neutral) : choose(test, neutral, made.value) };
}

/** Whether an expression is exactly the part of a parameter at `path`. */
function isAccess(expression: Expression, parameter: number, path: Path): boolean {
  if (path.length === 0) return expression.kind === "parameter" && expression.index === parameter;
  const step = path[path.length - 1]!;
  const rest = path.slice(0, -1);
  switch (expression.kind) {
    case "field":
      return expression.name === step && isAccess(expression.of, parameter, rest);
    case "element":
      return expression.index === step && isAccess(expression.of, parameter, rest);
    case "at":
      return (
        expression.index.kind === "literal" &&
        expression.index.value === step &&
        isAccess(expression.of, parameter, rest)
      );
    default:
      return false;
  }
}

function accessOf(parameter: number, path: Path): Expression {
  let expression: Expression = { kind: "parameter", index: parameter };
  for (const step of path) {
    expression =
      typeof step === "string"
        ? { kind: "field", of: expression, name: step }
        : { kind: "at", of: expression, index: { kind: "literal", value: step } };
  }
  return expression;
}
