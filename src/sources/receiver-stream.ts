import { decodeRows } from "../block/codec.js";
import { messageOf, SourceError } from "../errors.js";
import type { Timer } from "../host.js";
import { waitForEnd } from "../receiver/bounded-wait.js";
import { callLater } from "../receiver/call-later.js";
import type { Intake } from "../receiver/intake.js";
import { RESTART_DELAY_MS, type Receiver, type ReceiverPort } from "../receiver/receiver.js";
import type { Receiving } from "../receiver/receiver-input.js";
import { bytesOfRows } from "../receiver/record-bytes.js";

/** `stopping`: `onStop()` is pending. `waiting`: for the next start. `ended`: there is no next start. */
type State = "new" | "started" | "stopping" | "waiting" | "ended";

/** Runs a receiver: starts it, stops it, starts it again, and takes what it stores. What its methods throw harms nobody else. */
export class ReceiverSupervisor implements Receiving, ReceiverPort {
  readonly #receiver: Receiver<never>;
  readonly #intake: Intake;
  #state: State = "new";
  /** Counts starts, so that one that fails late is told from the one that runs. */
  #starts = 0;
  #nextStart: Timer | undefined;
  /** The end of the current run, once it has begun. */
  #ending: Promise<void> | undefined;

  constructor(receiver: Receiver<never>, intake: Intake) {
    this.#receiver = receiver;
    this.#intake = intake;
  }

  get streamId(): number {
    return this.#intake.context.streamId;
  }

  get isStarted(): boolean {
    return this.#state === "started";
  }

  get isStopped(): boolean {
    return this.#state !== "new" && this.#state !== "started";
  }

  start(): void {
    const start = ++this.#starts;
    this.#state = "started";
    this.#ending = undefined;
    this.#intake.started();
    const failed = (error: unknown) => this.#startFailed(start, error);
    try {
      Promise.resolve(this.#receiver.onStart()).catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  restart(message: string, error: unknown, delayMs: number): void {
    if (this.#state !== "started") return;
    this.#state = "stopping";
    if (error !== undefined) this.#intake.error(message, error);
    this.#intake.context.engine.host.warn(`millrace: ${this.#intake.name} starts again in ${delayMs} ms: ${message}`);
    const ended = this.#end().then(() => {
      if (this.#state !== "stopping") return;
      this.#state = "waiting";
      this.#intake.stopped(message, error);
    });
    this.#nextStart = callLater(this.#intake.context, delayMs, () => {
      void ended.then(() => {
        if (this.#state === "waiting") this.start();
      });
    });
  }

  async stop(message?: string, error?: unknown): Promise<void> {
    const before = this.#state;
    this.#state = "ended";
    this.#nextStart?.cancel();
    if (before === "ended" || before === "new") return this.#ending;
    if (error !== undefined) this.#intake.error(message ?? messageOf(error), error);
    await this.#end();
    this.#intake.stopped(message, error);
  }

  reportError(message: string, error: unknown): void {
    this.#intake.error(message, error);
  }

  store(record: unknown): void | Promise<void> {
    return this.#intake.storeRow(record);
  }

  async storeBlock(records: Iterable<unknown> | Uint8Array, metadata: unknown): Promise<void> {
    this.#intake.assertOpen();
    const rows = this.#rowsOf(records);
    const bytes = bytesOfRows(rows, undefined);
    await this.#intake.storeBlock(rows, bytes, { metadata, isLimited: false });
  }

  #rowsOf(records: Iterable<unknown> | Uint8Array): readonly unknown[] {
    if (records instanceof Uint8Array) return this.#decoded(records);
    if (typeof records === "object" && records !== null && Symbol.iterator in records) return [...records];
    throw new SourceError(
      `storeBlock of ${this.#intake.name} takes an iterable of records or bytes, got ${typeof records}.`,
      {
        code: "invalid-block",
        details: { got: records },
      },
    );
  }

  #decoded(bytes: Uint8Array): readonly unknown[] {
    try {
      return decodeRows(bytes);
    } catch (error) {
      this.#intake.error(`A block of ${bytes.length} bytes of ${this.#intake.name} is damaged and is lost`, error);
      throw error;
    }
  }

  #startFailed(start: number, error: unknown): void {
    const message = `Error starting ${this.#intake.name}: ${messageOf(error)}`;
    if (start === this.#starts && this.#state === "started") this.restart(message, error, RESTART_DELAY_MS);
    // A loop in `onStart()` that stores once more after the stop has been told so.
    else if (!(error instanceof SourceError && error.code === "stopped")) this.#intake.error(message, error);
  }

  /** Ends the current run, once: what is stored until `onStop()` has resolved is taken, later nothing is. */
  #end(): Promise<void> {
    this.#ending ??= this.#endRun();
    return this.#ending;
  }

  async #endRun(): Promise<void> {
    this.#intake.beginEnd();
    // Out of the stack of the caller, which may be the receiver in the middle of something.
    await Promise.resolve();
    const stopped = (async () => this.#receiver.onStop())().catch((error: unknown) => {
      this.#intake.error(`Error stopping ${this.#intake.name}: ${messageOf(error)}`, error);
    });
    await waitForEnd(this.#intake.context.engine.host, `onStop() of ${this.#intake.name}`, stopped);
    await this.#intake.end();
  }
}
