import { CheckpointError } from "../errors.js";
import type { PatientStore } from "./patient-store.js";
import { damaged, type Kind, type Sealed, seal, unseal } from "./sealed.js";

const LOG = "log/";
export const GENERATION = "generation/";
const DIGITS = 16;

/** An entry of the log: its number is its place, from 1. */
export interface LogEntry extends Sealed {
  readonly key: string;
}

/**
 * The history of a job: entries, numbered from 1 without a gap, each written under a key that must not be there. Whoever writes the next number goes on; a process
 * that finds it written by another has lost the job and writes nothing more. The first entry stays for good; of the others those before the older of two
 * generations are deleted, oldest first.
 */
export class CheckpointLog {
  readonly #store: PatientStore;
  /** Of the job that this process writes for. */
  readonly job: string;
  /** Of this process. */
  readonly epoch: number;
  #next: number;
  #writing: Promise<unknown> = Promise.resolve();
  #fenced: CheckpointError | undefined;

  /** `next`: the number after the newest entry. */
  constructor(store: PatientStore, { job, epoch, next }: { job: string; epoch: number; next: number }) {
    this.#store = store;
    this.job = job;
    this.epoch = epoch;
    this.#next = next;
  }

  /** The number of the newest entry. */
  get newest(): number {
    return this.#next - 1;
  }

  /**
   * Writes the next entry and resolves with its number when it is durable. Entries come in the order of the calls.
   * **Errors:** `CheckpointError` "fenced" where another process goes on with the job, now and from then on; what the store says.
   */
  append(kind: Kind, payload: Uint8Array): Promise<number> {
    const written = this.#writing.then(() => this.#append(kind, payload));
    this.#writing = written.catch(() => {});
    return written;
  }

  /**
   * Writes the newest entry once more: a process before may have ended when it could not make it durable, and nothing may rest on it before it is. Where others have deleted it meanwhile it is
   * there again, and the next entry is refused.
   */
  async secure(): Promise<void> {
    const key = logKey(this.newest);
    const bytes = await this.#store.read(key);
    if (bytes) await this.#store.write(key, bytes);
  }

  /** Rejects where another process goes on with the job: "fenced". */
  async assertOwner(): Promise<void> {
    if (this.#fenced) throw this.#fenced;
    const number = this.#next;
    const found = await this.#store.read(logKey(number));
    const isOthers = found ? unseal(logKey(number), found).epoch !== this.epoch : await this.isPassed(number);
    // An entry of our own may have been written meanwhile.
    if (!isOthers || number < this.#next) return;
    this.#fenced = fencedError(number, this.epoch);
    throw this.#fenced;
  }

  async #append(kind: Kind, payload: Uint8Array): Promise<number> {
    if (this.#fenced) throw this.#fenced;
    const { job, epoch } = this;
    const number = this.#next;
    const isOurs = await this.#store.writeNew(logKey(number), seal({ kind, job, epoch, number, payload }));
    if (isOurs && !(await this.isPassed(number))) {
      this.#next = number + 1;
      return number;
    }
    this.#fenced = fencedError(number, epoch);
    throw this.#fenced;
  }

  /**
   * Whether others have written that entry, and have deleted it since: its number is free again. Entries are deleted only when a generation of them or of later ones is there, and the
   * newest generation stays, so that whoever has fallen behind finds it, however many others write too late.
   */
  async isPassed(number: number): Promise<boolean> {
    return number > 1 && (await generationNumbers(this.#store)).some((at) => at >= number);
  }
}

export function logKey(number: number): string {
  return LOG + String(number).padStart(DIGITS, "0");
}

/** The numbers of the entries that are there, ascending. */
export async function logNumbers(store: PatientStore): Promise<number[]> {
  return numbersUnder(LOG, await store.list(LOG));
}

/** The places in the log that have a generation, ascending. */
export async function generationNumbers(store: PatientStore): Promise<number[]> {
  return numbersUnder(GENERATION, await store.list(GENERATION));
}

/** The numbers that keys under `prefix` end with; a key that has none is a `CheckpointError` "checkpoint-damaged". */
export function numbersUnder(prefix: string, keys: readonly string[]): number[] {
  return keys.map((key) => {
    const digits = key.slice(prefix.length);
    if (/^\d{16}$/.test(digits)) return Number(digits);
    throw damaged(key, "is none of its keys", 0);
  });
}

/** The entry under a number. **Errors:** `CheckpointError` "checkpoint-damaged", "format-too-new". */
export async function readEntry(store: PatientStore, number: number): Promise<LogEntry> {
  const key = logKey(number);
  const bytes = await store.read(key);
  if (bytes === undefined) throw damaged(key, "is not there, and a later one is", 0);
  const sealed = unseal(key, bytes);
  if (sealed.number === number) return { ...sealed, key };
  throw damaged(key, `is entry ${sealed.number}`, 0);
}

function fencedError(number: number, epoch: number): CheckpointError {
  return new CheckpointError(
    `Only one process may write a checkpoint, and another one goes on with this job: entry ${number} of its log is not from epoch ${epoch}. This context stops; ` +
      "nothing of it counts from here on.",
    { code: "fenced", details: { entry: number, epoch } },
  );
}
