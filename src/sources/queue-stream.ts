import type { InputInfo, StreamInput } from "../batch/stream-input.js";
import type { InputBlock } from "../block/block.js";
import { ConfigError } from "../errors.js";
import type { Guarantee, Safety } from "../guarantee.js";
import { type Dataset, united } from "../plan/dataset.js";
import type { BatchScope } from "../plan/scope.js";
import type { InputContext } from "../receiver/input.js";
import { TakenBlocks } from "../receiver/taken-blocks.js";

/** One queued item: rows, a dataset that is there already, or no batch. */
export type QueuedItem = Iterable<unknown> | { readonly dataset: Dataset } | null;

export interface QueueOptions {
  readonly queue: unknown[];
  readonly oneAtATime: boolean;
  /** Makes an item of what the caller has queued. */
  readonly read: (item: unknown) => QueuedItem;
  /** What an empty queue gives. */
  readonly whenEmpty: QueuedItem;
}

/**
 * Batches from an array: one item a batch, or all of them together. Items leave the array as they are taken. A `null` is no batch.
 */
export class QueueInput implements StreamInput {
  readonly #options: QueueOptions;
  readonly #context: InputContext;
  readonly #blocks: TakenBlocks;
  #taken: Dataset | undefined;
  #numRecords = 0;

  constructor(options: QueueOptions, context: InputContext) {
    this.#options = options;
    this.#context = context;
    this.#blocks = new TakenBlocks("queueStream", context.engine);
  }

  promise({ hasStore }: Safety): Guarantee {
    const lost = hasStore ? "what is queued and in no planned batch" : "what is queued";
    return { promised: "once-or-lost", because: `${lost} lies in the process, and ends with it` };
  }

  start(): void {}

  async stop(): Promise<void> {}

  /** What is still queued is not received: a graceful stop leaves it, as Spark does. */
  hasPending(): boolean {
    return false;
  }

  info(): InputInfo {
    return { numRecords: this.#numRecords };
  }

  rejected(): undefined {}

  free(): void {}

  take(): Dataset | undefined {
    this.#taken = this.#next();
    return this.#taken;
  }

  /** Of rows that are there; what an RDD would make of others is not known before it runs. Null: no batch. */
  took(): unknown {
    if (this.#taken === undefined) return null;
    const partitions = blocksIn(this.#taken);
    return partitions && this.#blocks.took(partitions);
  }

  retake(scope: BatchScope, took: unknown): Dataset | undefined {
    this.#numRecords = 0;
    if (took === null) return undefined;
    const { dataset, numRecords } = this.#blocks.retake(scope, took);
    this.#numRecords = numRecords;
    return dataset;
  }

  #next(): Dataset | undefined {
    const { queue, oneAtATime, read, whenEmpty } = this.#options;
    const items = queue.splice(0, oneAtATime ? 1 : queue.length).map(read);
    this.#numRecords = 0;
    if (items.length === 0) return this.#dataset(whenEmpty);
    const datasets = items.map((item) => this.#dataset(item)).filter((dataset) => dataset !== undefined);
    if (datasets.length === 0) return undefined;
    return datasets.length === 1 ? datasets[0] : united(datasets);
  }

  #dataset(item: QueuedItem): Dataset | undefined {
    if (item === null) return undefined;
    if ("dataset" in item) {
      this.#numRecords += knownRows(item.dataset);
      return united([item.dataset]);
    }
    const dataset = this.#context.engine.rowsDataset(item);
    this.#numRecords += knownRows(dataset);
    return dataset;
  }
}

/** The partitions of what is there already; undefined where something has to run first. */
function blocksIn(dataset: Dataset): ReadonlyArray<readonly InputBlock[]> | undefined {
  if (dataset.kind === "union") {
    const parts = dataset.parents.map(blocksIn);
    return parts.some((part) => part === undefined) ? undefined : parts.flatMap((part) => part!);
  }
  if (dataset.kind !== "source" || dataset.partitions.some((part) => "load" in part)) return undefined;
  return dataset.partitions as ReadonlyArray<readonly InputBlock[]>;
}

/** Rows of a source; of anything else, nothing is known before it runs. */
function knownRows(dataset: Dataset): number {
  if (dataset.kind !== "source") return 0;
  return dataset.partitions.reduce(
    (sum, part) => sum + ("load" in part ? 0 : part.reduce((n, block) => n + rowsOf(block), 0)),
    0,
  );
}

function rowsOf(block: InputBlock): number {
  return block.kind === "rows" ? block.rows.length : block.kind === "frame" ? block.rows : block.block.rows;
}

/** The options of a queue, checked. */
export function checkedQueue(queue: unknown): unknown[] {
  if (Array.isArray(queue)) return queue;
  throw new ConfigError(`The queue of queueStream must be an array of batches, got ${typeof queue}.`, {
    code: "invalid-queue",
    details: { got: queue },
  });
}
