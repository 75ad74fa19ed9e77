import { INTERVAL_MS, type Output, type Program, type RddStep, type Rows } from "../../model/program.js";
import { rddOperators } from "./rdd.js";
import { batchwise, NoBatch, of, orNoBatch, type Stream, streamOf } from "./streams.js";
import { cut, type Partitions } from "./values.js";

/** What a program gives, batch by batch, output by output. */
export function evaluate(program: Program): Output[] {
  const streams = streamsOf(program);
  const outputs = program.outputs.map((number) => streams[number]!);
  const states = [...new Set(outputs.flatMap((stream) => stream.states))];
  const isMissed = (result: unknown): result is NoBatch => result instanceof NoBatch;
  const times = Array.from({ length: program.numBatches }, (_, index) => (index + 1) * INTERVAL_MS);
  return times.flatMap((time): Output[] => {
    // One output whose batch cannot be made keeps all from running; states go on.
    const asked = orNoBatch(() => outputs.map((stream) => stream.at(time)));
    const missed = [asked, ...states.map((state) => orNoBatch(() => state.at(time)))].filter(isMissed);
    for (const error of missed) error.isOver = true;
    const batches = isMissed(asked) ? [] : asked;
    const rows = (batch: Partitions) => batch.flat().slice(0, program.take);
    const made = batches.flatMap((batch, output) => (batch ? [{ time, output, rows: rows(batch) }] : []));
    return missed.length > 0 ? [...made, { time, error: "no-batch" }] : made;
  });
}

function streamsOf({ parallelism, inputs, steps }: Program): Stream[] {
  const partitioned = ({ rows, numPartitions = parallelism }: Rows) => cut(rows, numPartitions);
  const streams = inputs.map(({ batches, takesAll, whenEmpty = { rows: [] } }) => {
    const items = takesAll && batches.length > 0 ? [batches] : batches.map((batch) => [batch]);
    return streamOf(INTERVAL_MS, [], (time) => {
      const taken = (items[time / INTERVAL_MS - 1] ?? [whenEmpty]).filter((batch) => batch !== null);
      return taken.length === 0 ? undefined : taken.flatMap(partitioned);
    });
  });
  const transformed = (rdd: readonly RddStep[], first: Partitions, rest: Partitions[]) =>
    rdd.reduce((result, { method, args, that }, index) => {
      const others = that ? [partitioned(that)] : index === 0 ? rest : [];
      return rddOperators[method]!(parallelism, result, ...others, ...args);
    }, first);
  for (const { method, on, args, rdd } of steps) {
    const own = on.map((number) => streams[number]!);
    if (rdd) streams.push(batchwise(own, true, (first, ...rest) => transformed(rdd, first!, rest)));
    else streams.push(of(parallelism, method, own[0]!, ...own.slice(1), ...args));
  }
  return streams;
}
