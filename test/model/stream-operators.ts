import type { Draw } from "./draw.js";
import * as functions from "./functions.js";
import {
  after,
  attempt,
  both,
  bothWithThat,
  type Maker,
  pairs,
  partitioning,
  RDD_MAKERS,
  RDD_MAKERS_WITH_THAT,
  reduced,
  reducer,
  type Shape,
} from "./operators.js";
import type { RddStep } from "./program.js";
import { initialOfType, rowsOfType } from "./rows.js";
import { fits, isPair, type Kind, keyKind, kindOf, type Type } from "./types.js";

/** Window and slide in multiples of the parent's slide, the slide now and then left out. */
function windowOf(
  draw: Draw,
  { slideMs, size }: Shape,
  isIncremental = false,
): { args: [number, number?]; slideMs: number; size: number } {
  const panes = draw.int(1, 4);
  const slides = draw.int(1, isIncremental ? panes : 3);
  const args: [number, number?] =
    slides === 1 && draw.chance(0.7) ? [panes * slideMs] : [panes * slideMs, slides * slideMs];
  return { args, slideMs: slides * slideMs, size: size * panes };
}

const windowOptions = (draw: Draw, filters: ReadonlyArray<{ fn: unknown }>) => ({
  ...(draw.chance(0.5) && { partitioning: draw.int(1, 4) }),
  ...(filters.length > 0 && draw.chance(0.5) && { filter: draw.pick(filters).fn }),
});

const stateOptions = (draw: Draw, key: Kind, state: Kind) => ({
  ...(draw.chance(0.4) && { partitioning: draw.int(1, 4) }),
  ...(draw.chance(0.3) && { initial: initialOfType(draw, key, state) }),
});

/** Methods of streams alone. */
const streamOnly: Record<string, Maker> = {
  combineByKey: (draw, stream, that) => {
    const made = both.combineByKey!(draw, stream, that);
    return made && { ...made, args: [...made.args, ...(draw.chance(0.4) ? [draw.chance(0.5)] : [])] };
  },
  reduce: (draw, { type }) => ({ type: reduced(type), args: [reducer(draw, type)!.fn] }),
  count: () => ({ type: "number", args: [], size: 1 }),
  countByValue: (draw, { type }) => ({
    type: `${kindOf(type)}:number`,
    args: draw.chance(0.5) ? [] : [draw.int(1, 4)],
  }),
  window: (draw, stream) => ({ type: stream.type, ...windowOf(draw, stream) }),
  reduceByWindow: (draw, stream) => {
    const needsInverse = draw.chance(0.5);
    const found = reducer(draw, stream.type, needsInverse);
    if (found === undefined) return undefined;
    const { args, ...rest } = windowOf(draw, stream, needsInverse);
    const all = needsInverse ? [found.inverse, ...args] : draw.chance(0.2) ? [undefined, ...args] : args;
    return { type: reduced(stream.type), args: [found.fn, ...all], ...rest };
  },
  countByWindow: (draw, stream) => ({ type: "number", ...windowOf(draw, stream, true), size: 1 }),
  countByValueAndWindow: (draw, stream) => {
    const {
      args: [window, slide],
      ...rest
    } = windowOf(draw, stream, true);
    return { type: `${kindOf(stream.type)}:number`, args: [window, slide, draw.pick([undefined, 1, 3])], ...rest };
  },
  groupByKeyAndWindow: pairs((draw, key, _, stream) => {
    const {
      args: [window, slide],
      ...rest
    } = windowOf(draw, stream);
    return { type: `${key}:list`, args: [window, slide, partitioning(draw)], ...rest };
  }),
  reduceByKeyAndWindow: pairs((draw, key, value, stream) => {
    const needsInverse = draw.chance(0.6);
    const found = reducer(draw, value, needsInverse);
    if (found === undefined) return undefined;
    const {
      args: [window, slide],
      ...rest
    } = windowOf(draw, stream, needsInverse);
    const filters = functions.PAIR_FILTERS.filter(({ type }) => fits(value, type));
    const args = needsInverse
      ? [found.fn, found.inverse, window, slide, windowOptions(draw, filters)]
      : [found.fn, window, slide, partitioning(draw)];
    return { type: `${key}:${reduced(value)}`, args, ...rest };
  }),
  updateStateByKey: pairs((draw, key, value, { size }) => {
    const { to, fn } = draw.pick(functions.UPDATES.filter(({ type }) => fits(value, type)));
    return { type: `${key}:${to}`, args: [fn, stateOptions(draw, key, to)], size: size * 4 };
  }),
  updateStateByKeyPartitions: pairs((draw, key, _, { size }) => {
    const { to, fn } = draw.pick(functions.PARTITION_UPDATES);
    const options = {
      ...stateOptions(draw, key, to),
      ...(draw.chance(0.3) && { rememberPartitioner: draw.chance(0.5) }),
    };
    return { type: `${key}:${to}`, args: [fn, options], size: size * 4 };
  }),
  mapWithState: pairs((draw, key, _, { slideMs, size }) => {
    const { form, state, to, fn } = draw.pick(functions.TRACKINGS);
    const timeout = draw.chance(0.6) ? { timeout: draw.int(0, 3) * slideMs + draw.pick([0, 500]) + 1 } : {};
    const spec = { form, fn, ...stateOptions(draw, key, state), ...timeout };
    return { type: to, args: [spec], snapshots: `${key}:${state}`, size: size * 2 };
  }),
  stateSnapshots: (_, { snapshots, size }) => snapshots && { type: snapshots, args: [], size: size * 4 },
};

export const STREAM_MAKERS: Record<string, Maker> = { ...both, ...streamOnly, transform: transforming(false) };
export const STREAM_MAKERS_WITH_THAT: Record<string, Maker> = { ...bothWithThat, transformWith: transforming(true) };

/** One to three methods of RDDs, of which the first takes the other stream's batch where there is one. */
function transforming(takesThat: boolean): Maker {
  return (draw, stream, that) => {
    let shape: Shape = stream;
    const rdd: RddStep[] = [];
    const length = draw.int(1, 3);
    while (rdd.length < length) {
      const isFirst = rdd.length === 0;
      const withThat = isFirst ? takesThat : draw.chance(0.3);
      const makers = withThat ? RDD_MAKERS_WITH_THAT : RDD_MAKERS;
      const method = draw.pick(Object.keys(makers));
      const isFixed = withThat && !(takesThat && isFirst);
      const fixedType: Type = isFixed && isPair(shape.type) ? `${keyKind(shape.type)}:number` : shape.type;
      const made = attempt(makers[method]!, draw, shape, isFixed ? { ...shape, type: fixedType, size: 4 } : that);
      if (made === undefined) continue;
      rdd.push({ method, args: [...made.args], ...(isFixed && { that: rowsOfType(draw, fixedType) }) });
      shape = after(shape, made);
    }
    return { ...shape, args: [], rdd };
  };
}
