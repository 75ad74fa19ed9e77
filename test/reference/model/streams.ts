import { mapWithState } from "./map-with-state.js";
import { type Args, rddOperators, reducedByKey, shuffled } from "./rdd.js";
import { grouped, identity, type Pair, type Partitions } from "./values.js";

/** A stream: at each multiple of its slide a batch, or none. */
export interface Stream {
  readonly slide: number;
  /** Throws a `NoBatch` where an operator misses the batch of a stream that it reads. */
  readonly at: (time: number) => Partitions | undefined;
  /** The streams with state that it is made of: they have a version at each of their times, whoever asks. */
  readonly states: Stream[];
  /** Of a stream with state: every key with its state, after each batch. */
  readonly snapshots?: Stream;
}

/** An operator cannot do without the batch of a stream that has none. Once that time is over, its own batch is no batch either. */
export class NoBatch extends Error {
  isOver = false;
}

/** A stream made of others: what `compute` says of each time, asked once. */
export function streamOf(
  slide: number,
  from: readonly Stream[],
  compute: (time: number) => Partitions | undefined,
): Stream {
  const known = new Map<number, Partitions | undefined | NoBatch>();
  const at = (time: number) => {
    if (time <= 0 || time % slide !== 0) return undefined;
    if (!known.has(time))
      known.set(
        time,
        orNoBatch(() => compute(time)),
      );
    const batch = known.get(time);
    if (!(batch instanceof NoBatch)) return batch;
    if (batch.isOver) return undefined;
    throw batch;
  };
  return { slide, at, states: from.flatMap(({ states }) => states) };
}

/** The methods of streams that are not those of RDDs batch by batch. */
export const streamOperators: Record<string, (parallelism: number, stream: Stream, ...args: Args) => Stream> = {
  window: (_, stream, window, slide = stream.slide) =>
    streamOf(slide, [stream], (time) => panes(stream, time - window, time).flat()),
  reduceByWindow: (parallelism, stream, fn, ...args) => {
    if (typeof args[0] === "number") {
      return of(parallelism, "reduce", of(parallelism, "window", of(parallelism, "reduce", stream, fn), ...args), fn);
    }
    const [inverse, window, slide] = args;
    if (inverse === undefined) return streamOperators.reduceByWindow!(parallelism, stream, fn, window, slide);
    const one = of(parallelism, "map", stream, (row: unknown) => [1, row]);
    const reduced = incremental(parallelism, one, fn, inverse, window, slide, { partitioning: 1 });
    return of(parallelism, "values", reduced);
  },
  countByWindow: (parallelism, stream, ...args) => {
    const ones = of(parallelism, "map", stream, () => 1);
    return streamOperators.reduceByWindow!(parallelism, ones, add, subtract, ...args);
  },
  countByValueAndWindow: (parallelism, stream, window, slide, partitioning) => {
    const ones = of(parallelism, "map", stream, (row: unknown) => [row, 1]);
    const filter = ([, count]: Pair) => count !== 0;
    return incremental(parallelism, ones, add, subtract, window, slide, { partitioning, filter });
  },
  groupByKeyAndWindow: (parallelism, stream, window, slide, partitioning) => {
    const windowed = of(parallelism, "window", of(parallelism, "groupByKey", stream, partitioning), window, slide);
    return of(parallelism, "reduceByKey", windowed, (a: unknown[], b: unknown[]) => [...a, ...b], partitioning);
  },
  reduceByKeyAndWindow: (parallelism, stream, fn, ...args) => {
    if (typeof args[0] !== "number") return incremental(parallelism, stream, fn, ...args);
    const [window, slide, partitioning] = args;
    const windowed = of(parallelism, "window", of(parallelism, "reduceByKey", stream, fn, partitioning), window, slide);
    return of(parallelism, "reduceByKey", windowed, fn, partitioning);
  },
  updateStateByKey: (parallelism, stream, update, options) =>
    stateful(parallelism, stream, options, (rows, time) =>
      rows.flatMap(([key, values, state]) => {
        const next = update(values, state, key, { milliseconds: time });
        return next === undefined ? [] : [[key, next]];
      }),
    ),
  updateStateByKeyPartitions: (parallelism, stream, update, options) =>
    stateful(parallelism, stream, options, (rows, time) => [...update(rows, { milliseconds: time })]),
  mapWithState: (parallelism, stream, spec) => mapWithState(parallelism, stream, spec),
  stateSnapshots: (_, stream) => stream.snapshots!,
};

