import { runJob } from "../engine/job.js";
import type { LocalEngine } from "../engine/local-engine.js";
import { messageOf } from "../errors.js";
import type { AsyncMark } from "../host.js";
import type { Dataset } from "../plan/dataset.js";
import type { Sink } from "../plan/operator.js";
import type { BatchScope } from "../plan/scope.js";
import type { Output, StreamGraph } from "../plan/stream-graph.js";
import type { StreamNode } from "../plan/stream-node.js";
import { InputOperator } from "../plan/stream-operator.js";
import type { StateStage } from "../state/state-versions.js";
import type { Clock } from "../time/clock.js";
import { Time } from "../time/time.js";
import type { BatchInfo, ListenerBus, OutputOperationInfo } from "./listener.js";
import type { InputInfo, RejectedRecords, StreamInput } from "./stream-input.js";

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

/** What an input says of a batch that it was asked for. */
interface Told {
  readonly streamId: number;
  readonly info: InputInfo;
  readonly rejected: RejectedRecords | undefined;
}

/** Makes batches and processes them: one at a time, in the order of their times; the outputs of each in the order of their definition. */
export class BatchQueue {
  readonly #options: BatchQueueOptions;
  readonly #inputs: ReadonlyArray<readonly [input: StreamInput, take: (scope: BatchScope) => Promise<Told>]>;
  readonly #unused: readonly StreamInput[];
  readonly #stateful: readonly StreamNode[];
  readonly #waiting: Batch[] = [];
  #running: Promise<void> | undefined;
  /** Settles when the batches submitted so far are made: in order, one at a time. */
  #making: Promise<void> | undefined;
  #count = 0;

  constructor(options: BatchQueueOptions, inputs: ReadonlyMap<number, StreamInput>) {
    this.#options = options;
    const reachable = options.graph.reachable();
    this.#inputs = [...inputs].flatMap(([streamId, input]) =>
      [...reachable].flatMap((node) => {
        const { operator } = node;
        if (!(operator instanceof InputOperator) || operator.input !== input) return [];
        // Asked when it has taken: before, or when the batch is made, it may speak of another one.
        const tell = (): Told => ({ streamId, info: input.info(), rejected: input.rejected() });
        return [[input, (scope: BatchScope) => node.take(scope, operator, tell)] as const];
      }),
    );
    const used = new Set(this.#inputs.map(([input]) => input));
    this.#unused = [...inputs.values()].filter((input) => !used.has(input));
    this.#stateful = [...reachable].filter(({ operator }) => operator.isStateful);
  }

  /** Batches that are not processed yet. */
  get length(): number {
    return this.#waiting.length + (this.#running ? 1 : 0);
  }

  /** Some input that an output needs has records that no batch has taken. */
  get hasPending(): boolean {
    return this.#inputs.some(([input]) => input.hasPending());
  }

  /** Takes what the inputs have as the batch of `timeMs` and queues it. A batch that cannot be made is an error, and no batch. */
  submit(timeMs: number): void {
    const scope = this.#options.graph.openBatch(this.#count++, timeMs);
    const taken = Promise.allSettled(this.#inputs.map(([, take]) => take(scope)));
    // What feeds no output is received and dropped: kept, it would take all room from the others.
    const unused = this.#unused.filter((input) => input.hasPending());
    const dropped = Promise.allSettled(unused.map(async (input) => input.take(scope)));
    const before = this.#making;
    const making = (async () => {
      const outcomes = await taken;
      await dropped;
      await before;
      await this.#make(scope, outcomes);
    })();
    this.#making = making;
    void making.then(() => {
      if (this.#making === making) this.#making = undefined;
    });
  }

  /** Asks every output for its job, and queues the batch. */
  async #make(scope: BatchScope, taken: ReadonlyArray<PromiseSettledResult<Told>>): Promise<void> {
    const { graph, engine, clock, bus, onError } = this.#options;
    const { time: timeMs } = scope.batch;
    try {
      const told = taken.map((outcome) => {
        if (outcome.status === "rejected") throw outcome.reason;
        return outcome.value;
      });
      this.#tellRejected(timeMs, told);
      const jobs: Job[] = [];
      for (const [id, output] of graph.outputs.entries()) {
        const dataset = await output.node.at(timeMs);
        if (dataset) jobs.push({ output, dataset, info: { id, name: output.name, description: describe(output) } });
      }
      await this.#makeState(timeMs);
      if (jobs.length === 0) {
        await this.#settleState(scope);
        graph.batchDone(timeMs);
        return;
      }
      const inputs = new Map(told.map(({ streamId, info }) => [streamId, info]));
      const batch: Batch = { scope, time: new Time(timeMs), submissionTime: clock.now(), inputs, jobs };
      this.#waiting.push(batch);
      bus.post("onBatchSubmitted", { batchInfo: infoOf(batch) });
      this.#running ??= this.#process();
    } catch (error) {
      engine.host.warn(`millrace: error generating jobs for time ${timeMs} ms: ${messageOf(error)}`);
      graph.batchDone(timeMs);
      onError(error);
    }
  }

  #tellRejected(timeMs: number, told: readonly Told[]): void {
    for (const { streamId, rejected } of told) {
      if (rejected === undefined) continue;
      const { engine, bus } = this.#options;
      engine.host.warn(`millrace: stream ${streamId} set aside ${rejected.count} records: ${rejected.reason}`);
      bus.post("onRecordsRejected", { streamId, batchTime: new Time(timeMs), ...rejected });
    }
  }

