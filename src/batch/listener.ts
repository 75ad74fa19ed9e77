import { messageOf } from "../errors.js";
import type { Time } from "../time/time.js";
import type { InputInfo } from "./stream-input.js";

/** Times are the context's clock's, delays in ms. `numRecords`: received, pushed or queued records. */
export interface BatchInfo {
  readonly batchTime: Time;
  readonly submissionTime: number;
  readonly processingStartTime?: number;
  readonly processingEndTime?: number;
  /** From submission to the start of the first output. */
  readonly schedulingDelay?: number;
  /** From the start of the first output to the end of the last. */
  readonly processingDelay?: number;
  readonly totalDelay?: number;
  readonly numRecords: number;
  readonly streamIdToInputInfo: ReadonlyMap<number, InputInfo>;
  readonly outputOperationInfos: readonly OutputOperationInfo[];
}

export interface OutputOperationInfo {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly startTime?: number;
  readonly endTime?: number;
  readonly failureReason?: string;
}

export interface ReceiverInfo {
  readonly streamId: number;
  readonly name: string;
  readonly active: boolean;
  readonly lastErrorMessage?: string;
  readonly lastError?: unknown;
  readonly lastErrorTime?: number;
}

/** Every method is optional; an error thrown by a listener is reported and harms nothing else. */
export interface StreamingListener {
  onStreamingStarted?(event: { time: number }): void;
  onReceiverStarted?(event: { receiverInfo: ReceiverInfo }): void;
  onReceiverError?(event: { receiverInfo: ReceiverInfo }): void;
  onReceiverStopped?(event: { receiverInfo: ReceiverInfo }): void;
  /** Records set aside: too long. `sample` is the first 1 KiB of the first one. */
  onRecordsRejected?(event: {
    streamId: number;
    batchTime: Time;
    count: number;
    reason: string;
    sample: Uint8Array;
  }): void;
  onBatchSubmitted?(event: { batchInfo: BatchInfo }): void;
  onBatchStarted?(event: { batchInfo: BatchInfo }): void;
  onBatchCompleted?(event: { batchInfo: BatchInfo }): void;
  onOutputOperationStarted?(event: { outputOperationInfo: OutputOperationInfo; batchTime: Time }): void;
  onOutputOperationCompleted?(event: { outputOperationInfo: OutputOperationInfo; batchTime: Time }): void;
}

type Events = { [K in keyof StreamingListener]-?: Parameters<NonNullable<StreamingListener[K]>>[0] };

/** Tells listeners, in the order in which they were added. */
export class ListenerBus {
  readonly #listeners = new Set<StreamingListener>();
  readonly #warn: (line: string) => void;

  constructor(warn: (line: string) => void) {
    this.#warn = warn;
  }

  add(listener: StreamingListener): void {
    this.#listeners.add(listener);
  }

  remove(listener: StreamingListener): void {
    this.#listeners.delete(listener);
  }

  post<K extends keyof Events>(name: K, event: Events[K]): void {
    for (const listener of this.#listeners) {
      try {
        const result: unknown = (listener[name] as ((event: Events[K]) => unknown) | undefined)?.call(listener, event);
        if (result instanceof Promise) result.catch((error: unknown) => this.#threw(name, error));
      } catch (error) {
        this.#threw(name, error);
      }
    }
  }

  #threw(name: string, error: unknown): void {
    this.#warn(`millrace: a streaming listener threw in ${name}: ${messageOf(error)}`);
  }
}
