import type { Program, Queue, RddStep, Rows, Step } from "./program.js";

/** A value as a program would write it. */
export function show(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "bigint":
      return `${value}n`;
    case "function":
      return String(value).replaceAll(/\s+/g, " ");
    case "object":
      return value === null ? "null" : showObject(value);
    default:
      return Object.is(value, -0) ? "-0" : String(value);
  }
}

function showObject(value: object): string {
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`;
  if (value instanceof Date) return `new Date(${value.getTime()})`;
  if (value instanceof Uint8Array) return `Uint8Array.of(${value.join(", ")})`;
  const properties = Object.entries(value).map(([name, property]) => `${name}: ${show(property)}`);
  return properties.length === 0 ? "{}" : `{ ${properties.join(", ")} }`;
}

/** A program as text, a line for each stream. */
export function showProgram(program: Program): string {
  const { parallelism, inputs, steps, outputs, numBatches, take, rememberMs, hasStore } = program;
  const name = (number: number) => (number < inputs.length ? `in${number}` : `s${number - inputs.length}`);
  const settings = `${take === undefined ? "" : `, take(${take})`}${rememberMs ? `, remember(${rememberMs})` : ""}${hasStore ? ", a checkpoint store" : ""}`;
  const lines = [
    `defaultParallelism ${parallelism}, ${numBatches} batches of 1000 ms, outputs ${outputs.map(name).join(", ")}${settings}`,
    ...inputs.map((queue, number) => `${name(number)} = queueStream(${showQueue(queue)})`),
    ...steps.map((step, index) => `${name(inputs.length + index)} = ${showStep(step, name)}`),
  ];
  return lines.map((line) => `  ${line}\n`).join("");
}

function showQueue({ batches, takesAll = false, whenEmpty }: Queue): string {
  const options = takesAll || whenEmpty !== undefined ? `, ${!takesAll}, ${showBatch(whenEmpty ?? null)}` : "";
  return `[${batches.map(showBatch).join(", ")}]${options}`;
}

function showBatch(batch: Rows | null): string {
  if (batch === null) return "null";
  const { rows, numPartitions } = batch;
  return numPartitions === undefined ? show(rows) : `parallelize(${show(rows)}, ${numPartitions})`;
}

function showStep({ method, on, args, rdd, persist }: Step, name: (number: number) => string): string {
  const [first, ...others] = on.map(name);
  const shown = rdd ? [`(rdd) => rdd${rdd.map(showRddStep).join("")}`] : args.map(show);
  return `${first}.${method}(${[...others, ...shown].join(", ")})${persist ? `.persist("${persist}")` : ""}`;
}

function showRddStep({ method, args, that }: RddStep, index: number, all: readonly RddStep[]): string {
  const other = that ? [showBatch(that)] : index === 0 && all.length > 0 && TAKES_THAT.has(method) ? ["that"] : [];
  return `.${method}(${[...other, ...args.map(show)].join(", ")})`;
}

const TAKES_THAT = new Set([
  "union",
  "cogroup",
  "join",
  "leftOuterJoin",
  "rightOuterJoin",
  "fullOuterJoin",
  "subtract",
  "intersection",
  "cartesian",
]);
