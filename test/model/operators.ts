import type { Partitioning } from "millrace";
import type { Draw } from "./draw.js";
import * as functions from "./functions.js";
import type { RddStep } from "./program.js";
import { common, fits, isPair, type Kind, keyKind, kindOf, type Type, valueKind } from "./types.js";

/** What the generator knows of a stream. */
export interface Shape {
  readonly type: Type;
  readonly slideMs: number;
  /** About how many numbers and letters a batch may hold: lists and texts grow as rows do. */
  readonly size: number;
  /** Came from `mapWithState`: the type of its snapshots. */
  readonly snapshots?: Type;
}

/** A call that the generator made: its arguments and what it gives. */
export interface Made extends Partial<Shape> {
  readonly type: Type;
  readonly args: readonly unknown[];
  readonly rdd?: readonly RddStep[];
}

/** Makes a call on a stream (and `that` stream, where it takes two), or nothing where it does not fit. */
export type Maker = (draw: Draw, stream: Shape, that: Shape) => Made | undefined;

const SIZE_MAX = 4000;

type Lambda = (typeof functions.MAPS)[number];

/** What of a table takes rows of this type. */
function fitting(draw: Draw, table: readonly Lambda[], type: Type): { fn: unknown; to: Type } | undefined {
  const able = table.filter(({ from }) => fits(type, from));
  if (able.length === 0) return undefined;
  // What is special to the type comes more often than what takes anything.
  const special = able.filter(({ from }) => from !== "any");
  const { fn, to } = draw.pick(special.length > 0 && draw.chance(0.6) ? special : able);
  const [key, value] = isPair(type) ? [keyKind(type), valueKind(type)] : ["any", "any"];
  const named: Record<string, string> = { same: kindOf(type), key, value };
  if (to === "same") return { fn, to: type };
  return {
    fn,
    to: to
      .split(":")
      .map((kind) => named[kind] ?? kind)
      .join(":") as Type,
  };
}

/** A method that takes one function of rows. */
const byFunction =
  (table: readonly Lambda[], made: (to: Type, stream: Shape) => Partial<Made>): Maker =>
  (draw, stream) => {
    const found = fitting(draw, table, stream.type);
    return found && { type: found.to, args: [found.fn], ...made(found.to, stream) };
  };

/** The same on the values of pairs. */
const byValue =
  (table: readonly Lambda[], growth: number): Maker =>
  (draw, stream) => {
    if (!isPair(stream.type)) return undefined;
    const found = fitting(draw, table, valueKind(stream.type));
    return (
      found && { type: `${keyKind(stream.type)}:${kindOf(found.to)}`, args: [found.fn], size: stream.size * growth }
    );
  };

export function partitioning(draw: Draw): Partitioning | undefined {
  if (draw.chance(0.5)) return undefined;
  return draw.chance(0.9) ? draw.int(1, 4) : functions.BY_TYPE;
}

export function reducer(draw: Draw, type: Type, needsInverse = false) {
  const able = functions.REDUCERS.filter((each) => fits(type, each.type) && (!needsInverse || each.inverse));
  return able.length > 0 ? draw.pick(able) : undefined;
}

/** What a reduction of values of this type gives: a list may be longer than a pair. */
export const reduced = (type: Type): Kind => kindOf(type);

export const pairs =
  (make: (draw: Draw, key: Kind, value: Kind, stream: Shape) => Made | undefined): Maker =>
  (draw, stream) =>
    isPair(stream.type) ? make(draw, keyKind(stream.type), valueKind(stream.type), stream) : undefined;

/** Two streams of pairs, side by side by key. */
const byKey =
  (value: (left: Kind, right: Kind) => Kind, size: (left: number, right: number) => number): Maker =>
  (draw, stream, that) => {
    if (!isPair(stream.type) || !isPair(that.type)) return undefined;
    const key = common(keyKind(stream.type), keyKind(that.type)) as Kind;
    return {
      type: `${key}:${value(valueKind(stream.type), valueKind(that.type))}`,
      args: [partitioning(draw)],
      size: size(stream.size, that.size),
    };
  };
const product = (left: number, right: number) => left * right;
const sum = (left: number, right: number) => left + right;
const join = byKey(() => "list", product);

