import { INTERVAL_MS, type Output, type Program, type RddStep, type Rows } from "../../model/program.js";
import { rddOperators } from "./rdd.js";
import { NoBatch, of, type Stream, streamOf } from "./streams.js";
import { cut, type Partitions } from "./values.js";

/** What a program gives, batch by batch, output by output. */
export function evaluate(program: Program): Output[] {
  const streams = streamsOf(program);
  const outputs = program.outputs.map((number) => streams[number]!);
  const times = Array.from({ length: program.numBatches }, (_, index) => (index + 1) * INTERVAL_MS);
  return times.flatMap((time): Output[] => {
    try {
      const batches = outputs.map((stream) => stream.at(time));
      return batches.flatMap((batch, output) =>
        batch ? [{ time, output, rows: batch.flat().slice(0, program.take) }] : [],
      );
    } catch (error) {
      if (error instanceof NoBatch) return [{ time, error: "no-batch" }];
      throw error;
    }
  });
}

function streamsOf({ parallelism, inputs, steps }: Program): Stream[] {
  const partitioned = ({ rows, numPartitions = parallelism }: Rows) => cut(rows, numPartitions);
  const streams = inputs.map(({ batches, takesAll, whenEmpty = { rows: [] } }) => {
    const items = takesAll && batches.length > 0 ? [batches] : batches.map((batch) => [batch]);
    return streamOf(INTERVAL_MS, (time) => {
      const taken = (items[time / INTERVAL_MS - 1] ?? [whenEmpty]).filter((batch) => batch !== null);
      return taken.length === 0 ? undefined : taken.flatMap(partitioned);
    });
  });
  const transformed = (first: Partitions, rest: Partitions[], rdd: readonly RddStep[]) =>
    rdd.reduce((result, { method, args, that }, index) => {
      const others = that ? [partitioned(that)] : index === 0 ? rest : [];
      return rddOperators[method]!(parallelism, result, ...others, ...args);
    }, first);
  for (const { method, on, args, rdd } of steps) {
    const [first, ...rest] = on.map((number) => streams[number]!);
    streams.push(
      rdd
        ? combined(first!, rest, (a, others) => transformed(a, others, rdd))
        : of(parallelism, method, first!, ...rest, ...args),
    );
  }
  return streams;
}

/** `transform` and `transformWith`: all must have a batch. */
function combined(first: Stream, rest: Stream[], fn: (first: Partitions, rest: Partitions[]) => Partitions): Stream {
  return streamOf(first.slide, (time) => {
    const batches = [first, ...rest].map(({ at }) => at(time));
    if (!batches.every((batch) => batch !== undefined)) throw new NoBatch(`transform at ${time} ms`);
    return fn(batches[0]!, batches.slice(1));
  });
}
