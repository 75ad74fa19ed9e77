/**
 * Batches written to a sink that has transactions, each once: the sink keeps the number of its last batch with what it writes, in one transaction, so that a
 * batch that runs again after a crash is known and left alone.
 */

import { messageOf, OutputError } from "../errors.js";
import type { Safety } from "../guarantee.js";
import { Time } from "../time/time.js";
import type { PartitionedRows } from "./part-files.js";

/** A batch as a sink sees it. */
export interface OutputBatch {
  /** The name of the output: what the sink keeps the number of its last batch under. */
  readonly query: string;
  /** Grows from batch to batch, and is the same when the batch runs again. Some numbers may be missing. */
  readonly id: number;
  /** The time at which the batch ends. */
  readonly time: Time;
  /** 1, and more where the batch runs again after a recovery. */
  readonly attempt: number;
}

/**
 * What a sink does with the batches of a stream. Every method may be asynchronous and is awaited; they are called one at a time, for one batch after the
 * other: `lastCommitted`, and where that is a batch before: `begin`, `write` for each partition in order, `commit`; or, after an error, `rollback`.
 */
export interface TransactionalSink<T> {
  /** Names the output: unique in its context, and the same after a restart. */
  readonly name: string;
  /** Called once, when the context starts. */
  open?(): unknown;
  /** The `id` of the last batch that was committed under that name; undefined or null where there was none. */
  lastCommitted(query: string): number | bigint | undefined | null | Promise<number | bigint | undefined | null>;
  /** The batch is one that the sink does not have. */
  begin?(batch: OutputBatch): unknown;
  /** The rows of a partition, to be taken during the call; what it writes must not show before `commit`. */
  write(batch: OutputBatch, partition: number, rows: Iterable<T>): unknown;
  /** Makes what was written show, and `batch.id` the last one, both or neither. */
  commit(batch: OutputBatch): unknown;
  /** Forgets what was written. */
  rollback?(batch: OutputBatch, error: unknown): unknown;
  /** Called once, when the context has stopped, if `open` was. */
  close?(): unknown;
}

/** A batch as its context knows it. */
interface NumberedBatch {
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly attempt: number;
}

type Step = "open" | "lastCommitted" | "begin" | "write" | "commit" | "rollback" | "close";

/** Writes the batches of one output. */
export class Transactions<T> {
  readonly #sink: TransactionalSink<T>;
  readonly #warn: (line: string) => void;
  #isOpen = false;
  #hasStore = false;
  /** What comes before the first number of this context; where a store keeps the numbers nothing does. */
  #numbersBefore: number | undefined;
  /** Settles when the batch that was given last has ended: batches may be given while another one is written. */
  #last: Promise<void> = Promise.resolve();
  #isWriting = false;

  constructor(sink: TransactionalSink<T>, warn: (line: string) => void) {
    this.#sink = sink;
    this.#warn = warn;
  }

  /** Opens the sink. **Errors:** `OutputError` "sink-failed". */
  async open({ hasStore }: Safety): Promise<void> {
    this.#hasStore = hasStore;
    if (hasStore) this.#numbersBefore = 0;
    this.#isOpen = true;
    await this.#call("open", {}, () => this.#sink.open?.());
    // A sink that cannot say what it has would fail every batch.
    await this.#lastCommitted();
  }

