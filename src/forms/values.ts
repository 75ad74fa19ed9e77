import { PlanError } from "../errors.js";
import { choose, literal } from "../lowering/build.js";
import type { Expression, RecordField, Spread } from "../lowering/expression.js";
import { makeForm } from "./make.js";
import { expressionOf, notA, ROW } from "./operand.js";
import type {
  Column,
  Expr,
  ExtendedForm,
  Fields,
  Literal,
  Needs,
  NeedsAll,
  Operand,
  RecordForm,
  TupleForm,
  ValueIn,
} from "./types.js";

/** Names that every object inherits would be found where a field is missing. */
const INHERITED = new Set(Object.getOwnPropertyNames(Object.prototype));

/**
 * A column: a field by its name, `col("price")`, one inside another, `col("geo", "lat")`, an item of a tuple by its position, `col(1)`.
 * **Errors:** `PlanError` "invalid-column".
 */
export function col<const P extends readonly [string | number, ...Array<string | number>]>(...path: P): Column<P> {
  if (path.length === 0) throw invalidColumn(path, "got none");
  let expression: Expression = ROW;
  for (const step of path as ReadonlyArray<string | number>) {
    if (typeof step === "string" && !INHERITED.has(step)) expression = { kind: "field", of: expression, name: step };
    else if (typeof step === "number" && Number.isSafeInteger(step) && step >= 0)
      expression = { kind: "at", of: expression, index: literal(step) };
    else throw invalidColumn(path, `got ${JSON.stringify(step) ?? typeof step}`);
  }
  return makeForm(expression, { path: Object.freeze([...path]) });
}

function invalidColumn(path: readonly unknown[], got: string): PlanError {
  return new PlanError(
    `col takes names of fields and positions in tuples, from the outside in, none that all objects inherit, ${got}: write col("geo", "lat").`,
    { code: "invalid-column", details: { path } },
  );
}

/** The row itself: a line of text, a number, the value in `mapValues`. */
export function row(): Column<readonly []> {
  return makeForm(ROW, { path: Object.freeze([]) });
}

/** The same value for each row. */
export function lit<const V extends Literal>(value: V): Expr<unknown, ValueIn<V, unknown>> {
  return makeForm(expressionOf(value, "lit"));
}

/** The pieces of lines between separators: `lines.flatMap(tokenize(" "))`. */
export function tokenize(separator: string): Expr<string, string[]> {
  return row().split(separator);
}

/** What `JSON.parse` gives for a text; reading it on makes columns: `parseJson(row())`. Its fields are read by `field`. */
export function parseJson<O extends Operand>(text: O): Expr<Needs<O>, unknown> {
  return makeForm({ kind: "call", name: "JSON.parse", args: [expressionOf(text, "parseJson")] });
}

/** A field of a value that is an object. */
// biome-ignore lint/suspicious/noExplicitAny: it may be used as any type, and nobody knows which it is.
export function field<O extends Operand>(of: O, name: string): Expr<Needs<O>, any> {
  if (typeof name !== "string" || INHERITED.has(name)) throw invalidColumn([name], `got ${JSON.stringify(name)}`);
  return makeForm({ kind: "field", of: expressionOf(of, "field"), name });
}

/** An array of values: `map(tuple(col("user"), 1))` makes pairs. */
export function tuple<const I extends readonly Operand[]>(...items: I): TupleForm<I> {
  if (items.length === 0) throw notA("tuple", "one item at least", items);
  return makeForm({ kind: "tuple", items: items.map((item) => expressionOf(item, "tuple")) }, { items });
}

/** An object of values, in the order of the fields: `map(record({ user: col("user"), cents: col("price").mul(100) }))`. */
export function record<const F extends Fields>(fields: F): RecordForm<F> {
  return makeForm({ kind: "record", fields: entriesOf(fields, "record") }, { fields });
}

/** The row with more fields, or other values for some of its own: `map(extend({ total: col("price").mul(col("count")) }))`. */
export function extend<const F extends Fields>(fields: F): ExtendedForm<F> {
  const own: Spread = { kind: "spread", of: ROW };
  return makeForm({ kind: "record", fields: [own, ...entriesOf(fields, "extend")] });
}

function entriesOf(fields: Fields, subject: string): RecordField[] {
  if (typeof fields !== "object" || fields === null || Object.keys(fields).length === 0)
    throw notA(subject, "an object of one field at least", fields);
  return Object.entries(fields).map(([name, value]) => {
    if (name === "__proto__") throw notA(subject, 'no field "__proto__"', name);
    return { kind: "entry", name, value: expressionOf(value, subject) };
  });
}

/** What `when` has so far. */
export interface Cases<R, V> {
  /** One more condition, for rows that none before held for. */
  when<T extends Operand, O extends Operand>(
    test: T,
    value: O,
  ): Cases<R & Needs<T> & Needs<O>, V | ValueIn<O, unknown>>;
  /** The value of all other rows. */
  otherwise<O extends Operand>(value: O): Expr<R & Needs<O>, V | ValueIn<O, unknown>>;
}

/** The value of the first condition that holds: `when(col("price").gt(100), "high").when(...).otherwise("low")`. */
export function when<T extends Operand, O extends Operand>(
  test: T,
  value: O,
): Cases<Needs<T> & Needs<O>, ValueIn<O, unknown>> {
  return casesOf([[expressionOf(test, "when"), expressionOf(value, "when")]]) as never;
}

function casesOf(cases: ReadonlyArray<readonly [test: Expression, value: Expression]>): Cases<unknown, unknown> {
  return {
    when: (test, value) => casesOf([...cases, [expressionOf(test, "when"), expressionOf(value, "when")]]) as never,
    otherwise: (value) =>
      makeForm(cases.reduceRight((rest, [test, then]) => choose(test, then, rest), expressionOf(value, "otherwise"))),
  };
}

/** The first value that is neither undefined nor null, else the last one. */
// biome-ignore lint/suspicious/noExplicitAny: it may be used as any type, and nobody knows which it is.
export function coalesce<I extends readonly Operand[]>(...values: I): Expr<NeedsAll<I[number]>, any> {
  if (values.length === 0) throw notA("coalesce", "one value at least", values);
  const all = values.map((value) => expressionOf(value, "coalesce"));
  return makeForm(all.reduceRight((right, left) => ({ kind: "logical", operator: "??", left, right })));
}

/** Values as text, one after the other, as a template has them. */
export function concat<I extends readonly Operand[]>(...values: I): Expr<NeedsAll<I[number]>, string> {
  return makeForm({ kind: "template", parts: values.map((value) => expressionOf(value, "concat")) });
}

/** `Math.min` of numbers. */
export function least<I extends readonly Operand[]>(...values: I): Expr<NeedsAll<I[number]>, number> {
  return makeForm({ kind: "call", name: "Math.min", args: values.map((value) => expressionOf(value, "least")) });
}

/** `Math.max` of numbers. */
export function greatest<I extends readonly Operand[]>(...values: I): Expr<NeedsAll<I[number]>, number> {
  return makeForm({ kind: "call", name: "Math.max", args: values.map((value) => expressionOf(value, "greatest")) });
}
