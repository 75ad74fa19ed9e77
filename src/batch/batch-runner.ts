import type { ContextCheckpoint } from "../checkpoint/context-checkpoint.js";
import type { LocalEngine } from "../engine/local-engine.js";
import { messageOf } from "../errors.js";
import type { AsyncMark } from "../host.js";
import type { Sink } from "../plan/operator.js";
import type { StreamGraph } from "../plan/stream-graph.js";
import type { StreamNode } from "../plan/stream-node.js";
import type { StateStage } from "../state/state-versions.js";
import type { Clock } from "../time/clock.js";
import { type Batch, infoOf, type Job, recordsOf } from "./batch.js";
import type { ListenerBus } from "./listener.js";
import type { MetricsRecorder } from "./metrics-recorder.js";

export interface BatchRunnerOptions {
  readonly graph: StreamGraph;
  readonly engine: LocalEngine;
  readonly clock: Clock;
  readonly bus: ListenerBus;
  /** Set while an output runs. */
  readonly mark: AsyncMark;
  readonly metrics: MetricsRecorder;
  /** Outputs that run at once. */
  readonly concurrentJobs: number;
  readonly onError: (error: unknown) => void;
  /** Where batches are committed; undefined where they are not. */
  readonly checkpoint: ContextCheckpoint | undefined;
  /** A batch in which something failed does not count: it runs again after a restart. */
  readonly onBatchFailure: "continue" | "stop";
}

/** What a stop leaves undone. */
export interface Dropped {
  readonly batches: number;
  readonly records: number;
}

/**
 * Processes batches. Outputs begin in the order of their batches and, in a batch, of their definition; `concurrentJobs` of them run at once, of one batch
 * or of several. With 1 a batch ends before the next one begins.
 */
export class BatchRunner {
  readonly #options: BatchRunnerOptions;
  readonly #stateful: readonly StreamNode[];
  /** Batches of which something has not begun, with the place of their next job. */
  readonly #waiting: Array<{ readonly batch: Batch; next: number }> = [];
  readonly #unfinished = new Set<Batch>();
  #busy = 0;
  #finished: PromiseWithWake | undefined;

  constructor(options: BatchRunnerOptions) {
    this.#options = options;
    this.#stateful = [...options.graph.reachable()].filter(({ operator }) => operator.isStateful);
  }

  /** Batches that are not processed. */
  get unfinished(): number {
    return this.#unfinished.size;
  }

  /** Takes a batch, of a time after all others. */
  add(batch: Batch): void {
    this.#unfinished.add(batch);
    this.#waiting.push({ batch, next: 0 });
    if (batch.jobs.length > 0) {
      this.#options.metrics.submitted(batch);
      this.#tell("onBatchSubmitted", batch);
    }
    this.#fill();
  }

  /** Resolves when a batch has been processed, or was dropped. */
  nextFinished(): Promise<void> {
    this.#finished ??= withWake();
    return this.#finished.promise;
  }

  /** Drops the batches of which nothing has begun; says what was dropped. */
  dropWaiting(): Dropped {
    let records = 0;
    let batches = 0;
    for (const entry of this.#waiting.splice(0)) {
      const { batch } = entry;
      // What has begun ends with all its outputs.
      if (batch.startTime !== undefined) this.#waiting.push(entry);
      else {
        this.#unfinished.delete(batch);
        this.#options.graph.batchDone(batch.time.milliseconds);
        if (batch.jobs.length === 0) continue;
        this.#options.metrics.dropped();
        batches++;
        records += recordsOf(batch);
      }
    }
    this.#wake();
    return { batches, records };
  }

