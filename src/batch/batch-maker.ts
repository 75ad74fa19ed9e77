import type { ContextCheckpoint } from "../checkpoint/context-checkpoint.js";
import type { Pending } from "../checkpoint/job-image.js";
import type { LocalEngine } from "../engine/local-engine.js";
import { messageOf } from "../errors.js";
import type { Dataset } from "../plan/dataset.js";
import type { BatchIdentity, BatchScope } from "../plan/scope.js";
import type { Output, StreamGraph } from "../plan/stream-graph.js";
import type { StreamNode } from "../plan/stream-node.js";
import { InputOperator } from "../plan/stream-operator.js";
import type { Clock } from "../time/clock.js";
import { Time } from "../time/time.js";
import type { Batch, Job } from "./batch.js";
import type { Inputs } from "./inputs.js";
import type { MetricsRecorder } from "./metrics-recorder.js";
import type { InputInfo, RejectedRecords, StreamInput } from "./stream-input.js";

export interface BatchMakerOptions {
  readonly graph: StreamGraph;
  readonly engine: LocalEngine;
  readonly clock: Clock;
  /** Told of what was set aside. */
  readonly inputs: Pick<Inputs, "rejected">;
  readonly metrics: MetricsRecorder;
  /** Takes each batch that was made, in the order of their times. */
  readonly made: (batch: Batch) => void;
  readonly onError: (error: unknown) => void;
  /** Where plans of batches are written; undefined where they are not. */
  readonly checkpoint: ContextCheckpoint | undefined;
  /** A batch could not be planned: nothing may run any more. */
  readonly onFatal: (error: unknown) => void;
}

/** What an input says of a batch that it was asked for. */
interface Told {
  readonly streamId: number;
  readonly input: StreamInput;
  readonly info: InputInfo;
  /** What it took, where plans say so. */
  readonly took: unknown;
  readonly rejected: RejectedRecords | undefined;
}

/** An input that some output needs, and how a batch takes what it has. */
interface UsedInput {
  readonly input: StreamInput;
  readonly take: (scope: BatchScope, again: Pending | undefined) => Promise<Told>;
}

/** A batch whose inputs are being asked. */
interface Taking {
  readonly scope: BatchScope;
  /** It was planned before: that plan counts. */
  readonly isPlanned: boolean;
  readonly told: Promise<ReadonlyArray<PromiseSettledResult<Told>>>;
  /** Settles when what no output needs has been taken too. */
  readonly dropped: Promise<unknown>;
}

/**
 * Makes batches: at each batch time takes what the inputs have, at once, then asks the outputs for their jobs, one batch after the other, as a stream
 * may take its time to say what its batch is (a folder is listed, a transform is asynchronous).
 */
export class BatchMaker {
  readonly #options: BatchMakerOptions;
  readonly #used: readonly UsedInput[];
  readonly #unused: readonly StreamInput[];
  readonly #stateful: readonly StreamNode[];
  readonly #descriptions: readonly string[];
  /** Settles when the batches submitted so far are made. */
  #making: Promise<void> | undefined;
  #count = 0;
  #unmade = 0;
  #closed = false;

