import { HashPartitioner, type Partitioner, type Partitioning } from "millrace";
import { cut, dealt, grouped, identity, type Pair, type Partitions } from "./values.js";

// biome-ignore lint/suspicious/noExplicitAny: arguments are those of the method of the same name, whatever they are
export type Args = any[];

/** What one method of an RDD makes of its partitions; `parallelism` is the number of partitions where none is given. */
type RddOperator = (parallelism: number, rdd: Partitions, ...args: Args) => Partitions;

/** The methods of RDDs that a program may use, by name. A second RDD comes as partitions. */
export const rddOperators: Record<string, RddOperator> = {
  map: (_, rdd, fn) => rdd.map((rows) => rows.map((row) => fn(row))),
  flatMap: (_, rdd, fn) => rdd.map((rows) => rows.flatMap((row) => [...fn(row)])),
  filter: (_, rdd, fn) => rdd.map((rows) => rows.filter((row) => fn(row))),
  mapPartitions: (_, rdd, fn) => rdd.map((rows) => [...fn(rows)]),
  glom: (_, rdd) => rdd.map((rows) => [rows]),
  mapValues: (_, rdd, fn) => rdd.map((rows) => (rows as Pair[]).map(([key, value]) => [key, fn(value)])),
  flatMapValues: (_, rdd, fn) =>
    rdd.map((rows) => (rows as Pair[]).flatMap(([key, value]) => [...fn(value)].map((each) => [key, each]))),
  keys: (_, rdd) => rdd.map((rows) => (rows as Pair[]).map(([key]) => key)),
  values: (_, rdd) => rdd.map((rows) => (rows as Pair[]).map(([, value]) => value)),
  keyBy: (_, rdd, fn) => rdd.map((rows) => rows.map((row) => [fn(row), row])),
  sample: (_, rdd, _withReplacement, fraction) => rdd.map((rows) => (fraction === 1 ? rows : [])),
  zipWithIndex: (_, rdd) => {
    let index = 0;
    return rdd.map((rows) => rows.map((row) => [row, index++]));
  },

  union: (_, ...rdds: Partitions[]) => rdds.flat(),
  cartesian: (_, rdd, that: Partitions) =>
    rdd.flatMap((rows) => that.map((others) => rows.flatMap((row) => others.map((other) => [row, other])))),
  repartition: (_, rdd, count) => dealt(rdd, count, (_row, i, p) => (p + i) % count),
  coalesce: (_, rdd, count) =>
    count >= rdd.length ? rdd : cut(rdd, count).map((group) => (group as Partitions).flat()),
  reduce: (_, rdd, fn) => {
    const each = rdd.flatMap((rows) => folded(rows, fn));
    return [folded(each, fn)];
  },
  count: (_, rdd) => [[rdd.flat().length]],

  partitionBy: (parallelism, rdd, partitioning) => shuffled(parallelism, rdd, partitioning),
  combineByKey: (parallelism, rdd, create, mergeValue, mergeCombiners, partitioning, mapSideCombine = true) => {
    const combined = (rows: unknown[]) =>
      grouped(rows).map(([key, [first, ...rest]]) => [key, rest.reduce((c, v) => mergeValue(c, v), create(first))]);
    if (!mapSideCombine) return shuffled(parallelism, rdd, partitioning).map(combined);
    return shuffled(parallelism, rdd.map(combined), partitioning).map((rows) => reducedByKey(rows, mergeCombiners));
  },
  groupByKey: (parallelism, rdd, partitioning) => shuffled(parallelism, rdd, partitioning).map(grouped),
  reduceByKey: (parallelism, rdd, fn, partitioning) =>
    shuffled(parallelism, rdd, partitioning).map((rows) => reducedByKey(rows, fn)),
  countByValue: (parallelism, rdd, partitioning) =>
    rddOperators.reduceByKey!(parallelism, paired(rdd, 1), (a: number, b: number) => a + b, partitioning),
  distinct: (parallelism, rdd, partitioning) =>
    firsts(rddOperators.groupByKey!(parallelism, paired(rdd), partitioning)),
  groupBy: (parallelism, rdd, fn) => rddOperators.groupByKey!(parallelism, rddOperators.keyBy!(parallelism, rdd, fn)),
  intersection: (parallelism, rdd, that: Partitions) => {
    const isInBoth = ([, left, right]: Sides) => left.length > 0 && right.length > 0;
    return firsts(sides(parallelism, paired(rdd), paired(that)).map((rows) => rows.filter(isInBoth)));
  },
  subtract: (parallelism, rdd, that: Partitions) => {
    const gone = new Set(that.flat().map(identity));
    const rest = rdd.map((rows) => rows.filter((row) => !gone.has(identity(row))).map((row) => [row, row]));
    return shuffled(parallelism, rest).map((rows) => grouped(rows).flatMap(([, same]) => same));
  },

  cogroup: (parallelism, rdd, that, partitioning) =>
    sides(parallelism, rdd, that, partitioning).map((rows) => rows.map(([key, left, right]) => [key, [left, right]])),
  join: (...args) => joined(args, [], []),
  leftOuterJoin: (...args) => joined(args, [], [undefined]),
  rightOuterJoin: (...args) => joined(args, [undefined], []),
  fullOuterJoin: (...args) => joined(args, [undefined], [undefined]),

  sortBy: (parallelism, rdd, fn, ascending = true, count = parallelism) => {
    const order = (a: Pair, b: Pair) => compared(a[0], b[0], ascending);
    const rows = rdd.flat().map((row): Pair => [fn(row), row]);
    rows.sort(order);
    // An even cut, but that rows with equal keys stay together.
    let end = 0;
    return cut(rows, count).map((_, p) => {
      const begin = end;
      end = Math.max(begin, Math.floor(((p + 1) * rows.length) / count));
      while (end > begin && end < rows.length && order(rows[end - 1]!, rows[end]!) === 0) end++;
      return rows.slice(begin, end).map(([, row]) => row);
    });
  },
  sortByKey: (parallelism, rdd, ...args) => rddOperators.sortBy!(parallelism, rdd, (pair: Pair) => pair[0], ...args),
};