  /** Begins jobs while there is room for them. */
  #fill(): void {
    while (this.#busy < this.#options.concurrentJobs) {
      const head = this.#waiting[0];
      if (head === undefined) return;
      const { batch } = head;
      const job = batch.jobs[head.next++];
      if (head.next >= batch.jobs.length) this.#waiting.shift();
      this.#busy++;
      void this.#run(batch, job).then(() => {
        this.#busy--;
        this.#fill();
      });
    }
  }

  /** Runs a job, and ends the batch with its last one. Never rejects. */
  async #run(batch: Batch, job: Job | undefined): Promise<void> {
    if (job) {
      if (batch.startTime === undefined) {
        batch.startTime = this.#options.clock.now();
        this.#options.metrics.started();
        this.#tell("onBatchStarted", batch);
      }
      await this.#runJob(job, batch);
      batch.jobsLeft--;
    }
    if (batch.jobsLeft === 0) await this.#finish(batch);
  }

  async #runJob(job: Job, batch: Batch): Promise<void> {
    const { engine, clock, bus, mark, metrics, onError } = this.#options;
    const { scope, time } = batch;
    const begin = engine.host.monotonicNow();
    job.info = { ...job.info, startTime: clock.now() };
    if (bus.isHeard) bus.post("onOutputOperationStarted", { outputOperationInfo: job.info, batchTime: time });
    try {
      await mark.run(() => job.output.run(job.dataset, scope));
      job.info = { ...job.info, endTime: clock.now() };
    } catch (error) {
      engine.host.warn(`millrace: ${job.output.name} of the batch of ${time} failed: ${messageOf(error)}`);
      job.info = { ...job.info, endTime: clock.now(), failureReason: messageOf(error) };
      batch.hasFailed = true;
      onError(error);
    }
    metrics.outputRan(job.info, engine.host.monotonicNow() - begin);
    if (bus.isHeard) bus.post("onOutputOperationCompleted", { outputOperationInfo: job.info, batchTime: time });
  }

  async #finish(batch: Batch): Promise<void> {
    const { clock, graph, metrics } = this.#options;
    const { scope } = batch;
    await this.#settleState(batch);
    // An output may have ended while a job that it began and did not await still reads.
    await scope.idle();
    const { checkpoint, onBatchFailure } = this.#options;
    if (checkpoint && !(batch.hasFailed && onBatchFailure === "stop")) await checkpoint.commit(scope);
    batch.endTime = clock.now();
    graph.batchDone(batch.time.milliseconds);
    if (batch.jobs.length > 0) {
      metrics.completed(batch);
      this.#tell("onBatchCompleted", batch);
    }
    this.#unfinished.delete(batch);
    this.#wake();
  }

  /** Updates the state that no output of the batch has asked for: the next batch goes on from there. */
  async #settleState(batch: Batch): Promise<void> {
    const { engine, onError } = this.#options;
    const { scope } = batch;
    for (const node of this.#stateful) {
      const dataset = node.peek(scope.batch.time);
      if (dataset?.kind !== "stage" || (dataset as StateStage).isSettled()) continue;
      const partitions = Array.from({ length: dataset.partitionCount }, (_, index) => index);
      try {
        await engine.runJob(dataset, scope, { partitions, open: discarding });
      } catch (error) {
        engine.host.warn(`millrace: the state of ${node.name} at ${scope.batch.time} ms failed: ${messageOf(error)}`);
        batch.hasFailed = true;
        onError(error);
      }
    }
  }

  #tell(event: "onBatchSubmitted" | "onBatchStarted" | "onBatchCompleted", batch: Batch): void {
    const { bus } = this.#options;
    if (bus.isHeard) bus.post(event, { batchInfo: infoOf(batch) });
  }

  #wake(): void {
    this.#finished?.wake();
    this.#finished = undefined;
  }
}

interface PromiseWithWake {
  readonly promise: Promise<void>;
  readonly wake: () => void;
}

function withWake(): PromiseWithWake {
  let wake!: () => void;
  const promise = new Promise<void>((resolve) => {
    wake = resolve;
  });
  return { promise, wake };
}

function discarding(): Sink & { result(): undefined } {
  return { push: () => {}, end: () => {}, result: () => undefined };
}
