import { NUMBER, STRING, UNDEFINED } from "../../block/row-type.js";
import type { Expression } from "../expression.js";
import { Refused } from "../refused.js";
import type { ExpressionCompiler } from "./compile-expression.js";
import type { KernelValue } from "./kernel-rows.js";
import { NULLISH, type Path, type Scalar } from "./scalars.js";

/** `value.toString(radix)`, `value.toFixed(digits)`. */
export function compileNumberText(
  compiler: ExpressionCompiler,
  value: Scalar,
  { name, args }: Extract<Expression, { kind: "method" }>,
  path: Path,
): KernelValue {
  const { scalars } = compiler;
  const numbers = args.map((arg) => compiler.scalar(arg, path));
  const [given] = numbers;
  if (given && given.tags & UNDEFINED.tags && given.tags !== UNDEFINED.tags) {
    throw new Refused("gives a count of digits that may be undefined", name);
  }
  const digits = given && given.tags !== UNDEFINED.tags ? [scalars.toNumber(given, path)] : [];
  if (name === "toFixed") {
    if ((value.tags & NUMBER.tags) === 0) throw new Refused(`calls the method "${name}" of what is no number`, name);
    const isNumber = scalars.hasTag(value, NUMBER.tags);
    scalars.guard(path, isNumber);
    return scalars.host("toFixed", [value, ...digits], scalars.and(path, isNumber));
  }
  if (value.tags & NULLISH) scalars.guard(path, scalars.hasTag(value, ~NULLISH));
  if (digits.length === 0 || !(value.tags & NUMBER.tags)) return scalars.toText(value, path);
  const isNumber = scalars.hasTag(value, NUMBER.tags);
  const text = scalars.host("toString", [value, ...digits], scalars.and(path, isNumber));
  return value.tags === NUMBER.tags
    ? text
    : { ...scalars.select(isNumber, text, scalars.toText(value, path)), tags: STRING.tags };
}
