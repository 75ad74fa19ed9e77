import { abi } from "#kernel";
import { BOOLEAN, NUMBER, STRING } from "../../block/row-type.js";
import type { Expression, LiteralValue } from "../expression.js";
import { Refused } from "../refused.js";
import type { ExpressionCompiler } from "./compile-expression.js";
import { compileNumberText } from "./compile-number-text.js";
import { methodOfTuple } from "./compile-tuple.js";
import type { KernelValue } from "./kernel-rows.js";
import type { Path, Scalar } from "./scalars.js";
import { SplitList } from "./split-texts.js";

type Method = Extract<Expression, { kind: "method" }>;

const UNDEFINED_TAG = 1 << abi.TAG_UNDEFINED;
/** Elements of a captured array that a value is compared with one by one; of more there is an index. */
const COMPARED_MAX = 4;

const TESTS: ReadonlyMap<string, number> = new Map([
  ["startsWith", abi.TEXT_STARTS_WITH],
  ["endsWith", abi.TEXT_ENDS_WITH],
  ["includes", abi.TEXT_INCLUDES],
]);
const PLACES: ReadonlyMap<string, number> = new Map([
  ["indexOf", abi.TEXT_INDEX_OF],
  ["lastIndexOf", abi.TEXT_LAST_INDEX_OF],
]);
const CODES: ReadonlyMap<string, readonly [kind: number, tags: number]> = new Map([
  ["charCodeAt", [abi.TEXT_CHAR_CODE_AT, NUMBER.tags]],
  ["codePointAt", [abi.TEXT_CODE_POINT_AT, NUMBER.tags | UNDEFINED_TAG]],
]);
const PARTS: ReadonlyMap<string, readonly [kind: number, args: number, tags: number]> = new Map([
  ["slice", [abi.TEXT_SLICE, 2, STRING.tags]],
  ["substring", [abi.TEXT_SUBSTRING, 2, STRING.tags]],
  ["charAt", [abi.TEXT_CHAR_AT, 1, STRING.tags]],
  ["at", [abi.TEXT_AT, 1, STRING.tags | UNDEFINED_TAG]],
  ["trim", [abi.TEXT_TRIM, 0, STRING.tags]],
  ["trimStart", [abi.TEXT_TRIM_START, 0, STRING.tags]],
  ["trimEnd", [abi.TEXT_TRIM_END, 0, STRING.tags]],
  ["toLowerCase", [abi.TEXT_LOWER, 0, STRING.tags]],
  ["toUpperCase", [abi.TEXT_UPPER, 0, STRING.tags]],
]);

/** A call of a standard method. */
export function compileMethod(compiler: ExpressionCompiler, expression: Method, path: Path): KernelValue {
  const { of, name } = expression;
  if (of.kind === "captured") return ofCaptured(compiler, of.value, expression, path);
  const value = compiler.compile(of, path);
  if (value.kind === "tuple") return methodOfTuple(compiler, value.items, expression, path);
  if (value.kind !== "scalar")
    throw new Refused(`calls the method "${name}" of ${value.kind === "list" ? "a list" : "an object"}`, name);
  const { scalars } = compiler;
  if (name === "toString" || name === "toFixed") return compileNumberText(compiler, value, expression, path);
  if ((value.tags & STRING.tags) === 0) throw new Refused(`calls the method "${name}" of what is no string`, name);
  // Of anything else it would throw, or be another method: JavaScript knows.
  if (value.tags !== STRING.tags) scalars.guard(path, scalars.hasTag(value, STRING.tags));
  return ofText(compiler, scalars.asText(value), expression, path);
}

