import { choose, isNullish, literal, UNDEFINED } from "../lowering/build.js";
import type { Expression } from "../lowering/expression.js";
import type { Lambda } from "../lowering/row.js";
import { type AggregateLeaf, type AggregateParts, type Aggregation, setAggregation } from "./aggregation.js";
import { makeReducer, truth } from "./make.js";
import { expressionOf, ROW } from "./operand.js";
import type { Needs, Operand, ValueIn } from "./types.js";

/** A function of two values that is an aggregation of rows that are such values, too. */
export type Reducer<V> = ((a: V, b: V) => V) & Aggregation<V, V>;

/** As `Reducer`, of values of any type. */
// biome-ignore lint/suspicious/noExplicitAny: it may be used as any type, and nobody knows which it is.
export interface AnyReducer extends Aggregation<any, any> {
  /** Of two values, in their order, the one that stays. */
  <V>(a: V, b: V): V;
}

type Merge = AggregateLeaf["merge"];

const plus: Merge = (left, right) => ({ kind: "binary", operator: "+", left, right });
const ofMath =
  (name: string): Merge =>
  (a, b) => ({ kind: "call", name, args: [a, b] });
const bits =
  (operator: "&" | "|" | "^"): Merge =>
  (left, right) => ({ kind: "binary", operator, left, right });
const logic =
  (operator: "&&" | "||"): Merge =>
  (left, right) => ({ kind: "logical", operator, left, right });
const before: Merge = (a) => a;
const after: Merge = (_, b) => b;

function make(name: string, made: AggregateParts, fn: object = {}): never {
  const aggregation = Object.freeze(Object.assign(fn, { aggregation: name }));
  setAggregation(aggregation, made);
  return aggregation as never;
}

/** One part, whose value is the result; without an operand it is a reducer too. */
function simple(name: string, args: readonly unknown[], merge: Merge, prepare = (of: Expression) => of): never {
  const value = prepare(operandOf(name, args));
  const made: AggregateParts = { leaves: [{ value, merge }], finish: ([leaf]) => leaf! };
  if (args.length > 0) return make(name, made);
  const [a, b]: [Expression, Expression] = [ROW, { kind: "parameter", index: 1 }];
  return make(name, made, makeReducer(merge(a, b)) as Lambda & object);
}

function operandOf(name: string, args: readonly unknown[]): Expression {
  return args.length === 0 ? ROW : expressionOf(args[0], name);
}

const isThere = (of: Expression): Expression => choose(isNullish(of), literal(0), literal(1));
const orElse =
  (otherwise: number) =>
  (of: Expression): Expression =>
    choose(isNullish(of), literal(otherwise), of);
const someOf = (count: Expression, result: Expression): Expression =>
  choose({ kind: "binary", operator: "===", left: count, right: literal(0) }, UNDEFINED, result);

/**
 * The sum of numbers, in order; what is undefined or null does not count, and of nothing it is 0. Without an operand it is the reducer `(a, b) => a + b`, too.
 */
export function sum(): Reducer<number>;
export function sum<O extends Operand>(of: O): Aggregation<Needs<O>, number>;
export function sum(...args: unknown[]): unknown {
  return simple("sum", args, plus, args.length > 0 ? orElse(0) : undefined);
}

/** How many rows there are; of an operand, for how many it is neither undefined nor null. */
export function count(): Aggregation<unknown, number>;
export function count<O extends Operand>(of: O): Aggregation<Needs<O>, number>;
export function count(...args: unknown[]): unknown {
  const value = args.length > 0 ? isThere(operandOf("count", args)) : literal(1);
  return make("count", { leaves: [{ value, merge: plus }], finish: ([n]) => n! });
}

