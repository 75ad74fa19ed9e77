import type { LocalEngine } from "../engine/local-engine.js";
import { CheckpointError } from "../errors.js";
import type { BatchInput, PastTake } from "../plan/batch-input.js";
import type { StateChange } from "../plan/durable-state.js";
import type { BatchIdentity, BatchScope } from "../plan/scope.js";
import type { StreamGraph } from "../plan/stream-graph.js";
import type { Clock } from "../time/clock.js";
import { checkFits } from "./check-fits.js";
import { Checkpoint } from "./checkpoint.js";
import type { CheckpointStore } from "./checkpoint-store.js";
import { type Found, findJob } from "./generations.js";
import type { Pending } from "./job-image.js";
import type { KeptRows } from "./kept-rows.js";
import { type NamedStreams, nameStreams } from "./names.js";
import { assertFree } from "./owner.js";
import { PatientStore } from "./patient-store.js";
import { encodeChange } from "./state-change.js";

export interface ContextCheckpointOptions {
  readonly store: CheckpointStore;
  readonly engine: LocalEngine;
  readonly clock: Clock;
  readonly graph: StreamGraph;
  /** Inputs log what they receive. */
  readonly logsReceived: boolean;
  /** Limits of records a second are estimated: they go on as they were. */
  readonly savesRates: boolean;
  /** Names of states that are not needed any more. */
  readonly dropped: ReadonlySet<string>;
}

/** Where the batches of a job go on. */
export interface Resumed {
  readonly zeroMs: number;
  readonly intervalMs: number;
  /** The batch that was planned last; `id` -1 where none was. */
  readonly newest: { readonly id: number; readonly timeMs: number };
}

/** A version's changes as bytes. */
interface Change {
  readonly timeMs: number;
  readonly bytes: Uint8Array;
}

/** The checkpoint of a context: what it finds in its store, and what it writes there. */
export class ContextCheckpoint {
  readonly #options: ContextCheckpointOptions;
  readonly #store: PatientStore;
  readonly #found: Found | undefined;
  readonly #names: NamedStreams;
  readonly #kept: readonly KeptRows[];
  readonly #nameOf: ReadonlyMap<BatchInput, string>;
  /** Changes of versions whose batches are not committed, by the name of their state. */
  readonly #changes = new Map<string, Change[]>();
  /** How far in their logs inputs are by batches that are not committed, by the time of the batch and the name of the input. */
  readonly #positions = new Map<number, ReadonlyMap<string, number>>();
  #checkpoint: Checkpoint | undefined;
  #failed: (error: unknown) => void = () => {};
  #committing: Promise<void> = Promise.resolve();

