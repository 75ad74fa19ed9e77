import { abi } from "#kernel";
import { BOOLEAN, NUMBER } from "../../block/row-type.js";
import type { Expression } from "../expression.js";
import { Refused } from "../refused.js";
import type { ExpressionCompiler } from "./compile-expression.js";
import type { KernelValue } from "./kernel-rows.js";
import { isOptional } from "./optional.js";
import { JSON_TAG, type Path, type Scalar } from "./scalars.js";

const MATH: Partial<Record<string, number>> = {
  "Math.abs": abi.MATH_ABS,
  "Math.ceil": abi.MATH_CEIL,
  "Math.floor": abi.MATH_FLOOR,
  "Math.round": abi.MATH_ROUND,
  "Math.trunc": abi.MATH_TRUNC,
  "Math.sign": abi.MATH_SIGN,
  "Math.sqrt": abi.MATH_SQRT,
  "Math.fround": abi.MATH_FROUND,
  "Math.clz32": abi.MATH_CLZ32,
};
const IS: Partial<Record<string, readonly [kind: number, coerces: boolean]>> = {
  isNaN: [abi.MATH_IS_NAN, true],
  isFinite: [abi.MATH_IS_FINITE, true],
  "Number.isNaN": [abi.MATH_IS_NAN, false],
  "Number.isFinite": [abi.MATH_IS_FINITE, false],
  "Number.isInteger": [abi.MATH_IS_INTEGER, false],
  "Number.isSafeInteger": [abi.MATH_IS_INTEGER, false],
};

/** A call of a standard function. */
export function compileCall(
  compiler: ExpressionCompiler,
  { name, args }: Extract<Expression, { kind: "call" }>,
  path: Path,
): KernelValue {
  const { scalars } = compiler;
  // Arguments that nobody reads are computed, too: they may throw.
  for (const arg of args) compiler.compile(arg, path);
  const [first] = args;
  const math = MATH[name];
  if (math !== undefined) {
    return scalars.compute(abi.OP_MATH, [number(compiler, first, path)], NUMBER.tags, math);
  }
  const is = IS[name];
  if (is) return compileIs(compiler, name, first, is, path);
  switch (name) {
    case "Math.min":
    case "Math.max": {
      const imm = name === "Math.min" ? abi.ARITHMETIC_MIN : abi.ARITHMETIC_MAX;
      const start = scalars.constant(name === "Math.min" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY);
      const values = args.map((arg) => number(compiler, arg, path));
      return values.length === 0 ? start : values.reduce((a, b) => scalars.arithmetic(imm, a, b));
    }
    case "Math.imul": {
      const [a, b] = [number(compiler, first, path), number(compiler, args[1], path)];
      return scalars.arithmetic(abi.ARITHMETIC_IMUL, a, b);
    }
    case "Number":
      return first ? number(compiler, first, path) : scalars.constant(0);
    case "String":
      return first ? scalars.toText(compiler.scalar(first, path), path) : scalars.constant("");
    case "Boolean":
      return first ? scalars.truthy(compiler.scalar(first, path, "tests")) : scalars.constant(false);
    case "parseFloat":
    case "Number.parseFloat":
      return parsed(compiler, first, path, -1);
    case "parseInt":
    case "Number.parseInt":
      return parsed(compiler, first, path, radixOf(args[1]));
    case "Array.isArray": {
      const value = first ? compiler.compile(first, path) : scalars.constant(undefined);
      if (value.kind === "record") return scalars.constant(false);
      if (isOptional(value)) return value.list.value.kind === "tuple" ? value.list.isThere : scalars.constant(false);
      if (value.kind !== "scalar") return scalars.constant(true);
      if (value.tags & JSON_TAG) throw new Refused("asks whether JSON is an array", name);
      return scalars.constant(false);
    }
    case "JSON.parse":
      if (args.length !== 1) throw new Refused("JSON.parse with a reviver", "JSON.parse");
      return compiler.json.parse(parsedText(compiler, scalars.toText(compiler.scalar(first!, path), path), path));
    default:
      throw new Refused(`calls "${name}", which the kernel does not have`, name);
  }
}

function number(compiler: ExpressionCompiler, arg: Expression | undefined, path: Path): Scalar {
  const { scalars } = compiler;
  return arg ? scalars.toNumber(compiler.scalar(arg, path), path) : scalars.constant(Number.NaN);
}

function compileIs(
  compiler: ExpressionCompiler,
  name: string,
  arg: Expression | undefined,
  [kind, coerces]: readonly [number, boolean],
  path: Path,
): Scalar {
  const { scalars } = compiler;
  const value = arg ? compiler.scalar(arg, path) : scalars.constant(undefined);
  if (coerces) return scalars.compute(abi.OP_MATH, [scalars.toNumber(value, path)], BOOLEAN.tags, kind);
  const isNumber = scalars.hasTag(value, NUMBER.tags);
  const asNumber = { ...scalars.select(isNumber, value, scalars.constant(0)), tags: NUMBER.tags };
  const is = scalars.and(isNumber, scalars.compute(abi.OP_MATH, [asNumber], BOOLEAN.tags, kind));
  if (name !== "Number.isSafeInteger") return is;
  const size = scalars.compute(abi.OP_MATH, [asNumber], NUMBER.tags, abi.MATH_ABS);
  const max = scalars.constant(Number.MAX_SAFE_INTEGER);
  return scalars.and(is, scalars.compute(abi.OP_COMPARE, [size, max], BOOLEAN.tags, abi.COMPARE_LESS_EQUAL));
}

/** `radix`: 0 where none is given, -1 for `parseFloat`. */
function parsed(compiler: ExpressionCompiler, arg: Expression | undefined, path: Path, radix: number): Scalar {
  const { scalars } = compiler;
  if (!arg) return scalars.constant(Number.NaN);
  const text = scalars.toText(compiler.scalar(arg, path), path);
  return scalars.compute(abi.OP_PARSE_NUMBER, [text], NUMBER.tags, radix);
}

function radixOf(arg: Expression | undefined): number {
  if (arg === undefined) return 0;
  if (arg.kind === "literal" && (arg.value === undefined || arg.value === 10 || arg.value === 16))
    return arg.value ?? 0;
  throw new Refused("parseInt with a radix besides 10 and 16", "parseInt");
}

/** The text that is parsed: where JavaScript would not come to it, one that is fine. */
function parsedText({ scalars }: ExpressionCompiler, text: Scalar, path: Path): Scalar {
  return path ? scalars.select(path, text, scalars.constant("null")) : text;
}