  /**
   * Writes a batch, after those given before, unless the sink has it. **Errors:** `OutputError` "sink-failed" with what the sink threw as cause, "sink-ahead"
   * where it has later batches that this context does not know of; what the rows themselves throw, unchanged.
   */
  write(batch: NumberedBatch, rows: PartitionedRows): Promise<void> {
    const written = this.#last.then(async () => {
      this.#isWriting = true;
      try {
        await this.#write(batch, rows);
      } finally {
        this.#isWriting = false;
      }
    });
    this.#last = written.catch(() => {});
    return written;
  }

  /** Closes the sink; while a batch is written, which may never end, it is closed afterwards and nobody waits for that. */
  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const closed = this.#last.then(async () => void (await this.#call("close", {}, () => this.#sink.close?.())));
    if (!this.#isWriting) return closed;
    closed.catch((error: unknown) => this.#warn(`millrace: ${messageOf(error)}`));
  }

  async #write({ id: number, time, attempt }: NumberedBatch, rows: PartitionedRows): Promise<void> {
    const query = this.#sink.name;
    const last = await this.#lastCommitted();
    // Without a store each context counts from 0: its numbers go on where those of the one before ended.
    this.#numbersBefore ??= last === undefined ? 0 : last + 1 - number;
    const batch: OutputBatch = { query, id: this.#numbersBefore + number, time: new Time(time), attempt };
    if (last !== undefined && batch.id <= last) {
      if (attempt > 1) return;
      throw this.#aheadError(batch, last);
    }
    try {
      await this.#call("begin", { batch }, () => this.#sink.begin?.(batch));
      await rows.foreachPartition((values, partition) => this.#writeRows(batch, partition, values as Iterable<T>));
      await this.#call("commit", { batch }, () => this.#sink.commit(batch));
    } catch (error) {
      // The error that counts is the first one.
      await this.#call("rollback", { batch }, () => this.#sink.rollback?.(batch, error)).catch((second: unknown) =>
        this.#warn(`millrace: ${messageOf(second)}`),
      );
      throw error;
    }
  }

  /** Rows have errors of their own, which are none of the sink's, and which it must not swallow. */
  async #writeRows(batch: OutputBatch, partition: number, values: Iterable<T>): Promise<void> {
    const ofRows: { error?: unknown } = {};
    const watched = function* (): Iterable<T> {
      try {
        yield* values;
      } catch (error) {
        ofRows.error = error;
        throw error;
      }
    };
    try {
      await this.#call("write", { batch, partition }, () => this.#sink.write(batch, partition, watched()));
    } catch (error) {
      if (!("error" in ofRows)) throw error;
    }
    if ("error" in ofRows) throw ofRows.error;
  }

  async #lastCommitted(): Promise<number | undefined> {
    const { name } = this.#sink;
    const last = await this.#call("lastCommitted", {}, () => this.#sink.lastCommitted(name));
    if (last === undefined || last === null) return undefined;
    const number = typeof last === "bigint" ? Number(last) : last;
    if (Number.isSafeInteger(number)) return number;
    throw new OutputError(
      `lastCommitted of the sink ${JSON.stringify(name)} must give the id of a batch, or undefined where there was none, got ${messageOf(last)}.`,
      { code: "invalid-batch-id", details: { query: name, got: last } },
    );
  }

  async #call<R>(step: Step, where: { batch?: OutputBatch; partition?: number }, body: () => R): Promise<Awaited<R>> {
    try {
      return await body();
    } catch (cause) {
      throw failure(this.#sink.name, step, where, cause);
    }
  }

  #aheadError({ query, id, time }: OutputBatch, last: number): OutputError {
    const remedy = this.#hasStore
      ? "its store is not the one that the sink was filled with. Go on with that store, or give the output another name"
      : "another process writes under the same name. Let only one do so, or give this output another name";
    return new OutputError(
      `The sink ${JSON.stringify(query)} has batch ${last}, and this context runs batch ${id} (${time}) for the first time: ${remedy}.`,
      { code: "sink-ahead", details: { query, batchId: id, timeMs: time.milliseconds, lastCommitted: last } },
    );
  }
}

function failure(
  query: string,
  step: Step,
  { batch, partition }: { batch?: OutputBatch; partition?: number },
  cause: unknown,
): OutputError {
  const at = [
    ...(batch ? [`batch ${batch.id} (${batch.time})`] : []),
    ...(partition === undefined ? [] : [`partition ${partition}`]),
  ];
  return new OutputError(
    `The sink ${JSON.stringify(query)} failed in ${step}${at.length > 0 ? ` of ${at.join(", ")}` : ""}: ${messageOf(cause)}`,
    {
      code: "sink-failed",
      details: {
        query,
        step,
        ...(batch && { batchId: batch.id, timeMs: batch.time.milliseconds, attempt: batch.attempt }),
        ...(partition !== undefined && { partition }),
      },
      cause,
    },
  );
}
