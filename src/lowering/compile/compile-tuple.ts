import { abi } from "#kernel";
import { STRING } from "../../block/row-type.js";
import type { Expression } from "../expression.js";
import { Refused } from "../refused.js";
import type { ExpressionCompiler } from "./compile-expression.js";
import type { KernelValue } from "./kernel-rows.js";
import { JSON_TAG, NULLISH, type Path, type Scalar } from "./scalars.js";

type Method = Extract<Expression, { kind: "method" }>;

/** A method of an array of known length. */
export function methodOfTuple(
  compiler: ExpressionCompiler,
  items: readonly KernelValue[],
  expression: Method,
  path: Path,
): KernelValue {
  const { name, args } = expression;
  const { scalars } = compiler;
  const values = args.map((arg) => compiler.compile(arg, path));
  switch (name) {
    case "join":
      return join(compiler, items, values[0], path);
    case "concat": {
      const all = values.flatMap((value) => {
        const mayBeList = value.kind === "list" || (value.kind === "scalar" && value.tags & JSON_TAG);
        if (mayBeList) throw new Refused("joins a list of any length", name);
        return value.kind === "tuple" ? value.items : [value];
      });
      return { kind: "tuple", items: [...items, ...all] };
    }
    case "slice":
      return { kind: "tuple", items: items.slice(...args.map((arg) => fixed(arg, name))) };
    case "at":
      return items.at(fixed(args[0], name)) ?? scalars.constant(undefined);
    case "includes":
      if (args.length === 1) return includes(compiler, items, scalars.of(values[0]!, "compares"), path);
      break;
    default:
  }
  throw new Refused(`calls the method "${name}" of an array`, name);
}

/** A number that stands there. */
function fixed(arg: Expression | undefined, name: string): number {
  if (arg?.kind !== "literal" || typeof arg.value !== "number") {
    throw new Refused(`calls the method "${name}" of an array with a number that is computed`, name);
  }
  return arg.value;
}

function join(
  compiler: ExpressionCompiler,
  items: readonly KernelValue[],
  separator: KernelValue | undefined,
  path: Path,
): KernelValue {
  const { scalars } = compiler;
  const given = separator && scalars.of(separator, "joins with");
  if (given && given.tags !== STRING.tags) throw new Refused("joins with what may be no string", "join");
  const between = given ?? scalars.constant(",");
  const concat = (a: Scalar, b: Scalar) => scalars.compute(abi.OP_CONCAT, [a, b], STRING.tags);
  const texts = items.map((item) => {
    const value = scalars.of(item, "joins");
    const isThere = scalars.hasTag(value, ~NULLISH);
    const text = scalars.select(isThere, scalars.toText(value, scalars.and(path, isThere)), scalars.constant(""));
    return { ...text, tags: STRING.tags };
  });
  const [first = scalars.constant(""), ...rest] = texts;
  return rest.reduce((a, b) => concat(concat(a, between), b), first);
}

/** As `===`, but NaN is in. */
function includes({ scalars }: ExpressionCompiler, items: readonly KernelValue[], value: Scalar, path: Path): Scalar {
  const mayBeNaN = (of: Scalar) => scalars.isNaN(of);
  return items
    .map((item) => scalars.of(item, "compares"))
    .map((item) => scalars.or(scalars.equal(value, item, false, path), scalars.and(mayBeNaN(value), mayBeNaN(item))))
    .reduce((a, b) => scalars.or(a, b), scalars.constant(false));
}
