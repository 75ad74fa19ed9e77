import { type Batch, infoOf, recordsOf } from "./batch.js";
import { type Distribution, LastFigures } from "./distribution.js";
import type { BatchInfo, OutputOperationInfo } from "./listener.js";

/** Batches that the distributions of delays are about; as many as Spark's page retains. */
const BATCHES_MAX = 1000;

/** Batches since the start. What has no output's job is no batch here. */
export interface BatchMetrics {
  /** Batches that were queued. */
  readonly submitted: number;
  /** Batches whose outputs have all ended, some with an error. */
  readonly completed: number;
  /** Of the completed ones, those in which something failed. */
  readonly failed: number;
  /** Batches for which no jobs could be made. */
  readonly notGenerated: number;
  /** Batches that a stop has dropped. */
  readonly dropped: number;
  /** Queued and not begun. */
  readonly waiting: number;
  /** Begun and not ended. */
  readonly running: number;
  /** Batches that some stream remembers, or that are not done. */
  readonly remembered: number;
}

/** Delays in ms of the clock of the context, over the last 1,000 batches at most; undefined where no batch has ended. */
export interface DelayMetrics {
  /** From submission to the start of the first output. */
  readonly scheduling: Distribution | undefined;
  /** From the start of the first output to the end of the last. */
  readonly processing: Distribution | undefined;
  /** The sum of both. */
  readonly total: Distribution | undefined;
}

/** What one output did. */
export interface OutputMetrics {
  /** Its place in the order of definition, from 0. */
  readonly id: number;
  /** The kind of output, such as `"print"`. */
  readonly name: string;
  /** The output in words, with the place of its definition where the host tells. */
  readonly description: string;
  /** Batches that it has ended with. */
  readonly runs: number;
  /** Of these, those that failed. */
  readonly failed: number;
  /** Time that it took in all, in ms of the host. */
  readonly timeMs: number;
}

type Counted = { -readonly [K in keyof OutputMetrics]: OutputMetrics[K] };

/** Counts what happens to batches and outputs: by batch and by output, never by record. */
export class MetricsRecorder {
  readonly #scheduling = new LastFigures(BATCHES_MAX);
  readonly #processing = new LastFigures(BATCHES_MAX);
  readonly #total = new LastFigures(BATCHES_MAX);
  readonly #outputs: Counted[] = [];
  #submitted = 0;
  #started = 0;
  #completed = 0;
  #failed = 0;
  #notGenerated = 0;
  #dropped = 0;
  #recordsProcessed = 0;
  #recordsReceived = 0;
  readonly #recordsByInput = new Map<number, number>();
  #lastCompleted: BatchInfo | undefined;

  submitted(batch: Batch): void {
    this.#submitted++;
    this.#countRecords(batch);
  }

  started(): void {
    this.#started++;
  }

  completed(batch: Batch): void {
    const info = infoOf(batch);
    this.#countRecords(batch);
    this.#completed++;
    if (batch.hasFailed) this.#failed++;
    this.#recordsProcessed += info.numRecords;
    for (const [streamId, { numRecords }] of batch.inputs) {
      this.#recordsByInput.set(streamId, (this.#recordsByInput.get(streamId) ?? 0) + numRecords);
    }
    this.#scheduling.add(info.schedulingDelay!);
    this.#processing.add(info.processingDelay!);
    this.#total.add(info.totalDelay!);
    this.#lastCompleted = info;
  }

  notGenerated(): void {
    this.#notGenerated++;
  }

  dropped(): void {
    this.#dropped++;
  }

  outputRan({ id, name, description, failureReason }: OutputOperationInfo, timeMs: number): void {
    const counted = this.#counted(id, name, description);
    counted.runs++;
    counted.timeMs += timeMs;
    if (failureReason !== undefined) counted.failed++;
  }

  get recordsReceived(): number {
    return this.#recordsReceived;
  }

  get recordsProcessed(): number {
    return this.#recordsProcessed;
  }

  /** Processed records of each input that an output needs. */
  get recordsByInput(): ReadonlyMap<number, number> {
    return this.#recordsByInput;
  }

  get lastCompleted(): BatchInfo | undefined {
    return this.#lastCompleted;
  }

  /** In the order of their definition; one that has not run is not there yet. */
  get outputs(): OutputMetrics[] {
    return this.#outputs.flatMap((counted) => (counted ? [{ ...counted }] : []));
  }

  get delays(): DelayMetrics {
    return {
      scheduling: this.#scheduling.distribution(),
      processing: this.#processing.distribution(),
      total: this.#total.distribution(),
    };
  }

  batches(remembered: number): BatchMetrics {
    return {
      submitted: this.#submitted,
      completed: this.#completed,
      failed: this.#failed,
      notGenerated: this.#notGenerated,
      dropped: this.#dropped,
      waiting: this.#submitted - this.#started - this.#dropped,
      running: this.#started - this.#completed,
      remembered,
    };
  }

  #countRecords(batch: Batch): void {
    const records = recordsOf(batch);
    this.#recordsReceived += records - batch.recordsCounted;
    batch.recordsCounted = records;
  }

  #counted(id: number, name: string, description: string): Counted {
    let counted = this.#outputs[id];
    if (counted === undefined) {
      counted = { id, name, description, runs: 0, failed: 0, timeMs: 0 };
      this.#outputs[id] = counted;
    }
    return counted;
  }
}