/** The stream that a method gives. Streams among the arguments come right after the first. */
export function of(parallelism: number, method: string, stream: Stream, ...args: Args): Stream {
  const operator = streamOperators[method];
  if (operator) return operator(parallelism, stream, ...args);
  const others = args.filter((arg) => typeof arg?.at === "function") as Stream[];
  const rest = args.slice(others.length);
  const rdd = (...rdds: Partitions[]) => rddOperators[method]!(parallelism, rdds[0]!, ...rdds.slice(1), ...rest);
  return batchwise([stream, ...others], others.length > 0, rdd);
}

/** What `fn` makes of the batches of streams; where one is missing, no batch or, where all are needed, an error. */
export function batchwise(streams: Stream[], needsAll: boolean, fn: (...rdds: Partitions[]) => Partitions): Stream {
  return streamOf(streams[0]!.slide, streams, (time) => {
    const batches = streams.map(({ at }) => at(time));
    if (batches.every((batch) => batch !== undefined)) return fn(...batches);
    if (needsAll) throw new NoBatch(`No batch at ${time} ms.`);
    return undefined;
  });
}

/** The last of the times down from `time` at which a stream has a batch; 0 where there is none. */
export function lastTime(stream: Stream, time: number): number {
  return time <= 0 || stream.at(time) !== undefined ? time : lastTime(stream, time - stream.slide);
}

export function orNoBatch<T>(make: () => T): T | NoBatch {
  try {
    return make();
  } catch (error) {
    if (error instanceof NoBatch) return error;
    throw error;
  }
}

/** The batches of a stream in (begin, end], oldest first. */
function panes({ slide, at }: Stream, begin: number, end: number): Partitions[] {
  const batches: Partitions[] = [];
  for (let time = Math.floor(begin / slide) * slide + slide; time <= end; time += slide) {
    const batch = at(time);
    if (batch) batches.push(batch);
  }
  return batches;
}

/** `reduceByKeyAndWindow` with an inverse: what left the window is taken away from each key's value, then what entered is added. */
function incremental(parallelism: number, stream: Stream, ...args: Args): Stream {
  const [fn, inverse, window, slide = stream.slide, { partitioning, filter = () => true } = {} as Args[0]] = args;
  const reduced = of(parallelism, "reduceByKey", stream, fn, partitioning);
  const numPartitions = shuffled(parallelism, [], partitioning).length;
  const result: Stream = streamOf(slide, [reduced], (time) => {
    const before = result.at(time - slide);
    return Array.from({ length: numPartitions }, (_, p) => {
      const inPanes = (begin: number, end: number) => {
        const rows = panes(reduced, begin, end).flatMap((pane) => pane[p]!);
        return reducedByKey(rows, fn);
      };
      const left = asMap(inPanes(time - slide - window, time - window));
      const entered = asMap(inPanes(time - slide, time));
      const known = ((before?.[p] ?? []) as Pair[]).map(([key, value]) => {
        const id = identity(key);
        const rest = left.has(id) ? inverse(value, left.get(id)) : value;
        return [key, entered.has(id) ? fn(rest, entered.get(id)) : rest];
      });
      const isKnown = asMap(known as Pair[]);
      const fresh = inPanes(time - window, time).filter(([key]) => !isKnown.has(identity(key)));
      return [...known, ...fresh].filter((pair) => filter(pair));
    });
  });
  result.states.push(result);
  return result;
}

/** State by key, known keys first: `update` gets each key with its new values and its state, and gives the pairs to keep. */
function stateful(
  parallelism: number,
  stream: Stream,
  { partitioning, initial }: Args[0] = {},
  update: (rows: Array<[unknown, unknown[], unknown]>, time: number) => unknown[],
): Stream {
  const result: Stream = streamOf(stream.slide, [stream], (time) => {
    const batch = stream.at(time);
    const before = result.at(lastTime(result, time - stream.slide));
    if (batch === undefined && before === undefined) return undefined;
    const states = before ?? shuffled(parallelism, [[...(initial?.rows ?? [])]], partitioning);
    return shuffled(parallelism, batch ?? [], partitioning).map((rows, p) => {
      const known = (states[p] as Pair[]).map(([key, state]) => [key, { state }]);
      const values = rows.map((row) => [(row as Pair)[0], { value: (row as Pair)[1] }]);
      const groups = grouped([...known, ...values]) as Array<[unknown, Array<{ state?: unknown; value?: unknown }>]>;
      const split = groups.map(([key, all]): [unknown, unknown[], unknown] => {
        const isKnown = "state" in all[0]!;
        return [key, (isKnown ? all.slice(1) : all).map(({ value }) => value), all[0]!.state];
      });
      return update(split, time);
    });
  });
  result.states.push(result);
  return result;
}

const asMap = (pairs: Pair[]) => new Map(pairs.map(([key, value]) => [identity(key), value]));
const add = (a: number, b: number) => a + b;
const subtract = (a: number, b: number) => a - b;
