import { BIGINT, BOOLEAN, NULL, NUMBER, STRING, UNDEFINED } from "../block/row-type.js";
import { choose, isUndefined, literal } from "./build.js";
import type { KernelRows, KernelValue } from "./compile/kernel-rows.js";
import { type Expression, type Refusal, refuse } from "./expression.js";

/** The canonical string (src/block/key.ts) of a value with parts, for each row of a program; or why the kernel does not write it. */
export function canonicalText(rows: KernelRows, value: KernelValue): KernelValue | Refusal {
  const text = textOf(value, { kind: "parameter", index: 0 });
  return text ? rows.apply(text, [value]) : refuse("the values have parts that the kernel does not write as text");
}

function textOf(value: KernelValue, of: Expression): Expression | undefined {
  switch (value.kind) {
    case "scalar":
      return scalarText(value.tags, of);
    case "tuple": {
      const items = value.items.map((item, i) => textOf(item, { kind: "at", of, index: literal(i) }));
      return items.every((item) => item !== undefined) ? joined([literal("["), ...items, literal("]")]) : undefined;
    }
    case "record": {
      const fields = [...value.fields].sort(([a], [b]) => (a < b ? -1 : 1)).map((field) => fieldText(field, of));
      return fields.every((field) => field !== undefined) ? joined([literal("{"), ...fields, literal("}")]) : undefined;
    }
    case "list":
      return undefined;
  }
}

/** One that is undefined is not there. */
function fieldText([name, value]: readonly [string, KernelValue], of: Expression): Expression | undefined {
  const field: Expression = { kind: "field", of, name };
  const text = textOf(value, field);
  if (text === undefined) return undefined;
  const whole = joined([literal(`s${name.length}:${name}`), text]);
  if (value.kind !== "scalar" || !(value.tags & UNDEFINED.tags)) return whole;
  return choose(isUndefined(field), literal(""), whole);
}

/** What it is where it may be of several types is asked in this order. */
const TYPES: ReadonlyArray<
  readonly [tags: number, is: (of: Expression) => Expression, text: (of: Expression) => Expression]
> = [
  [UNDEFINED.tags, isUndefined, () => literal("u")],
  [NULL.tags, (of) => isSame(of, literal(null)), () => literal("z")],
  [
    STRING.tags,
    (of) => isOfType(of, "string"),
    (of) => joined([literal("s"), { kind: "field", of, name: "length" }, literal(":"), of]),
  ],
  [NUMBER.tags, (of) => isOfType(of, "number"), (of) => joined([literal("n"), of, literal(";")])],
  [BIGINT.tags, (of) => isOfType(of, "bigint"), (of) => joined([literal("i"), of, literal(";")])],
  [BOOLEAN.tags, (of) => isOfType(of, "boolean"), (of) => choose(of, literal("t"), literal("f"))],
];

function scalarText(tags: number, of: Expression): Expression | undefined {
  const possible = TYPES.filter(([tag]) => tags & tag);
  if (possible.reduce((all, [tag]) => all | tag, 0) !== tags) return undefined;
  return possible.reduceRight<Expression | undefined>((otherwise, [, is, text]) => {
    return otherwise === undefined ? text(of) : choose(is(of), text(of), otherwise);
  }, undefined);
}

function joined(parts: readonly Expression[]): Expression {
  return { kind: "template", parts };
}

function isSame(left: Expression, right: Expression): Expression {
  return { kind: "binary", operator: "===", left, right };
}

function isOfType(of: Expression, type: string): Expression {
  return isSame({ kind: "unary", operator: "typeof", of }, literal(type));
}
