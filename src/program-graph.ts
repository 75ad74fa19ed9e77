import type { Accumulator } from "./engine/accumulator.js";
import type { ProgramGraph } from "./engine/program/closure-task.js";
import { assertSameGraph, COUNT, identityOf, operatorsOf } from "./engine/program/graph-identity.js";
import { forGraphOnly, markWorker } from "./engine/program/inside-worker.js";
import type { ProgramMessage } from "./engine/worker.js";
import { ConfigError, messageOf } from "./errors.js";
import { CountOperator } from "./operators/count.js";
import { StreamingContext } from "./streaming-context.js";
import { ManualClock } from "./time/clock.js";

/**
 * Builds, in a worker, the graph that a program's context has on the host's thread: imports the module and calls its default export with a context that
 * builds streams and never starts. **Errors:** `ConfigError` "program-import", "program-module" where the module cannot be imported or exports no function,
 * "program-mismatch" where its streams are others; what the function threw.
 */
export async function buildGraph({ url, context, streams }: ProgramMessage): Promise<ProgramGraph> {
  markWorker();
  const build = await importProgram(url);
  const { batchIntervalMs: batchInterval, defaultParallelism } = context;
  const clock = new ManualClock();
  const ssc = new StreamingContext(
    forGraphOnly({ batchInterval, defaultParallelism, clock, master: "local[1]", program: url }),
  );
  const recorded = ssc.engine.recordAccumulators();
  await build(ssc);
  await ssc.engine.loadNeeds();
  const { nodes } = ssc.graph;
  for (const { operator } of nodes) operator.prepare?.();
  assertSameGraph(identityOf(nodes), streams, url);
  const operators = nodes.map(operatorsOf);
  return {
    streams: nodes.length,
    accumulators: recorded() as ReadonlyArray<Accumulator<unknown, unknown>>,
    operatorAt: ([stream, index]) => (stream === COUNT[0] ? new CountOperator() : operators[stream]![index]!),
  };
}

async function importProgram(url: string): Promise<(ssc: StreamingContext) => unknown> {
  let module: { readonly default?: unknown };
  try {
    module = await import(url);
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    throw new ConfigError(
      `The module given as program must be one that a worker can import, but ${url} fails there: ${messageOf(cause)}`,
      { code: "program-import", details: { program: url }, cause },
    );
  }
  if (typeof module.default === "function") return module.default as (ssc: StreamingContext) => unknown;
  throw new ConfigError(
    `The module given as program must export a function that builds the streams of a context as its default, but ${url} exports ` +
      `${module.default === undefined ? "none" : `a ${typeof module.default}`}: write export default function program(ssc) { ... }.`,
    { code: "program-module", details: { program: url } },
  );
}