  /** Resolves when no batch waits or runs. */
  async idle(): Promise<void> {
    while (this.#making ?? this.#running) await (this.#making ?? this.#running);
  }

  /** Drops the batches that have not begun. */
  dropWaiting(): void {
    for (const { scope } of this.#waiting.splice(0)) this.#options.graph.batchDone(scope.batch.time);
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
    await this.#settleState(batch.scope);
    // An output may have ended while a job that it began and did not await still reads.
    await batch.scope.idle();
    batch.endTime = clock.now();
    this.#options.graph.batchDone(batch.time.milliseconds);
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

  /** State has a version for each of its times, also for those at which no output asks. What fails here fails that version alone. */
  async #makeState(timeMs: number): Promise<void> {
    for (const node of this.#stateful) await node.at(timeMs).catch((error) => this.#stateFailed(node, timeMs, error));
  }

  /** Updates the state that no output of the batch has asked for: the next batch goes on from there. */
  async #settleState(scope: BatchScope): Promise<void> {
    const { engine } = this.#options;
    for (const node of this.#stateful) {
      const dataset = node.peek(scope.batch.time);
      if (dataset?.kind !== "stage" || (dataset as StateStage).isSettled()) continue;
      const partitions = Array.from({ length: dataset.partitionCount }, (_, index) => index);
      try {
        await runJob(engine, dataset, scope, { partitions, open: discarding });
      } catch (error) {
        this.#stateFailed(node, scope.batch.time, error);
      }
    }
  }

  #stateFailed(node: StreamNode, timeMs: number, error: unknown): void {
    const { engine, onError } = this.#options;
    engine.host.warn(`millrace: the state of ${node.name} at ${timeMs} ms failed: ${messageOf(error)}`);
    onError(error);
  }
}

function discarding(): Sink & { result(): undefined } {
  return { push: () => {}, end: () => {}, result: () => undefined };
}

function describe({ name, site }: Output): string {
  return site === undefined ? name : `${name} at ${site}`;
}

function infoOf({ time, submissionTime, inputs, jobs, startTime, endTime }: Batch): BatchInfo {
  const schedulingDelay = startTime === undefined ? undefined : startTime - submissionTime;
  const processingDelay = startTime === undefined || endTime === undefined ? undefined : endTime - startTime;
  return {
    batchTime: time,
    submissionTime,
    numRecords: [...inputs.values()].reduce((sum, { numRecords }) => sum + numRecords, 0),
    streamIdToInputInfo: new Map([...inputs].map(([streamId, info]) => [streamId, asKnownNow(info)])),
    outputOperationInfos: jobs.map(({ info }) => info),
    ...(startTime !== undefined && { processingStartTime: startTime }),
    ...(endTime !== undefined && { processingEndTime: endTime }),
    ...(schedulingDelay !== undefined && { schedulingDelay }),
    ...(processingDelay !== undefined && { processingDelay, totalDelay: processingDelay + (schedulingDelay ?? 0) }),
  };
}

function asKnownNow({ numRecords, metadata }: InputInfo): InputInfo {
  return { numRecords, ...(metadata !== undefined && { metadata }) };
}
