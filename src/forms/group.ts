import { PlanError } from "../errors.js";
import { copyExpression } from "../lowering/copy-expression.js";
import { needLowering } from "../lowering/door.js";
import type { Expression, RecordField } from "../lowering/expression.js";
import { functionOf } from "../lowering/form.js";
import type { Lambda } from "../lowering/row.js";
import { type AggregateLeaf, type Aggregation, partsOfAggregation } from "./aggregation.js";
import { expressionOf, notA, ROW } from "./operand.js";

/** The functions of a grouping: rows to pairs, two combined values to one, pairs to results. */
export interface GroupFunctions {
  readonly toPair: (row: unknown) => unknown;
  readonly merge: (a: unknown, b: unknown) => unknown;
  readonly toRow: (pair: unknown) => unknown;
}

/** Aggregations by the name of the field that each becomes. */
export interface Aggregations {
  readonly [name: string]: Aggregation<never, unknown>;
}

/** These functions are called while a context runs: what evaluates has been loaded then, and comes with no program that has no use for it. */
function later(expression: Expression, parameters: number): Lambda {
  return functionOf(expression, parameters, (given, args) => needLowering().evaluate(given, args));
}

const SECOND: Expression = { kind: "parameter", index: 1 };

/** Columns by names, or forms with names, as expressions. **Errors:** `PlanError` "invalid-form". */
export function keysOf(subject: string, given: readonly unknown[]): Map<string, Expression> {
  const [only] = given;
  const isRecord = given.length === 1 && typeof only === "object" && only !== null;
  const keys = new Map<string, Expression>();
  if (isRecord) for (const [name, form] of Object.entries(only)) keys.set(name, expressionOf(form, subject));
  else {
    for (const name of given) {
      if (typeof name !== "string" || name in Object.prototype)
        throw notA(subject, "names of fields, or one object of forms", name);
      keys.set(name, { kind: "field", of: ROW, name });
    }
  }
  if (keys.size === 0) throw notA(subject, "one column at least", given);
  return keys;
}

/** The function of a row to an object of these fields. */
export function recordFunction(fields: ReadonlyMap<string, Expression>): (row: unknown) => unknown {
  const entries = [...fields].map(([name, value]) => entry(name, value));
  return later({ kind: "record", fields: entries }, 1) as (row: unknown) => unknown;
}

/** The functions that group rows by keys: results have the keys, then the aggregates. **Errors:** `PlanError` "invalid-group". */
export function groupFunctions(keys: ReadonlyMap<string, Expression>, aggregations: Aggregations): GroupFunctions {
  const all = partsOf(aggregations);
  const names = [...keys.keys()];
  const twice = [...all.keys()].find((name) => keys.has(name));
  if (twice !== undefined) {
    throw new PlanError(`agg: "${twice}" is a key already: give the aggregate another name.`, {
      code: "invalid-group",
      details: { name: twice },
    });
  }
  const leaves = [...all.values()].flatMap((parts) => parts.leaves);
  const key = names.length === 1 ? [...keys.values()][0]! : tupleOf([...keys.values()]);
  const [keyPart, combinedPart] = [at(ROW, 0), at(ROW, 1)];
  const fields: RecordField[] = names.map((name, i) => entry(name, names.length === 1 ? keyPart : at(keyPart, i)));
  let next = 0;
  for (const [name, parts] of all) {
    const own = parts.leaves.map(() => (leaves.length === 1 ? combinedPart : at(combinedPart, next++)));
    fields.push(entry(name, parts.finish(own)));
  }
  return {
    toPair: later(tupleOf([key, combinedOf(leaves)]), 1) as GroupFunctions["toPair"],
    merge: mergeOf(leaves),
    toRow: later({ kind: "record", fields }, 1) as GroupFunctions["toRow"],
  };
}

/** The functions of one aggregation of values: values to combined ones, two of them to one, and to results. */
export function valueFunctions(aggregation: unknown): Record<"toCombined" | "merge" | "toResult", Lambda> {
  const { leaves, finish } = partsOfAggregation(aggregation)!;
  const own = leaves.map((_, i) => (leaves.length === 1 ? ROW : at(ROW, i)));
  return {
    toCombined: later(copyExpression(combinedOf(leaves)), 1),
    merge: mergeOf(leaves),
    toResult: later(copyExpression(finish(own)), 1),
  };
}

function combinedOf(leaves: readonly AggregateLeaf[]): Expression {
  return leaves.length === 1 ? leaves[0]!.value : tupleOf(leaves.map(({ value }) => value));
}

function mergeOf(leaves: readonly AggregateLeaf[]): GroupFunctions["merge"] {
  const merged =
    leaves.length === 1
      ? leaves[0]!.merge(ROW, SECOND)
      : tupleOf(leaves.map(({ merge }, i) => merge(at(ROW, i), at(SECOND, i))));
  return later(merged, 2) as GroupFunctions["merge"];
}

function partsOf(aggregations: Aggregations) {
  if (typeof aggregations !== "object" || aggregations === null || Object.keys(aggregations).length === 0)
    throw notA("agg", "an object of one aggregation at least", aggregations);
  return new Map(
    Object.entries(aggregations).map(([name, aggregation]) => {
      const parts = partsOfAggregation(aggregation);
      if (parts === undefined || name === "__proto__")
        throw notA(`"${name}" of agg`, "an aggregation, such as sum(col(...))", aggregation);
      return [name, parts] as const;
    }),
  );
}

const at = (of: Expression, index: number): Expression => ({
  kind: "at",
  of,
  index: { kind: "literal", value: index },
});
const entry = (name: string, value: Expression): RecordField => ({ kind: "entry", name, value });
const tupleOf = (items: readonly Expression[]): Expression => ({ kind: "tuple", items });
