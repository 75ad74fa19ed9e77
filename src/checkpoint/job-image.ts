import { decodeCommitted, decodeOpened, decodePlanned, type Opened, type Planned } from "./entries.js";
import type { LogEntry } from "./log.js";
import { damaged } from "./sealed.js";
import { decodeChange } from "./state-change.js";
import { StateImage } from "./state-image.js";

/** What an input took for a batch. */
export interface Take {
  readonly timeMs: number;
  /** In the input's own words. */
  readonly took: unknown;
}

/** A batch that was planned and not committed. */
export interface Pending {
  readonly planned: Planned;
  /** Of the process that planned it. */
  readonly epoch: number;
}

/** An input as the log has it. */
export interface InputImage {
  /** For how long what it took is kept after the batch. */
  readonly rememberMs: number;
  takes: readonly Take[];
}

/** What the log says of a job, entry by entry: of one that runs, and of one that is to go on. */
export class JobImage {
  readonly job: string;
  opened!: Opened;
  /** Number of the newest entry that is in it, and its epoch. */
  at = 0;
  epoch = 0;
  /** When it was written, by the clock of its writer. */
  wallMs = 0;
  /** The batch that was planned last; `id` -1: none. */
  newest: { readonly id: number; readonly timeMs: number } = { id: -1, timeMs: Number.NEGATIVE_INFINITY };
  /** In the order of their times. */
  readonly pending = new Map<number, Pending>();
  readonly inputs = new Map<string, InputImage>();
  readonly states = new Map<string, StateImage>();
  rates: ReadonlyMap<string, number> = new Map();

  constructor(job: string) {
    this.job = job;
  }

  /** **Errors:** `CheckpointError` "checkpoint-damaged" where the entry does not fit those before it. */
  apply(entry: LogEntry): void {
    const { key, kind, number, payload, job, epoch } = entry;
    if (job !== this.job) throw damaged(key, `is of job ${job}, others are of ${this.job}`, 0);
    if (number !== this.at + 1) throw damaged(key, `comes after entry ${this.at}`, 0);
    const isNext = kind === "opened" ? epoch === this.epoch + 1 : epoch === this.epoch;
    if (!isNext) throw damaged(key, `is of epoch ${epoch} where the log is in epoch ${this.epoch}`, 0);
    if (kind === "opened") this.#open(decodeOpened(key, payload), epoch);
    else if (kind === "planned") this.#plan(decodePlanned(key, payload));
    else if (kind === "committed") this.#commit(key, payload);
    else throw damaged(key, `is a ${kind}, which is no entry of a log`, 0);
    this.at = number;
  }

  /** The image as it is now, without what has changed in states since their newest runs. */
  frozen(): JobImage {
    const frozen = new JobImage(this.job);
    const { opened, at, epoch, newest, wallMs, rates } = this;
    Object.assign(frozen, { opened, at, epoch, newest, wallMs, rates });
    for (const [timeMs, pending] of this.pending) frozen.pending.set(timeMs, pending);
    for (const [name, input] of this.inputs) frozen.inputs.set(name, { ...input });
    for (const [name, state] of this.states) frozen.states.set(name, new StateImage(state, state));
    return frozen;
  }

  #open(opened: Opened, epoch: number): void {
    this.opened = opened;
    this.wallMs = opened.wallMs;
    this.epoch = epoch;
    for (const name of opened.dropped) this.states.delete(name);
    for (const [name, shape] of opened.states) {
      // What was never committed has no shape yet.
      if (this.states.get(name)?.isEmpty !== false) this.states.set(name, new StateImage(shape));
    }
    for (const [name, rememberMs] of opened.inputs) {
      const takes = this.inputs.get(name)?.takes ?? [];
      this.inputs.set(name, { rememberMs, takes });
    }
  }

  #plan(planned: Planned): void {
    const { id, timeMs, inputs, wallMs } = planned;
    this.wallMs = wallMs;
    this.newest = { id, timeMs };
    this.pending.set(timeMs, { planned, epoch: this.epoch });
    for (const [name, took] of inputs) {
      const input = this.inputs.get(name);
      if (input) input.takes = [...input.takes, { timeMs, took }];
    }
  }

  #commit(key: string, payload: Uint8Array): void {
    const { timeMs, states, rates, wallMs } = decodeCommitted(key, payload);
    this.wallMs = wallMs;
    if (!this.pending.delete(timeMs)) throw damaged(key, `commits the batch of ${timeMs} ms, which is not pending`, 0);
    for (const [name, changes] of states) {
      const state = this.states.get(name);
      if (state === undefined) throw damaged(key, `has changes of ${JSON.stringify(name)}, which has no state`, 0);
      for (const change of changes) state.apply(decodeChange(key, change));
    }
    this.rates = rates;
    this.#forgetTakes(timeMs);
  }

  /** The newest take of a batch that is done stays: it says how far the input was. */
  #forgetTakes(committedMs: number): void {
    for (const input of this.inputs.values()) {
      const horizonMs = committedMs - input.rememberMs;
      const newest = input.takes.findLast(({ timeMs }) => timeMs <= committedMs);
      input.takes = input.takes.filter(
        (take) => take === newest || take.timeMs > horizonMs || this.pending.has(take.timeMs),
      );
    }
  }
}
