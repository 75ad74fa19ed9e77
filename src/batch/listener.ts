import { ConfigError, messageOf } from "../errors.js";
import type { Time } from "../time/time.js";
import { StatsReportListener } from "./stats-report-listener.js";
import type { InputInfo } from "./stream-input.js";

/** What is known of a batch. Times are the context's clock's, delays in ms; what has not happened yet is `undefined`. */
export interface BatchInfo {
  /** The end of the interval whose data the batch has: its name. */
  readonly batchTime: Time;
  /** When the batch was put in the queue of batches. */
  readonly submissionTime: number;
  /** When its first output began. */
  readonly processingStartTime?: number;
  /** When its last output ended. */
  readonly processingEndTime?: number;
  /** From submission to the start of the first output. */
  readonly schedulingDelay?: number;
  /** From the start of the first output to the end of the last. */
  readonly processingDelay?: number;
  /** The sum of both. */
  readonly totalDelay?: number;
  /** Received, pushed or queued records of all inputs. */
  readonly numRecords: number;
  /** What each input brought, by its id: the order in which inputs were made, from 0. */
  readonly streamIdToInputInfo: ReadonlyMap<number, InputInfo>;
  /** The outputs of the batch, in the order of their definition. */
  readonly outputOperationInfos: readonly OutputOperationInfo[];
}

/** What is known of one output of one batch. */
export interface OutputOperationInfo {
  /** Its place in the order of definition, from 0. */
  readonly id: number;
  /** The kind of output, such as `"print"`. */
  readonly name: string;
  /** The output in words. */
  readonly description: string;
  /** When it began, by the context's clock. */
  readonly startTime?: number;
  /** When it ended. */
  readonly endTime?: number;
  /** Why it failed; `undefined` where it did not. */
  readonly failureReason?: string;
}

/** What is known of an input that waits for somebody outside. */
export interface ReceiverInfo {
  /** The id of the input. */
  readonly streamId: number;
  /** What it reads, in words. */
  readonly name: string;
  /** Whether it receives. */
  readonly active: boolean;
  /** The last error, in words. */
  readonly lastErrorMessage?: string;
  /** The last error itself. */
  readonly lastError?: unknown;
  /** When it happened, by the context's clock. */
  readonly lastErrorTime?: number;
}

/** Every method is optional; an error thrown by a listener is reported and harms nothing else. Events come in order. */
export interface StreamingListener {
  /** The context has started, at `time` of its clock. */
  onStreamingStarted?(event: { time: number }): void;
  /** A receiver began to receive, also after a restart. */
  onReceiverStarted?(event: { receiverInfo: ReceiverInfo }): void;
  /** A receiver had an error; it goes on, or tries again. */
  onReceiverError?(event: { receiverInfo: ReceiverInfo }): void;
  /** A receiver will bring nothing more. */
  onReceiverStopped?(event: { receiverInfo: ReceiverInfo }): void;
  /** Records set aside: too long. `sample` is the first 1 KiB of the first one. */
  onRecordsRejected?(event: {
    streamId: number;
    batchTime: Time;
    count: number;
    reason: string;
    sample: Uint8Array;
  }): void;
  /** A batch was put in the queue of batches. */
  onBatchSubmitted?(event: { batchInfo: BatchInfo }): void;
  /** The first output of a batch begins. */
  onBatchStarted?(event: { batchInfo: BatchInfo }): void;
  /** The last output of a batch has ended; some may have failed. */
  onBatchCompleted?(event: { batchInfo: BatchInfo }): void;
  /** An output of a batch begins. */
  onOutputOperationStarted?(event: { outputOperationInfo: OutputOperationInfo; batchTime: Time }): void;
  /** An output of a batch has ended; `failureReason` says whether it failed. */
  onOutputOperationCompleted?(event: { outputOperationInfo: OutputOperationInfo; batchTime: Time }): void;
}

type Events = { [K in keyof StreamingListener]-?: Parameters<NonNullable<StreamingListener[K]>>[0] };

/** Tells listeners, in the order in which they were added. */
export class ListenerBus {
  readonly #listeners = new Set<StreamingListener>();
  readonly #warn: (line: string) => void;
  #closed = false;
  #telling = 0;

  constructor(warn: (line: string) => void) {
    this.#warn = warn;
  }

  add(listener: StreamingListener): void {
    if (typeof listener !== "object" || listener === null) {
      throw new ConfigError(
        `A streaming listener must be an object with methods such as onBatchCompleted, got ${listener === null ? "null" : typeof listener}.`,
        { code: "invalid-listener", details: { got: listener } },
      );
    }
    if (listener instanceof StatsReportListener) listener.writeTo(this.#warn);
    this.#listeners.add(listener);
  }

  remove(listener: StreamingListener): void {
    this.#listeners.delete(listener);
  }

  /** Whether anybody listens: an event need not be made otherwise. */
  get isHeard(): boolean {
    return this.#listeners.size > 0 && !this.#closed;
  }

  /** The caller runs inside a listener, before its first `await`. */
  get isTelling(): boolean {
    return this.#telling > 0;
  }

  /** Nobody is told anything any more. */
  close(): void {
    this.#closed = true;
  }

  post<K extends keyof Events>(name: K, event: Events[K]): void {
    if (this.#closed) return;
    for (const listener of this.#listeners) {
      this.#telling++;
      try {
        const result: unknown = (listener[name] as ((event: Events[K]) => unknown) | undefined)?.call(listener, event);
        if (result instanceof Promise) result.catch((error: unknown) => this.#threw(name, error));
      } catch (error) {
        this.#threw(name, error);
      } finally {
        this.#telling--;
      }
    }
  }

  #threw(name: string, error: unknown): void {
    this.#warn(`millrace: a streaming listener threw in ${name}: ${messageOf(error)}`);
  }
}