/** Methods of RDDs and streams alike. */
export const both: Record<string, Maker> = {
  map: byFunction(functions.MAPS, (_, { size }) => ({ size: size * 1.5 })),
  flatMap: byFunction(functions.FLAT_MAPS, (_, { size }) => ({ size: size * 2 })),
  filter: byFunction(functions.FILTERS, (_, { type }) => ({ type })),
  mapPartitions: byFunction(functions.MAP_PARTITIONS, () => ({})),
  glom: () => ({ type: "list", args: [] }),
  repartition: (draw, { type }) => ({ type, args: [draw.int(1, 5)] }),
  mapValues: byValue(functions.MAPS, 1.5),
  flatMapValues: byValue(functions.FLAT_MAPS, 2),
  groupByKey: pairs((draw, key) => ({ type: `${key}:list`, args: [partitioning(draw)] })),
  reduceByKey: pairs((draw, key, value) => ({
    type: `${key}:${reduced(value)}`,
    args: [reducer(draw, value)!.fn, partitioning(draw)],
  })),
  combineByKey: pairs((draw, key, value) => {
    const { to, fns } = draw.pick(functions.COMBINES.filter(({ type }) => fits(value, type)));
    return { type: `${key}:${to}`, args: [...fns, partitioning(draw)] };
  }),
};

/** Methods of RDDs and streams alike that take another one. */
export const bothWithThat: Record<string, Maker> = {
  union: (_, stream, that) => ({ type: common(stream.type, that.type), args: [], size: stream.size + that.size }),
  cogroup: byKey(() => "list", sum),
  join,
  leftOuterJoin: join,
  rightOuterJoin: join,
  fullOuterJoin: join,
};

/** Methods of RDDs, for what `transform` does. */
export const RDD_MAKERS: Record<string, Maker> = {
  ...both,
  distinct: (draw, { type }) => ({ type, args: draw.chance(0.5) ? [] : [draw.int(1, 4)] }),
  sortBy: (draw, { type }) => {
    const { fn } = fitting(draw, functions.SORT_KEYS, type)!;
    return { type, args: [fn, draw.chance(0.6), draw.pick([undefined, 1, 2, 3])] };
  },
  sortByKey: pairs((draw, key, _, { type }) =>
    key === "number" || key === "string" ? { type, args: [draw.chance(0.6), draw.pick([undefined, 1, 3])] } : undefined,
  ),
  zipWithIndex: (_, { type }) => ({ type: `${kindOf(type)}:number`, args: [] }),
  groupBy: byFunction(functions.GROUP_KEYS, (to) => ({ type: `${kindOf(to)}:list` })),
  keyBy: byFunction(functions.GROUP_KEYS, (to, { type }) => ({ type: `${kindOf(to)}:${kindOf(type)}` })),
  coalesce: (draw, { type }) => ({ type, args: [draw.int(1, 3)] }),
  // All or nothing: what lies between depends on a generator that is the library's own.
  sample: (draw, { type }) => ({ type, args: [false, draw.int(0, 1), draw.int(0, 99)] }),
  partitionBy: pairs((draw, _key, _value, { type }) => ({ type, args: [partitioning(draw) ?? 2] })),
  keys: pairs((_, key) => ({ type: key, args: [] })),
  values: pairs((_, _key, value) => ({ type: value, args: [] })),
};

export const RDD_MAKERS_WITH_THAT: Record<string, Maker> = {
  ...bothWithThat,
  subtract: (_, { type }) => ({ type, args: [] }),
  intersection: (_, { type }) => ({ type, args: [] }),
  cartesian: (_, stream, that) => ({
    type: `${kindOf(stream.type)}:${kindOf(that.type)}`,
    args: [],
    size: stream.size * that.size,
  }),
};

/** The call, unless its batches would be too large. */
export function attempt(make: Maker, draw: Draw, stream: Shape, that: Shape): Made | undefined {
  const made = make(draw, stream, that);
  return made && (made.size ?? 0) <= SIZE_MAX ? made : undefined;
}

/** The stream that a call gives. */
export function after(stream: Shape, made: Made): Shape {
  const { type, slideMs = stream.slideMs, size = stream.size, snapshots } = made;
  return { type, slideMs, size, ...(snapshots && { snapshots }) };
}
