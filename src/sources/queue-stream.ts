import type { InputInfo, StreamInput } from "../batch/stream-input.js";
import type { InputBlock } from "../block/block.js";
import { ConfigError } from "../errors.js";
import type { Guarantee } from "../guarantee.js";
import { type Dataset, united } from "../plan/dataset.js";
import type { InputContext } from "../receiver/input.js";

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
  #numRecords = 0;

  constructor(options: QueueOptions, context: InputContext) {
    this.#options = options;
    this.#context = context;
  }

  promise(): Guarantee {
    return { promised: "once-or-lost", because: "what is queued lies in the process, and ends with it" };
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
