import { CheckpointError } from "../errors.js";
import type { Host } from "../host.js";
import { type Committed, encodeCommitted, encodeOpened, encodePlanned, type Opened, type Planned } from "./entries.js";
import { GenerationMaker } from "./generation-maker.js";
import type { Found } from "./generations.js";
import { JobImage } from "./job-image.js";
import { CheckpointLog, logKey } from "./log.js";
import type { PatientStore } from "./patient-store.js";
import { ReceivedLog } from "./received-log.js";
import { hexOf, JOB_BYTES, type Kind } from "./sealed.js";

/** Of what tells a process from all others. */
const WRITER_BYTES = 8;

export interface CheckpointOptions {
  readonly store: PatientStore;
  readonly host: Host;
  /** The job that goes on; undefined begins one. */
  readonly found: Found | undefined;
  readonly opened: Omit<Opened, "writer">;
  /** The checkpoint cannot be written any more: batches must not go on. */
  readonly failed: (error: unknown) => void;
}

/** What a running context writes: plans and commits, in its log, and generations beside it. */
export class Checkpoint {
  readonly #log: CheckpointLog;
  readonly #image: JobImage;
  readonly #generations: GenerationMaker;
  /** What inputs log that they receive. */
  readonly received: ReceivedLog;

  private constructor(log: CheckpointLog, image: JobImage, generations: GenerationMaker, received: ReceivedLog) {
    this.received = received;
    this.#log = log;
    this.#image = image;
    this.#generations = generations;
  }

  /**
   * Makes this process the one that writes. **Errors:** `CheckpointError` "locked" where another one began meanwhile; what the store says.
   */
  static async open({ store, host, found, opened, failed }: CheckpointOptions): Promise<Checkpoint> {
    const image = found?.image ?? new JobImage(hexOf(host.randomBytes(JOB_BYTES)));
    const { job } = image;
    const log = new CheckpointLog(store, { job, epoch: image.epoch + 1, next: image.at + 1 });
    const generations = new GenerationMaker({ store, host, log, image, generation: found?.generation ?? 0, failed });
    const received = new ReceivedLog({ store, log, failed, warn: (line) => host.warn(line) });
    const checkpoint = new Checkpoint(log, image, generations, received);
    if (found) await log.secure();
    try {
      await checkpoint.#append("opened", encodeOpened({ ...opened, writer: hexOf(host.randomBytes(WRITER_BYTES)) }));
    } catch (error) {
      if (error instanceof CheckpointError && error.code === "fenced") throw locked(error);
      throw error;
    }
    for (const [key, error] of found?.damaged ?? []) {
      host.warn(`millrace: checkpoint.damaged: ${error.message} The generation before it is used.`);
      await setAside(store, key);
    }
    return checkpoint;
  }

  /** Number of this process among those that wrote for the job, from 1. */
  get epoch(): number {
    return this.#log.epoch;
  }

  /** Resolves when the plan is durable: outputs may run. */
  async plan(planned: Planned): Promise<void> {
    await this.#append("planned", encodePlanned(planned));
  }

  /** Resolves when the batch will not run again. */
  async commit(committed: Committed): Promise<void> {
    const payload = encodeCommitted(committed);
    this.#generations.committed(await this.#append("committed", payload), payload.length);
  }

  /** Resolves when nothing is being written any more. */
  async close(): Promise<void> {
    await this.received.durable().catch(() => {});
    await this.#generations.close();
  }

  async #append(kind: Kind, payload: Uint8Array): Promise<number> {
    const { job, epoch } = this.#log;
    const number = await this.#log.append(kind, payload);
    this.#image.apply({ key: logKey(number), kind, job, epoch, number, payload });
    return number;
  }
}

/** Keeps what was damaged, under another key. */
async function setAside(store: PatientStore, key: string): Promise<void> {
  const bytes = await store.read(key);
  if (bytes) await store.write(`damaged/${key}`, bytes);
  await store.delete(key);
}

function locked(cause: CheckpointError): CheckpointError {
  return new CheckpointError(
    "Only one process may write a checkpoint, and another one has just begun to: stop that one first, or give another store.",
    { code: "locked", cause },
  );
}