  private constructor(options: ContextCheckpointOptions, store: PatientStore, found: Found | undefined) {
    this.#options = options;
    this.#store = store;
    this.#found = found;
    const { states, inputs, kept } = nameStreams(options.graph.reachable());
    this.#names = { states, inputs };
    this.#kept = kept;
    this.#nameOf = new Map([...inputs].map(([name, input]) => [input, name]));
    if (found) checkFits(found, this.#names, options.dropped);
  }

  /**
   * Looks into the store; nothing is written. **Errors:** `CheckpointError` as of `findJob`, "state-mismatch", "input-missing" where what is there does not fit the graph, "locked" where another
   * process writes it; `PlanError` "ambiguous-name".
   */
  static async find(options: ContextCheckpointOptions): Promise<ContextCheckpoint> {
    const { host } = options.engine;
    const delayed = (error: unknown) =>
      host.warn(`millrace: the store for checkpoints failed, and is asked again: ${String(error)}`);
    const store = new PatientStore({ store: options.store, host, delayed });
    try {
      const found = await findJob(store);
      if (found) assertFree(found.image, host, options.clock.now());
      return new ContextCheckpoint(options, store, found);
    } catch (error) {
      await options.store.close?.();
      throw error;
    }
  }

  /** Where the job goes on; undefined where it begins. */
  get resumed(): Resumed | undefined {
    if (this.#found === undefined) return undefined;
    const { opened, newest } = this.#found.image;
    const { zeroMs, intervalMs } = opened;
    return { zeroMs, intervalMs, newest };
  }

  /** The batches that were planned and not committed, in the order of their times. */
  get pending(): readonly Pending[] {
    return [...(this.#found?.image.pending.values() ?? [])];
  }

  /** How often a batch was begun, with this time. */
  attemptOf({ epoch }: Pending): number {
    return this.#checkpoint!.epoch - epoch + 1;
  }

  /** Makes this process the one that writes. `failed` is told when it cannot write any more. */
  async open(
    times: { readonly zeroMs: number; readonly intervalMs: number },
    failed: (error: unknown) => void,
  ): Promise<void> {
    const { engine, clock, dropped } = this.#options;
    const { host } = engine;
    this.#failed = failed;
    const { states, inputs } = this.#names;
    this.#checkpoint = await Checkpoint.open({
      store: this.#store,
      host,
      found: this.#found,
      failed,
      opened: {
        host: host.processes?.host ?? "",
        process: host.processes?.own ?? "",
        wallMs: clock.now(),
        ...times,
        states: new Map(
          [...states].map(([name, { signature, state }]) => [name, { signature, numPartitions: state.numPartitions }]),
        ),
        inputs: new Map([...inputs].map(([name, { rememberMs = 0 }]) => [name, rememberMs])),
        dropped: [...dropped],
      },
    });
    await this.#attach();
  }

  /** Gives states and inputs what was saved, and records what changes from now on. */
  async #attach(): Promise<void> {
    const { states } = this.#names;
    for (const [name, { state }] of states) {
      const saved = this.#found?.saved.get(name);
      if (saved && !this.#options.dropped.has(name)) state.restore(saved);
      const changes: Change[] = [];
      this.#changes.set(name, changes);
      state.record((change) => {
        const bytes = encodedFor(name, change);
        return () => void changes.push({ timeMs: change.timeMs, bytes });
      });
    }
    // Nobody asks for it again, and there may be much of it.
    this.#found?.saved.clear();
    await this.#attachInputs();
  }

  /** After the process has become the one that writes: nobody else's records are acknowledged any more. */
  async #attachInputs(): Promise<void> {
    const { inputs } = this.#names;
    const { pending } = this.#found?.image ?? {};
    const takesOf = (name: string): PastTake[] =>
      (this.#found?.image.inputs.get(name)?.takes ?? []).map((take) => ({
        ...take,
        isPending: pending!.has(take.timeMs),
      }));
    const { received } = this.#checkpoint!;
    const needed = new Map([...inputs].map(([name, input]) => [name, doneUpTo(input, takesOf(name))]));
    await received.begin(needed, this.#options.logsReceived);
    for (const [name, input] of inputs) {
      const takes = takesOf(name);
      input.logTo?.(received.of(name), this.#options.logsReceived);
      const rate = this.#found?.image.rates.get(name);
      if (rate !== undefined && this.#options.savesRates) input.updateRate?.(rate);
      await input.resume?.(takes.filter(({ took }) => took !== undefined));
    }
  }

  /** What an input took for a batch that is to run again. */
  tookOf(input: BatchInput, { planned }: Pending): unknown {
    return planned.inputs.get(this.#nameOf.get(input)!);
  }

  /** Resolves when the batch is durable: the outputs of a batch run only then. */
  async plan({ id, time: timeMs }: BatchIdentity, taken: ReadonlyMap<BatchInput, unknown>): Promise<void> {
    const inputs = new Map<string, unknown>();
    const positions = new Map<string, number>();
    for (const [input, took] of taken) {
      const name = this.#nameOf.get(input)!;
      inputs.set(name, took);
      if (input.loggedUpTo) positions.set(name, input.loggedUpTo(took));
    }
    // A plan may name what is logged only when that is there.
    await this.#checkpoint!.received.durable();
    this.#positions.set(timeMs, positions);
    await this.#checkpoint!.plan({ id, timeMs, wallMs: this.#options.clock.now(), inputs });
  }

  /** Resolves when the batch is done for good; batches are committed in the order of the calls. Never rejects: what fails ends the context. */
  commit(scope: BatchScope): Promise<void> {
    this.#committing = this.#committing.then(() => this.#commit(scope)).catch((error: unknown) => this.#failed(error));
    return this.#committing;
  }

  async #commit(scope: BatchScope): Promise<void> {
    const { engine, clock } = this.#options;
    const { id, time: timeMs } = scope.batch;
    for (const rows of this.#kept) await rows.keep(scope, engine);
    const states = new Map<string, Uint8Array[]>();
    for (const [name, changes] of this.#changes) {
      const count = changes.findIndex((change) => change.timeMs > timeMs);
      const own = changes.splice(0, count < 0 ? changes.length : count);
      if (own.length > 0)
        states.set(
          name,
          own.map(({ bytes }) => bytes),
        );
    }
    const rates = new Map<string, number>();
    for (const [name, { rateLimit = Number.POSITIVE_INFINITY }] of this.#names.inputs) {
      if (this.#options.savesRates && Number.isFinite(rateLimit)) rates.set(name, rateLimit);
    }
    await this.#checkpoint!.commit({ id, timeMs, wallMs: clock.now(), states, rates });
    // What the batch has taken of the log is needed no more.
    await this.#checkpoint!.received.forget(this.#positions.get(timeMs) ?? new Map());
    this.#positions.delete(timeMs);
  }

  /** Resolves when nothing is being written any more; a store that fails is not asked again. */
  async close(): Promise<void> {
    this.#store.close();
    await this.#committing;
    await this.#checkpoint?.close();
    await this.#options.store.close?.();
  }
}

/** How far in its log an input was in the newest batch that is done. */
function doneUpTo(input: BatchInput, takes: readonly PastTake[]): number {
  return Math.max(0, ...takes.map(({ took, isPending }) => (isPending ? 0 : (input.loggedUpTo?.(took) ?? 0))));
}

function encodedFor(name: string, change: StateChange): Uint8Array {
  try {
    return encodeChange(change);
  } catch (cause) {
    throw new CheckpointError(
      `The state of ${name} must be of values that a checkpoint can write, and is not: ${cause instanceof Error ? cause.message : String(cause)}`,
      { code: "unsupported-state", details: { state: name }, cause },
    );
  }
}
