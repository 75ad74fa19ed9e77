import type { LocalEngine } from "../engine/local-engine.js";
import { messageOf } from "../errors.js";
import type { AsyncMark } from "../host.js";
import type { Dataset } from "../plan/dataset.js";
import { BatchScope } from "../plan/scope.js";
import type { Output, StreamGraph } from "../plan/stream-graph.js";
import type { Clock } from "../time/clock.js";
import { Time } from "../time/time.js";
import type { BatchInfo, ListenerBus, OutputOperationInfo } from "./listener.js";
import type { InputInfo, StreamInput } from "./stream-input.js";

export interface BatchQueueOptions {
  readonly graph: StreamGraph;
  readonly engine: LocalEngine;
  readonly clock: Clock;
  readonly bus: ListenerBus;
  readonly mark: AsyncMark;
  readonly onError: (error: unknown) => void;
}

interface Job {
  readonly output: Output;
  readonly dataset: Dataset;
  info: OutputOperationInfo;
}

interface Batch {
  readonly scope: BatchScope;
  readonly time: Time;
  readonly submissionTime: number;
  readonly inputs: ReadonlyMap<number, InputInfo>;
  readonly jobs: readonly Job[];
  startTime?: number;
  endTime?: number;
}

/** Makes batches and processes them: one at a time, in the order of their times; the outputs of each in the order of their definition. */
export class BatchQueue {
  readonly #options: BatchQueueOptions;
  readonly #inputs: ReadonlyArray<readonly [streamId: number, input: StreamInput, take: (scope: BatchScope) => void]>;
  readonly #unused: readonly StreamInput[];
  readonly #waiting: Batch[] = [];
  #running: Promise<void> | undefined;
  #count = 0;

  constructor(options: BatchQueueOptions, inputs: ReadonlyMap<number, StreamInput>) {
    this.#options = options;
    const reachable = options.graph.reachable();
    const nodes = [...reachable].filter(({ operator }) => operator.kind === "input");
    this.#inputs = [...inputs].flatMap(([streamId, input]) =>
      nodes
        .filter(({ operator }) => operator.kind === "input" && operator.input === input)
        .map((node) => [streamId, input, (scope: BatchScope) => void node.at(scope)] as const),
    );
    const used = new Set(this.#inputs.map(([, input]) => input));
    this.#unused = [...inputs.values()].filter((input) => !used.has(input));
  }

  /** Batches that are not processed yet. */
  get length(): number {
    return this.#waiting.length + (this.#running ? 1 : 0);
  }

  /** Some input that an output needs has records that no batch has taken. */
  get hasPending(): boolean {
    return this.#inputs.some(([, input]) => input.hasPending());
  }

  /** Takes what the inputs have as the batch of `timeMs` and queues it. A batch that cannot be made is an error, and no batch. */
  submit(timeMs: number): void {
    const { graph, engine, clock, bus, onError } = this.#options;
    const scope = new BatchScope({ id: this.#count++, time: timeMs });
    try {
      for (const [, , take] of this.#inputs) take(scope);
      // What feeds no output is received and dropped: kept, it would take all room from the others.
      for (const input of this.#unused) if (input.hasPending()) input.take(scope);
      this.#tellRejected(timeMs);
      const jobs = graph.outputs.flatMap((output, id): Job[] => {
        const dataset = output.node.at(scope);
        return dataset ? [{ output, dataset, info: { id, name: output.name, description: output.name } }] : [];
      });
      if (jobs.length === 0) {
        this.#forget(scope);
        return;
      }
      const inputs = new Map(this.#inputs.map(([streamId, input]) => [streamId, input.info()]));
      const batch: Batch = { scope, time: new Time(timeMs), submissionTime: clock.now(), inputs, jobs };
      this.#waiting.push(batch);
      bus.post("onBatchSubmitted", { batchInfo: infoOf(batch) });
      this.#running ??= this.#process();
    } catch (error) {
      engine.host.warn(`millrace: error generating jobs for time ${timeMs} ms: ${messageOf(error)}`);
      this.#forget(scope);
      onError(error);
    }
  }

  #tellRejected(timeMs: number): void {
    for (const [streamId, input] of this.#inputs) {
      const rejected = input.rejected();
      if (rejected === undefined) continue;
      const { engine, bus } = this.#options;
      engine.host.warn(`millrace: stream ${streamId} set aside ${rejected.count} records: ${rejected.reason}`);
      bus.post("onRecordsRejected", { streamId, batchTime: new Time(timeMs), ...rejected });
    }
  }

  /** Resolves when no batch waits or runs. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  /** Drops the batches that have not begun. */
  dropWaiting(): void {
    for (const { scope } of this.#waiting.splice(0)) this.#forget(scope);
  }

  async #process(): Promise<void> {
    // Never in the stack of who submits: events come in one order, whether or not a batch was running.
    await Promise.resolve();
    try {
      for (let batch = this.#waiting.shift(); batch; batch = this.#waiting.shift()) await this.#run(batch);
    } finally {
      this.#running = undefined;
    }
  }

  async #run(batch: Batch): Promise<void> {
    const { clock, bus } = this.#options;
    batch.startTime = clock.now();
    bus.post("onBatchStarted", { batchInfo: infoOf(batch) });
    for (const job of batch.jobs) await this.#runJob(job, batch);
    // An output may have ended while a job that it began and did not await still reads.
    await batch.scope.idle();
    batch.endTime = clock.now();
    this.#forget(batch.scope);
    bus.post("onBatchCompleted", { batchInfo: infoOf(batch) });
  }

  async #runJob(job: Job, { scope, time }: Batch): Promise<void> {
    const { engine, clock, bus, mark, onError } = this.#options;
    job.info = { ...job.info, startTime: clock.now() };
    bus.post("onOutputOperationStarted", { outputOperationInfo: job.info, batchTime: time });
    try {
      await mark.run(() => job.output.run(job.dataset, scope));
      job.info = { ...job.info, endTime: clock.now() };
    } catch (error) {
      engine.host.warn(`millrace: ${job.output.name} of the batch of ${time} failed: ${messageOf(error)}`);
      job.info = { ...job.info, endTime: clock.now(), failureReason: messageOf(error) };
      onError(error);
    }
    bus.post("onOutputOperationCompleted", { outputOperationInfo: job.info, batchTime: time });
  }

  #forget(scope: BatchScope): void {
    for (const node of this.#options.graph.nodes) node.forget(scope.batch.time);
    this.#options.engine.release(scope);
  }
}

function infoOf({ time, submissionTime, inputs, jobs, startTime, endTime }: Batch): BatchInfo {
  const schedulingDelay = startTime === undefined ? undefined : startTime - submissionTime;
  const processingDelay = startTime === undefined || endTime === undefined ? undefined : endTime - startTime;
  return {
    batchTime: time,
    submissionTime,
    numRecords: [...inputs.values()].reduce((sum, { numRecords }) => sum + numRecords, 0),
    streamIdToInputInfo: inputs,
    outputOperationInfos: jobs.map(({ info }) => info),
    ...(startTime !== undefined && { processingStartTime: startTime }),
    ...(endTime !== undefined && { processingEndTime: endTime }),
    ...(schedulingDelay !== undefined && { schedulingDelay }),
    ...(processingDelay !== undefined && { processingDelay, totalDelay: processingDelay + (schedulingDelay ?? 0) }),
  };
}
