import {
  type DStream,
  type Engine,
  ManualClock,
  MemoryStore,
  MillraceError,
  type RDD,
  type Row,
  StateSpec,
  StreamingContext,
} from "millrace";
import { INTERVAL_MS, type Output, type Program, type Rows, type StateSpecification, type Step } from "./program.js";

/** Streams and RDDs, as far as a program needs them: methods are called by their names. */
type Methods = Record<string, (...args: unknown[]) => never>;

/** What the library gives for a program: all output batches in order, and the code of the first error where there was one. */
export interface Run {
  readonly outputs: Output[];
  readonly error: string | undefined;
}

/** Builds the program on the library, through its public surface, and runs it under a manual clock. */
export function run(program: Program, engine: Engine): Promise<Run> {
  return runOn(program, { engine });
}

/** The same with more options of the context. */
export async function runOn(
  program: Program,
  options: { readonly engine: Engine; readonly program?: string },
): Promise<Run> {
  const clock = new ManualClock();
  const { take, rememberMs, hasStore } = program;
  const checkpoint = hasStore ? { checkpoint: new MemoryStore() } : {};
  const ssc = new StreamingContext({ ...options, batchInterval: INTERVAL_MS, clock, ...checkpoint });
  if (rememberMs !== undefined) ssc.remember(rememberMs);
  const outputs: Output[] = [];
  try {
    const streams = streamsOf(program, ssc);
    for (const [output, number] of program.outputs.entries()) {
      streams[number]!.foreachRDD(async (rdd, time) => {
        outputs.push({
          time: time.milliseconds,
          output,
          rows: await (take === undefined ? rdd.collect() : rdd.take(take)),
        });
      });
    }
    void ssc.start();
    await clock.advance(program.numBatches * INTERVAL_MS);
    await ssc.stop();
    await ssc.awaitTermination();
    return { outputs, error: undefined };
  } catch (error) {
    await ssc.stop();
    if (error instanceof MillraceError) return { outputs, error: `${error.code}: ${error.message}` };
    throw error;
  }
}

/** Makes the streams of a program. */
export function streamsOf({ inputs, steps, hasStore }: Program, ssc: StreamingContext): DStream<unknown>[] {
  const { engine } = ssc;
  const item = (batch: Rows | null) => batch && itemOf(batch, engine);
  const streams = inputs.map(({ batches, takesAll = false, whenEmpty = { rows: [] } }) =>
    ssc.queueStream<Row>(batches.map(item), !takesAll, item(whenEmpty)),
  ) as DStream<unknown>[];
  for (const [index, step] of steps.entries()) {
    const [first, ...others] = step.on.map((number) => streams[number]!);
    const isOfContext = step.method === "union" && others.length > 1;
    const stream = isOfContext ? ssc.union([first!, ...others]) : call(first!, others, step, engine);
    // With a store two states over the same stream need names of their own.
    if (hasStore) stream.named(`stream ${index}`);
    streams.push(step.persist ? stream.persist(step.persist) : stream);
  }
  return streams;
}

function call(stream: DStream<unknown>, others: DStream<unknown>[], step: Step, engine: Engine): DStream<unknown> {
  const { method, args, rdd } = step;
  const transformed = (first: RDD<unknown>, ...rest: unknown[]) =>
    rdd!.reduce((result, { method, args, that }, index) => {
      const argument = that ? [parallelized(that, engine)] : index === 0 ? rest.slice(0, others.length) : [];
      return (result as unknown as Methods)[method]!(...argument, ...args);
    }, first);
  if (rdd) return (stream as unknown as Methods)[method]!(...others, transformed);
  return (stream as unknown as Methods)[method]!(...others, ...args.map((arg) => argumentOf(arg, engine)));
}

/** Options and specifications as the library takes them. */
function argumentOf(arg: unknown, engine: Engine): unknown {
  if (typeof arg !== "object" || arg === null) return arg;
  if ("form" in arg) return specOf(arg as StateSpecification, engine);
  if ("initial" in arg) return { ...arg, initial: itemOf(arg.initial as Rows, engine) };
  return arg;
}

function specOf({ form, fn, initial, partitioning, timeout }: StateSpecification, engine: Engine): unknown {
  const spec = StateSpec[form](fn as never);
  if (initial) spec.initialState(itemOf(initial, engine) as never);
  if (partitioning !== undefined) spec.numPartitions(partitioning);
  if (timeout !== undefined) spec.timeout(timeout);
  return spec;
}

const itemOf = (item: Rows, engine: Engine) =>
  item.numPartitions === undefined ? ([...item.rows] as Row[]) : parallelized(item, engine);
const parallelized = ({ rows, numPartitions }: Rows, engine: Engine) =>
  engine.parallelize(rows as Iterable<Row>, numPartitions);
