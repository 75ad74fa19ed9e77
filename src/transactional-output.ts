import { DStream } from "./dstream.js";
import { PlanError } from "./errors.js";
import { type Safety, wholeBatches } from "./guarantee.js";
import { type OutputBatch, type TransactionalSink, Transactions } from "./outputs/transactions.js";
import { Origin } from "./plan/origin.js";
import { RDD } from "./rdd.js";

export type { OutputBatch, TransactionalSink };

const NEEDED = ["lastCommitted", "write", "commit"] as const;
const OPTIONAL = ["open", "begin", "rollback", "close"] as const;

/**
 * Writes each batch of a stream to a sink with transactions, exactly once: the sink keeps `batch.id` with what it writes, in the same transaction, and a batch
 * that it has is not written again. That holds with a store for checkpoints, which keeps the numbers of batches, and with `onBatchFailure: "stop"`; without
 * a store numbers go on from the sink's last one. A sink that fails fails the batch, and is told to roll back.
 *
 * **Errors:** `PlanError` "invalid-sink", "query-taken"; at the start and with a batch `OutputError` "sink-failed", "sink-ahead", "invalid-batch-id".
 */
export function transactionalOutput<T>(stream: DStream<T>, sink: TransactionalSink<T>): void {
  const origin = new Origin("transactionalOutput", transactionalOutput as (...args: never[]) => unknown);
  checkSink(stream, sink, origin);
  const { graph, engine } = stream.context;
  const transactions = new Transactions(sink, (line) => engine.host.warn(line));
  graph.addOutput({
    name: `${origin.name} ${sink.name}`,
    site: origin.site,
    query: sink.name,
    node: DStream.nodeOf(stream),
    promise: (safety) => wholeBatches("a transaction a batch, which keeps the number of the batch", safety),
    prepare: (safety: Safety) => transactions.open(safety),
    run: (dataset, scope) => transactions.write(scope.batch, new RDD<T>(engine, dataset, scope)),
    end: () => transactions.close(),
  });
}

function checkSink<T>(stream: unknown, sink: TransactionalSink<T>, { suffix, site }: Origin): void {
  const refuse = (rule: string): never => {
    throw new PlanError(`${rule}${suffix}`, { code: "invalid-sink", details: { site } });
  };
  if (!(stream instanceof DStream)) refuse(`transactionalOutput writes a stream, got ${typeof stream}.`);
  if (typeof sink !== "object" || sink === null) refuse(`A sink must be an object, got ${String(sink)}.`);
  const { name } = sink;
  if (typeof name !== "string" || name === "") {
    refuse(`The name of a sink must be a string that is not empty, got ${JSON.stringify(name) ?? String(name)}.`);
  }
  for (const method of [...NEEDED, ...OPTIONAL]) {
    const given = sink[method];
    if (typeof given === "function" || (given === undefined && !NEEDED.some((needed) => needed === method))) continue;
    refuse(`${method} of the sink ${JSON.stringify(name)} must be a function, got ${typeof given}.`);
  }
  if ((stream as DStream<T>).context.graph.outputs.some(({ query }) => query === name)) {
    throw new PlanError(
      `The context has another output with the name ${JSON.stringify(name)}, and sinks keep the numbers of batches by it: give each a name of its own.${suffix}`,
      { code: "query-taken", details: { query: name, site } },
    );
  }
}