/** The mean of numbers; what is undefined or null does not count, and of nothing it is undefined. */
export function avg(): Aggregation<number | null | undefined, number | undefined>;
export function avg<O extends Operand>(of: O): Aggregation<Needs<O>, number | undefined>;
export function avg(...args: unknown[]): unknown {
  const value = operandOf("avg", args);
  const leaves = [
    { value: orElse(0)(value), merge: plus },
    { value: isThere(value), merge: plus },
  ];
  const finish = ([total, n]: readonly Expression[]) =>
    someOf(n!, { kind: "binary", operator: "/", left: total!, right: n! });
  return make("avg", { leaves, finish });
}

/** The smallest number; what is undefined or null does not count, and of nothing it is undefined. Without an operand `Math.min`, as a reducer too. */
export function min(): Reducer<number>;
export function min<O extends Operand>(of: O): Aggregation<Needs<O>, number | undefined>;
export function min(...args: unknown[]): unknown {
  return extreme("min", args, Number.POSITIVE_INFINITY);
}

/** As `min`, the largest number. */
export function max(): Reducer<number>;
export function max<O extends Operand>(of: O): Aggregation<Needs<O>, number | undefined>;
export function max(...args: unknown[]): unknown {
  return extreme("max", args, Number.NEGATIVE_INFINITY);
}

function extreme(name: "min" | "max", args: readonly unknown[], neutral: number): never {
  const merge = ofMath(`Math.${name}`);
  if (args.length === 0) return simple(name, args, merge);
  const value = operandOf(name, args);
  const leaves = [
    { value: orElse(neutral)(value), merge },
    { value: isThere(value), merge: plus },
  ];
  return make(name, { leaves, finish: ([most, n]) => someOf(n!, most!) });
}

/** The value of the first row, whatever it is. */
export function first(): AnyReducer;
export function first<O extends Operand>(of: O): Aggregation<Needs<O>, ValueIn<O, Needs<O>>>;
export function first(...args: unknown[]): unknown {
  return simple("first", args, before);
}

/** The value of the last row, whatever it is. */
export function last(): AnyReducer;
export function last<O extends Operand>(of: O): Aggregation<Needs<O>, ValueIn<O, Needs<O>>>;
export function last(...args: unknown[]): unknown {
  return simple("last", args, after);
}

/** Whether it is truthy for all rows; without an operand the reducer `(a, b) => a && b`, too. */
export function every(): Reducer<boolean>;
export function every<O extends Operand>(of: O): Aggregation<Needs<O>, boolean>;
export function every(...args: unknown[]): unknown {
  return simple("every", args, logic("&&"), args.length > 0 ? truth : undefined);
}

/** Whether it is truthy for any row; without an operand the reducer `(a, b) => a || b`, too. */
export function some(): Reducer<boolean>;
export function some<O extends Operand>(of: O): Aggregation<Needs<O>, boolean>;
export function some(...args: unknown[]): unknown {
  return simple("some", args, logic("||"), args.length > 0 ? truth : undefined);
}

/** `&` of all values. */
export function bitAnd(): Reducer<number>;
export function bitAnd<O extends Operand>(of: O): Aggregation<Needs<O>, number>;
export function bitAnd(...args: unknown[]): unknown {
  return simple("bitAnd", args, bits("&"));
}

/** `|` of all values. */
export function bitOr(): Reducer<number>;
export function bitOr<O extends Operand>(of: O): Aggregation<Needs<O>, number>;
export function bitOr(...args: unknown[]): unknown {
  return simple("bitOr", args, bits("|"));
}

/** `^` of all values. */
export function bitXor(): Reducer<number>;
export function bitXor<O extends Operand>(of: O): Aggregation<Needs<O>, number>;
export function bitXor(...args: unknown[]): unknown {
  return simple("bitXor", args, bits("^"));
}

/** All texts one after the other, in the order of rows; what is no text is written as one. */
export function join(): Reducer<string>;
export function join<O extends Operand>(of: O): Aggregation<Needs<O>, string>;
export function join(...args: unknown[]): unknown {
  const text = (of: Expression): Expression => ({ kind: "template", parts: [of] });
  return simple("join", args, plus, args.length > 0 ? text : undefined);
}