function ofText(compiler: ExpressionCompiler, text: Scalar, { name, args }: Method, path: Path): KernelValue {
  const { scalars } = compiler;
  // Arguments that nobody reads are computed, too: they may throw.
  for (const arg of args) compiler.compile(arg, path);
  const textAt = (index: number) =>
    args[index] ? scalars.toText(compiler.scalar(args[index], path), path) : scalars.constant("undefined");
  const test = TESTS.get(name);
  if (test !== undefined) {
    return scalars.compute(abi.OP_TEXT_TEST, [text, textAt(0), numberAt(compiler, args, 1, path)], BOOLEAN.tags, test);
  }
  const place = PLACES.get(name);
  if (place !== undefined) {
    return scalars.compute(
      abi.OP_TEXT_NUMBER,
      [text, textAt(0), numberAt(compiler, args, 1, path)],
      NUMBER.tags,
      place,
    );
  }
  const code = CODES.get(name);
  if (code) return scalars.compute(abi.OP_TEXT_NUMBER, [text, numberAt(compiler, args, 0, path)], code[1], code[0]);
  const part = PARTS.get(name);
  if (part) {
    const [kind, count, tags] = part;
    const numbers = [0, 1].map((i) => (i < count ? numberAt(compiler, args, i, path) : undefined));
    return scalars.compute(abi.OP_TEXT_PART, [text, ...numbers], tags, kind);
  }
  switch (name) {
    case "concat":
      return args.map((_, i) => textAt(i)).reduce((a, b) => scalars.compute(abi.OP_CONCAT, [a, b], STRING.tags), text);
    case "repeat":
      return scalars.host("repeat", [text, numberAt(compiler, args, 0, path) ?? scalars.constant(0)], path);
    case "padStart":
    case "padEnd": {
      const length = numberAt(compiler, args, 0, path) ?? scalars.constant(0);
      const fill = args[1] === undefined ? [] : [paddingOf(compiler, args[1], path)];
      return scalars.host(name, [text, length, ...fill], path);
    }
    case "replace":
    case "replaceAll":
      return scalars.host(name, [text, textAt(0), textAt(1)], path);
    case "split":
      return splitOf(text, args);
    default:
      throw new Refused(`calls the method "${name}", which the kernel does not have`, name);
  }
}

function paddingOf(compiler: ExpressionCompiler, arg: Expression, path: Path): Scalar {
  const value = compiler.scalar(arg, path);
  if (value.tags & UNDEFINED_TAG) throw new Refused("pads with what may be undefined");
  return compiler.scalars.toText(value, path);
}

function splitOf(text: Scalar, [separator, ...others]: readonly Expression[]): KernelValue {
  if (separator?.kind !== "literal" || typeof separator.value !== "string") {
    throw new Refused("splits at something else than a fixed string", "split");
  }
  if (others.length > 0) throw new Refused("split takes a limit", "split");
  if (separator.value === "") throw new Refused('splits at ""', "split");
  if (!separator.value.isWellFormed()) throw new Refused("splits at half a character", "split");
  return { kind: "list", list: new SplitList(text, separator.value) };
}

/** A number that is given, or undefined where it is not. */
function numberAt(
  compiler: ExpressionCompiler,
  args: readonly Expression[],
  index: number,
  path: Path,
): Scalar | undefined {
  const arg = args[index];
  if (arg === undefined) return undefined;
  const value = compiler.scalar(arg, path);
  if (value.tags === UNDEFINED_TAG) return undefined;
  if (value.tags & UNDEFINED_TAG) throw new Refused("gives a position that may be undefined");
  return compiler.scalars.toNumber(value, path);
}

/** `items.includes(value)` for an array of constants: as a set has its keys. */
function includes(compiler: ExpressionCompiler, of: object, items: readonly unknown[], value: Scalar): Scalar {
  const { scalars } = compiler;
  const isFew = items.length <= COMPARED_MAX && !items.some((item) => Number.isNaN(item));
  if (!isFew) return scalars.lookUps.hasIn(of, new Set(items), value) ?? scalars.constant(false);
  return items
    .map((item) => scalars.equal(value, scalars.constant(item as LiteralValue), false, undefined))
    .reduce((a, b) => scalars.or(a, b), scalars.constant(false));
}

function ofCaptured(compiler: ExpressionCompiler, of: object, expression: Method, path: Path): KernelValue {
  const { name, args } = expression;
  const isPrimitive = (item: unknown) => typeof item !== "object" || item === null;
  if (Array.isArray(of) && name === "includes" && args.length === 1 && of.every(isPrimitive)) {
    return includes(compiler, of, of, compiler.scalar(args[0]!, path));
  }
  if (Array.isArray(of)) {
    const value = compiler.compile(expression.of, path);
    if (value.kind === "tuple") return methodOfTuple(compiler, value.items, expression, path);
  }
  const isMap = of instanceof Map && (name === "get" || name === "has");
  if ((isMap || (of instanceof Set && name === "has")) && args.length === 1) {
    const { scalars } = compiler;
    const key = compiler.scalar(args[0]!, path, "looks up");
    if (name === "get")
      return scalars.lookUps.get(of as ReadonlyMap<unknown, unknown>, key) ?? scalars.constant(undefined);
    return scalars.lookUps.has(of as ReadonlySet<unknown>, key) ?? scalars.constant(false);
  }
  throw new Refused(`calls the method "${name}" of a captured object`, name);
}
