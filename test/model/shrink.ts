import type { Shaped } from "./generate.js";
import type { Queue, Rows, Step } from "./program.js";

/** A smaller program that `fails` as well: tries what makes it smaller, over and over, until nothing does. */
export async function shrunk(program: Shaped, fails: (smaller: Shaped) => Promise<boolean>): Promise<Shaped> {
  for (const smaller of smallerThan(program)) {
    if (await fails(smaller).catch(() => false)) return shrunk(smaller, fails);
  }
  return program;
}

function* smallerThan(program: Shaped): Generator<Shaped> {
  const { steps, inputs, outputs, numBatches, parallelism, shapes } = program;
  if (outputs.length > 1) for (const output of outputs) yield pruned({ ...program, outputs: [output] });
  for (const number of new Set(outputs.flatMap((output) => steps[output - inputs.length]?.on ?? []))) {
    yield pruned({ ...program, outputs: [number] });
  }
  for (const [index, { on }] of steps.entries()) {
    for (const parent of on) {
      const [own, above] = [shapes[inputs.length + index]!, shapes[parent]!];
      if (own.type === above.type && own.slideMs === above.slideMs) yield pruned(without(program, index, parent));
    }
  }
  for (const [index, step] of steps.entries()) {
    for (const rdd of step.rdd ? dropping(step.rdd) : []) {
      if (rdd.length > 0) yield { ...program, steps: steps.with(index, { ...step, rdd }) };
    }
  }
  const { take, rememberMs, hasStore, ...plain } = program;
  if (take !== undefined || rememberMs !== undefined || hasStore) yield plain;
  for (const [index, { persist, ...step }] of steps.entries()) {
    if (persist) yield { ...program, steps: steps.with(index, step) };
  }
  if (numBatches > 1) yield { ...program, numBatches: numBatches - 1 };
  if (parallelism > 1) yield { ...program, parallelism: parallelism - 1 };
  for (const [index, queue] of inputs.entries()) {
    for (const smaller of smallerQueues(queue)) yield { ...program, inputs: inputs.with(index, smaller) };
  }
}

function* smallerQueues({ batches, ...rest }: Queue): Generator<Queue> {
  if (Object.keys(rest).length > 0) yield { batches };
  for (const smaller of smallerBatches(batches)) yield { ...rest, batches: smaller };
}

function* smallerBatches(batches: ReadonlyArray<Rows | null>): Generator<ReadonlyArray<Rows | null>> {
  if (batches.length > 1) yield batches.slice(0, -1);
  for (const [index, batch] of batches.entries()) {
    if (batch === null) yield batches.with(index, { rows: [] });
    if (batch?.numPartitions !== undefined) yield batches.with(index, { rows: batch.rows });
    if ((batch?.rows.length ?? 0) > 3) {
      const half = batch!.rows.length >> 1;
      for (const rows of [batch!.rows.slice(half), batch!.rows.slice(0, half)])
        yield batches.with(index, { ...batch, rows });
    }
    for (const rows of dropping(batch?.rows ?? [])) yield batches.with(index, { ...batch, rows });
  }
}

function* dropping<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let index = 0; index < list.length; index++) yield list.toSpliced(index, 1);
}

/** Without a step: its parent takes its place. */
function without(program: Shaped, index: number, parent: number): Shaped {
  const number = program.inputs.length + index;
  const replaced = (other: number) => (other === number ? parent : other);
  const steps = program.steps.map((step): Step => ({ ...step, on: step.on.map(replaced) }));
  return { ...program, steps, outputs: program.outputs.map(replaced) };
}

/** Without inputs and steps that no output needs. */
function pruned(program: Shaped): Shaped {
  const { inputs, steps, outputs, shapes } = program;
  const needed = new Set(outputs);
  for (let number = inputs.length + steps.length - 1; number >= inputs.length; number--) {
    if (needed.has(number)) for (const parent of steps[number - inputs.length]!.on) needed.add(parent);
  }
  const kept = shapes.map((_, number) => number).filter((number) => needed.has(number));
  const renumbered = (number: number) => kept.indexOf(number);
  return {
    ...program,
    inputs: inputs.filter((_, number) => needed.has(number)),
    steps: steps
      .filter((_, index) => needed.has(inputs.length + index))
      .map((step) => ({ ...step, on: step.on.map(renumbered) })),
    outputs: outputs.map(renumbered),
    shapes: shapes.filter((_, number) => needed.has(number)),
  };
}
