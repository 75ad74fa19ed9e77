import { KernelError } from "../errors.js";
import type { WorkerHandle } from "../host.js";
import type { MemoryReader } from "../kernel/reader.js";
import { unpackError } from "./program/packed-error.js";
import type { FromWorker, ProgramBuilt, ProgramMessage, ToWorker } from "./worker.js";

/** A message that ends with outcomes. */
export type RoundMessage = Extract<ToWorker, { claims: Int32Array }>;
/** A message, and the buffers in it that go over instead of being copied. */
export type Sent = readonly [message: RoundMessage, transfer?: ArrayBuffer[]];

/** Settles when a worker has built the graph of a program, or has ended without. */
interface Building {
  readonly resolve: (built: ProgramBuilt) => void;
  readonly reject: (error: Error) => void;
}

/** A worker that is there, as the host's thread sees it: it does one round at a time. */
export class WorkerThread {
  /** Its memory, where that is shared. */
  reader: MemoryReader | undefined;
  readonly #handle: WorkerHandle;
  /** Regions of the worker's memory to free when it next listens. */
  readonly #toFree: number[] = [];
  /** Settles the round that the worker is busy with. */
  #finish: ((outcomes: readonly never[]) => void) | undefined;
  /** The programs that the worker is importing. */
  readonly #building = new Map<number, Building>();
  #hasEnded = false;

  constructor(handle: WorkerHandle, reader: MemoryReader | undefined) {
    this.#handle = handle;
    this.reader = reader;
  }

  /** The programs that it is importing. */
  get importing(): Iterable<number> {
    return this.#building.keys();
  }

  /** Whether it was given a round that has not ended. */
  get isBusy(): boolean {
    return this.#finish !== undefined;
  }

  send(message: ToWorker, transfer?: ArrayBuffer[]): void {
    this.#handle.post(message, transfer);
  }

  terminate(): Promise<void> {
    return this.#handle.terminate();
  }

  /** Gives it a round; resolves with no outcomes where it ended meanwhile. */
  run<O>([message, transfer]: Sent): Promise<readonly O[]> {
    if (this.#hasEnded) return Promise.resolve([]);
    this.#flush();
    this.#handle.keepAlive(true);
    const outcomes = new Promise<readonly O[]>((resolve) => {
      this.#finish = resolve;
    });
    this.send(message, transfer);
    return outcomes;
  }

  /** Its round has ended. */
  done(outcomes: readonly unknown[]): void {
    if (this.#building.size === 0) this.#handle.keepAlive(false);
    this.#settle(outcomes);
  }

  /** Frees a region of its memory: at once, or when its round has ended. */
  free(ptr: number): void {
    this.#toFree.push(ptr);
    if (this.#finish === undefined) this.#flush();
  }

  /** Another memory has taken the place of the one that a trap has spoilt. */
  replaceMemory(reader: MemoryReader): void {
    this.#toFree.length = 0;
    this.reader = reader;
  }

  /** Lets it build the graph of a program. Rejects where it cannot, or ends meanwhile. */
  build(message: ProgramMessage): Promise<ProgramBuilt> {
    this.#handle.keepAlive(true);
    return new Promise((resolve, reject) => {
      this.#building.set(message.program, { resolve, reject });
      this.send(message);
    });
  }

  /** It has built the graph of a program, or has not. */
  built(event: Extract<FromWorker, { type: "program" }>): void {
    const building = this.#building.get(event.program);
    this.#building.delete(event.program);
    if (this.#building.size === 0 && this.#finish === undefined) this.#handle.keepAlive(false);
    if ("built" in event) building?.resolve(event.built);
    else building?.reject(unpackError(event.error));
  }

  /** It has ended: whatever waits for it is settled. */
  lost(): void {
    this.#hasEnded = true;
    this.#settle([]);
    for (const { reject } of this.#building.values()) {
      reject(
        new KernelError("A worker ended while it imported a program: importing it must not end the thread.", {
          code: "worker-lost",
        }),
      );
    }
  }

  #settle(outcomes: readonly unknown[]): void {
    const finish = this.#finish;
    this.#finish = undefined;
    finish?.(outcomes as readonly never[]);
  }

  #flush(): void {
    if (this.#toFree.length > 0) this.send({ type: "free", ptrs: this.#toFree.splice(0) });
  }
}
