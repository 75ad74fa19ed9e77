import type { InputEvents, InputInfo, StreamInput } from "../batch/stream-input.js";
import type { InputBlock } from "../block/block.js";
import type { Guarantee, Safety } from "../guarantee.js";
import type { PastTake } from "../plan/batch-input.js";
import type { Dataset } from "../plan/dataset.js";
import type { InputLog } from "../plan/input-log.js";
import type { BatchScope } from "../plan/scope.js";
import type { InputContext } from "./input.js";
import { Intake } from "./intake.js";
import { LoggedBlocks, positionIn } from "./logged-blocks.js";

/** What a source without a log loses. */
export function unlogged({ hasStore }: Safety): string {
  const lost = hasStore ? "what was received and is in no planned batch" : "what was received and is not processed";
  return `${lost} ends with the process; receiverWriteAheadLog logs it`;
}

/** What is promised of records that nobody outside has again. */
export function unacknowledged(safety: Safety): Guarantee {
  const because = safety.hasLog
    ? "what came and is not in the log yet, and what was on its way, ends with the process"
    : unlogged(safety);
  return { promised: "once-or-lost", because };
}

/** What is promised of records that a receiver can ask for again, as long as it has not acknowledged them. */
export function acknowledged(safety: Safety): Guarantee {
  if (!safety.hasLog) return { promised: "once-or-lost", because: unlogged(safety) };
  return {
    promised: "at-least-once",
    because:
      "storeBlock() resolves when its block is in the log: acknowledge then; what store() took and is not in the log yet may be lost",
  };
}

/** What a kind of receiver does itself; everything else is here. */
export interface Receiving {
  /** Begins to bring records into the intake. Must not throw. */
  start(): void;
  /** Stops for good. What is stored before it resolves is still taken. Resolves in bounded time, whatever code that is not ours does. */
  stop(): Promise<void> | void;
}

/** Makes a receiver for an intake, or says how to load it: it is loaded before the context starts. */
export type MakeReceiving = (intake: Intake) => Receiving | (() => Promise<Receiving>);

/**
 * An input whose records are brought by a receiver: blocks of an interval each, one partition a block, within the limits of bytes and of records a second.
 *
 * On a manual clock a batch is cut when the host had a turn, and another as long as some source goes on by itself: what a source can bring without
 * timers and I/O is in the batch, however fast the clock is moved.
 */
export class ReceiverInput implements StreamInput {
  readonly #context: InputContext;
  readonly #intake: Intake;
  readonly #logged: LoggedBlocks;
  #partitions: ReadonlyArray<readonly InputBlock[]> = [];
  readonly #made: ReturnType<MakeReceiving>;
  readonly promise: StreamInput["promise"];
  #receiving: Receiving | undefined;
  #events: InputEvents | undefined;
  /** What the last batch took, filled in when it is cut. */
  #info: InputInfo = { numRecords: 0 };

  /** `name`: for messages and listeners. */
  constructor(
    name: string,
    context: InputContext,
    make: MakeReceiving,
    promise: StreamInput["promise"] = unacknowledged,
  ) {
    this.promise = promise;
    this.#context = context;
    this.#intake = new Intake(name, context);
    this.#logged = new LoggedBlocks(name, context.engine, this.#intake.blocks);
    this.#made = make(this.#intake);
    if (typeof this.#made !== "function") this.#receiving = this.#made;
  }

  get bytesPending(): number {
    return this.#intake.blocks.bytesPending;
  }

  get rateLimit(): number {
    return this.#intake.limiter.limit;
  }

  updateRate(recordsPerSecond: number): void {
    this.#intake.limiter.update(recordsPerSecond);
  }

  async prepare(): Promise<void> {
    if (typeof this.#made === "function") this.#receiving = await this.#made();
  }

  start(events: InputEvents): void {
    this.#events = events;
    this.#logged.start();
    this.#intake.begin(events);
    this.#receiving!.start();
  }

  async stop(): Promise<void> {
    this.#intake.beginEnd();
    if (this.#events) await this.#receiving!.stop();
    await this.#intake.end();
  }

  hasPending(): boolean {
    return this.#intake.blocks.isPending;
  }

  info(): InputInfo {
    return this.#info;
  }

  /** Told when the batch is cut, which may be later than it is asked for. */
  rejected(): undefined {}

  free(): void {
    this.#intake.blocks.free();
  }

  take(scope: BatchScope): Dataset | Promise<Dataset> {
    const info: InputInfo = { numRecords: 0 };
    this.#info = info;
    return this.#context.isManualClock ? this.#settled().then(() => this.#take(scope, info)) : this.#take(scope, info);
  }

  #take(scope: BatchScope, info: InputInfo): Dataset {
    const { blocks } = this.#intake;
    const partitions = blocks.take(scope);
    this.#partitions = partitions;
    Object.assign(info, blocks.info);
    const rejected = blocks.rejected();
    if (rejected) this.#events?.rejected(scope.batch.time, rejected);
    if (this.#context.isManualClock) this.#intake.limiter.grant(this.#context.batchIntervalMs);
    return { kind: "source", scope, partitions };
  }

  took(): unknown {
    return this.#logged.took(this.#partitions);
  }

  retake(scope: BatchScope, took: unknown): Dataset {
    const { dataset, numRecords } = this.#logged.retake(scope, took, () => this.#intake.blocks.take(scope));
    this.#info = { numRecords };
    return dataset;
  }

  logTo(log: InputLog, isOn: boolean): void {
    this.#logged.logTo(log, isOn);
    this.#intake.durable = this.#logged;
  }

  resume(takes: readonly PastTake[]): void {
    this.#logged.resume(takes);
  }

  loggedUpTo(took: unknown): number {
    return positionIn(took);
  }

  async #settled(): Promise<void> {
    do await this.#context.engine.host.breathe();
    while (this.#intake.isBreathing);
  }
}