  constructor(options: BatchMakerOptions, inputs: ReadonlyMap<number, StreamInput>) {
    this.#options = options;
    const nodes = [...options.graph.reachable()];
    this.#used = [...inputs].flatMap(([streamId, input]) =>
      nodes.flatMap((node) => {
        const { operator } = node;
        if (!(operator instanceof InputOperator) || operator.input !== input) return [];
        // Asked when it has taken: before, or when the batch is made, it may speak of another one.
        const tell = (): Told => ({
          streamId,
          input,
          info: input.info(),
          rejected: input.rejected(),
          took: options.checkpoint && input.took?.(),
        });
        const take = (scope: BatchScope, again: Pending | undefined) =>
          node.take(scope, () => (again ? this.#retake(input, scope, again) : input.take(scope)), tell);
        return [{ input, take }];
      }),
    );
    const used = new Set(this.#used.map(({ input }) => input));
    this.#unused = [...inputs.values()].filter((input) => !used.has(input));
    this.#stateful = nodes.filter(({ operator }) => operator.isStateful);
    this.#descriptions = options.graph.outputs.map(describe);
  }

  /** Settles when the batches submitted so far are made; undefined where all are. */
  get making(): Promise<void> | undefined {
    return this.#making;
  }

  /** Batches that were submitted and are not made. */
  get unmade(): number {
    return this.#unmade;
  }

  /** Some input that an output needs has records that no batch has taken. */
  get hasPending(): boolean {
    return this.#used.some(({ input }) => input.hasPending());
  }

  /** Takes what the inputs have as the batch of `timeMs`, and makes it after those before. A batch that cannot be made is an error, and no batch. */
  submit(timeMs: number): void {
    this.#submit({ id: this.#count++, time: timeMs, attempt: 1 }, undefined);
  }

  /** Goes on after the batches of other processes, and makes those that were not done again, before any other. */
  resume(newestId: number, pending: readonly Pending[]): void {
    this.#count = newestId + 1;
    for (const each of pending) {
      const { id, timeMs } = each.planned;
      this.#submit({ id, time: timeMs, attempt: this.#options.checkpoint!.attemptOf(each) }, each);
    }
  }

  #submit(identity: BatchIdentity, again: Pending | undefined): void {
    if (this.#closed) return;
    const scope = this.#options.graph.openBatch(identity);
    const told = Promise.allSettled(this.#used.map(({ take }) => take(scope, again)));
    // What feeds no output is received and dropped: kept, it would take all room from the others.
    const unused = this.#unused.filter((input) => input.hasPending());
    const dropped = Promise.allSettled(unused.map(async (input) => input.take(scope)));
    const making = this.#makeAfter(this.#making, { scope, isPlanned: again !== undefined, told, dropped });
    this.#making = making;
    this.#unmade += 1;
    void making.then(() => {
      this.#unmade -= 1;
      if (this.#making === making) this.#making = undefined;
    });
  }

  /** No batch is made any more: those that are being made are dropped. */
  close(): void {
    this.#closed = true;
  }

  /** What is known to have been taken; nothing, where an input cannot take a second time. */
  #retake(input: StreamInput, scope: BatchScope, again: Pending): Dataset | undefined | Promise<Dataset | undefined> {
    const took = this.#options.checkpoint!.tookOf(input, again);
    return took === undefined ? undefined : input.retake?.(scope, took);
  }

  async #makeAfter(before: Promise<void> | undefined, { scope, isPlanned, told, dropped }: Taking): Promise<void> {
    const outcomes = await told;
    await dropped;
    if (before) await before;
    const { graph, engine, metrics, onError, onFatal } = this.#options;
    const { time } = scope.batch;
    try {
      if (!isPlanned) await this.#plan(scope, outcomes);
    } catch (error) {
      onFatal(error);
      graph.batchDone(time);
      return;
    }
    try {
      const batch = this.#closed ? undefined : await this.#make(scope, outcomes);
      // Closed while it was made: nobody may begin it.
      if (batch === undefined || this.#closed) graph.batchDone(time);
      else this.#options.made(batch);
    } catch (error) {
      if (this.#closed) {
        graph.batchDone(time);
        return;
      }
      metrics.notGenerated();
      engine.host.warn(`millrace: Error generating jobs for time ${time} ms: ${messageOf(error)}`);
      onError(error);
      await this.#makeState(time, error);
      // Without jobs; its state goes on.
      this.#options.made(this.#batchOf(scope, [], true));
    }
  }

  async #plan(scope: BatchScope, outcomes: ReadonlyArray<PromiseSettledResult<Told>>): Promise<void> {
    const { checkpoint } = this.#options;
    if (!checkpoint || this.#closed) return;
    const taken = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    await checkpoint.plan(scope.batch, new Map(taken.map(({ input, took }) => [input, took])));
  }

  /** Asks every output for its job. */
  async #make(scope: BatchScope, outcomes: ReadonlyArray<PromiseSettledResult<Told>>): Promise<Batch> {
    const { graph } = this.#options;
    const { time: timeMs } = scope.batch;
    const inputs = new Map<number, InputInfo>();
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") continue;
      const { streamId, info, rejected } = outcome.value;
      inputs.set(streamId, info);
      if (rejected) this.#options.inputs.rejected(streamId, timeMs, rejected);
    }
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (failed) throw failed.reason;
    const jobs: Job[] = [];
    for (const [id, output] of graph.outputs.entries()) {
      const dataset = await output.node.at(timeMs);
      if (!dataset) continue;
      jobs.push({ output, dataset, info: { id, name: output.name, description: this.#descriptions[id]! } });
    }
    const hasFailed = !(await this.#makeState(timeMs));
    return this.#batchOf(scope, jobs, hasFailed, inputs);
  }

  #batchOf(
    scope: BatchScope,
    jobs: readonly Job[],
    hasFailed: boolean,
    inputs: ReadonlyMap<number, InputInfo> = new Map(),
  ): Batch {
    const time = new Time(scope.batch.time);
    const submissionTime = this.#options.clock.now();
    return { scope, time, submissionTime, inputs, jobs, jobsLeft: jobs.length, hasFailed, recordsCounted: 0 };
  }

  /**
   * State has a version for each of its times, also for those at which no output asks. What fails here fails that version alone: false. `told` is an error
   * that is known already.
   */
  async #makeState(timeMs: number, told?: unknown): Promise<boolean> {
    let isMade = true;
    for (const node of this.#stateful) {
      try {
        await node.at(timeMs);
      } catch (error) {
        isMade = false;
        if (error === told) continue;
        const { engine, onError } = this.#options;
        engine.host.warn(`millrace: the state of ${node.name} at ${timeMs} ms failed: ${messageOf(error)}`);
        onError(error);
      }
    }
    return isMade;
  }
}

function describe({ name, site }: Output): string {
  return site === undefined ? name : `${name} at ${site}`;
}
