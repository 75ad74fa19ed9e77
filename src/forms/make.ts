import { PlanError } from "../errors.js";
import { isNullish, literal } from "../lowering/build.js";
import { sizeOf } from "../lowering/copy-expression.js";
import { copyValue } from "../lowering/copy-value.js";
import { evaluate } from "../lowering/evaluate.js";
import type { BinaryOperator, Expression } from "../lowering/expression.js";
import { functionOf } from "../lowering/form.js";
import type { Lambda } from "../lowering/row.js";
import { expressionOf, notA } from "./operand.js";
import type { Literal } from "./types.js";

/** Parts of a form at most, each as often as it stands there. */
export const FORM_PARTS_MAX = 2000;

/** The function of a form on a row, with the methods of forms. */
export function makeForm(expression: Expression, more: object = {}): never {
  const parts = sizeOf(expression);
  if (parts > FORM_PARTS_MAX) {
    throw new PlanError(
      `A form may have ${FORM_PARTS_MAX} parts, each counted as often as it stands there, got ${parts}: compute what stands in several places by a map before.`,
      { code: "form-too-large", details: { parts, partsMax: FORM_PARTS_MAX } },
    );
  }
  const fn = functionOf(expression, 1, evaluate);
  Object.setPrototypeOf(fn, METHODS);
  return Object.freeze(Object.assign(fn, more)) as never;
}

type Binary = (this: unknown, other: unknown) => never;

function binary(name: string, operator: BinaryOperator): Binary {
  return function (other) {
    return makeForm({ kind: "binary", operator, left: expressionOf(this, name), right: expressionOf(other, name) });
  };
}

function call(name: string, fn: string): (this: unknown) => never {
  return function () {
    return makeForm({ kind: "call", name: fn, args: [expressionOf(this, name)] });
  };
}

/** A method of text. */
function method(name: string, of: string): (this: unknown, ...args: unknown[]) => never {
  return function (...args) {
    const given = args.filter((arg) => arg !== undefined).map((arg) => expressionOf(arg, name));
    return makeForm({ kind: "method", of: expressionOf(this, name), name: of, args: given });
  };
}

const not = (of: Expression): Expression => ({ kind: "unary", operator: "!", of });
/** `Boolean(of)`. */
export const truth = (of: Expression): Expression => not(not(of));

function logical(name: string, operator: "&&" | "||"): Binary {
  return function (other) {
    const [left, right] = [truth(expressionOf(this, name)), truth(expressionOf(other, name))];
    return makeForm({ kind: "logical", operator, left, right });
  };
}

function unary(name: string, operator: "-" | "~" | "!"): (this: unknown) => never {
  return function () {
    return makeForm({ kind: "unary", operator, of: expressionOf(this, name) });
  };
}

const OPERATORS: ReadonlyArray<readonly [name: string, operator: BinaryOperator]> = [
  ["eq", "==="],
  ["ne", "!=="],
  ["lt", "<"],
  ["le", "<="],
  ["gt", ">"],
  ["ge", ">="],
  ["add", "+"],
  ["sub", "-"],
  ["mul", "*"],
  ["div", "/"],
  ["mod", "%"],
  ["bitAnd", "&"],
  ["bitOr", "|"],
  ["bitXor", "^"],
  ["shiftLeft", "<<"],
  ["shiftRight", ">>"],
  ["shiftRightUnsigned", ">>>"],
];
const CALLS = ["abs", "floor", "ceil", "round", "trunc", "sign", "sqrt"].map((name) => [name, `Math.${name}`] as const);
const TEXT_METHODS: ReadonlyArray<readonly [name: string, method: string]> = [
  ["lower", "toLowerCase"],
  ["upper", "toUpperCase"],
  ["contains", "includes"],
  ...[
    "trim",
    "trimStart",
    "trimEnd",
    "startsWith",
    "endsWith",
    "indexOf",
    "slice",
    "charAt",
    "replace",
    "replaceAll",
  ].map((name) => [name, name] as const),
  ...["padStart", "padEnd"].map((name) => [name, name] as const),
];

/** What all forms inherit. Which of them a form shows is a matter of its type. */
const METHODS: object = Object.freeze({
  __proto__: Function.prototype,
  kind: "form",
  ...Object.fromEntries(OPERATORS.map(([name, operator]) => [name, binary(name, operator)])),
  ...Object.fromEntries(
    [...CALLS, ["text", "String"], ["number", "Number"]].map(([name, fn]) => [name, call(name!, fn!)]),
  ),
  ...Object.fromEntries(TEXT_METHODS.map(([name, of]) => [name, method(name, of)])),
  neg: unary("neg", "-"),
  bitNot: unary("bitNot", "~"),
  not: unary("not", "!"),
  and: logical("and", "&&"),
  or: logical("or", "||"),
  between(this: unknown, low: unknown, high: unknown) {
    const of = expressionOf(this, "between");
    const left: Expression = { kind: "binary", operator: ">=", left: of, right: expressionOf(low, "between") };
    const right: Expression = { kind: "binary", operator: "<=", left: of, right: expressionOf(high, "between") };
    return makeForm({ kind: "logical", operator: "&&", left, right });
  },
  isIn(this: unknown, values: readonly Literal[] | ReadonlySet<Literal>) {
    const isSet = values instanceof Set;
    if (!isSet && !Array.isArray(values)) throw notA("isIn", "an array or a Set of values", values);
    const items = copyValue([...(values as Iterable<Literal>)]);
    const args = [expressionOf(this, "isIn")];
    return makeForm({ kind: "method", of: { kind: "captured", value: items }, name: "includes", args });
  },
  lookUp(this: unknown, map: ReadonlyMap<unknown, unknown>) {
    if (!(map instanceof Map)) throw notA("lookUp", "a Map", map);
    const of: Expression = { kind: "captured", value: copyValue(map) };
    return makeForm({ kind: "method", of, name: "get", args: [expressionOf(this, "lookUp")] });
  },
  isMissing(this: unknown) {
    return makeForm(isNullish(expressionOf(this, "isMissing")));
  },
  isPresent(this: unknown) {
    return makeForm(not(isNullish(expressionOf(this, "isPresent"))));
  },
  orElse(this: unknown, other: unknown) {
    const [left, right] = [expressionOf(this, "orElse"), expressionOf(other, "orElse")];
    return makeForm({ kind: "logical", operator: "??", left, right });
  },
  len(this: unknown) {
    return makeForm({ kind: "field", of: expressionOf(this, "len"), name: "length" });
  },
  split(this: unknown, separator: unknown) {
    if (typeof separator !== "string" || separator === "") throw notA("split", "a text that is not empty", separator);
    return makeForm({ kind: "method", of: expressionOf(this, "split"), name: "split", args: [literal(separator)] });
  },
});

/** A function of two values of a row that reduces them. */
export function makeReducer(expression: Expression): Lambda {
  return functionOf(expression, 2, evaluate);
}