function folded(rows: unknown[], fn: (a: unknown, b: unknown) => unknown): unknown[] {
  return rows.length === 0 ? [] : [rows.reduce((a, b) => fn(a, b))];
}

/** One pair for each key, its values reduced in order. */
export function reducedByKey(pairs: unknown[], fn: (a: unknown, b: unknown) => unknown): Pair[] {
  return grouped(pairs).map(([key, values]) => [key, values.reduce((a, b) => fn(a, b))]);
}

/** Pairs brought to the partitions of their keys. */
export function shuffled(parallelism: number, rdd: Partitions, partitioning: Partitioning = parallelism): Partitions {
  const partitioner: Partitioner = typeof partitioning === "number" ? new HashPartitioner(partitioning) : partitioning;
  return dealt(rdd, partitioner.numPartitions, (row) => partitioner.getPartition((row as Pair)[0]));
}

type Sides = [key: unknown, left: unknown[], right: unknown[]];

/** Each key with the values of both sides: keys in order of first arrival, those of the left side before those of the right. */
function sides(parallelism: number, left: Partitions, right: Partitions, partitioning?: Partitioning): Sides[][] {
  const tagged = (rdd: Partitions, side: string) =>
    rdd.map((rows) => (rows as Pair[]).map(([key, value]) => [key, [side, value]]));
  return shuffled(parallelism, [...tagged(left, "left"), ...tagged(right, "right")], partitioning).map((rows) =>
    grouped(rows).map(([key, values]) => {
      const of = (side: string) => (values as Pair[]).filter(([tag]) => tag === side).map(([, value]) => value);
      return [key, of("left"), of("right")];
    }),
  );
}

/** Every left value with every right value of a key; `noLeft` and `noRight` stand for a side without values. */
function joined([parallelism, left, right, partitioning]: Args, noLeft: unknown[], noRight: unknown[]): Partitions {
  const or = (values: unknown[], none: unknown[]) => (values.length === 0 ? none : values);
  return sides(parallelism, left, right, partitioning).map((rows) =>
    rows.flatMap(([key, ls, rs]) => or(ls, noLeft).flatMap((l) => or(rs, noRight).map((r) => [key, [l, r]]))),
  );
}

const paired = (rdd: Partitions, value?: unknown): Partitions => rdd.map((rows) => rows.map((row) => [row, value]));
const firsts = (rdd: Partitions): Partitions => rdd.map((rows) => (rows as Pair[]).map(([first]) => first));

/** As JavaScript's `<`, with NaN and undefined last in both directions. */
function compared(a: unknown, b: unknown, ascending: boolean): number {
  const isLast = (key: unknown) => Number(key === undefined || Number.isNaN(key));
  const order = Number((a as number) > (b as number)) - Number((a as number) < (b as number));
  return isLast(a) - isLast(b) || (ascending ? order : -order);
}
