import type { Dataset } from "../plan/dataset.js";
import type { BatchScope } from "../plan/scope.js";
import type { Output } from "../plan/stream-graph.js";
import type { Time } from "../time/time.js";
import type { BatchInfo, OutputOperationInfo } from "./listener.js";
import type { InputInfo } from "./stream-input.js";

/** One output's work on one batch. */
export interface Job {
  readonly output: Output;
  readonly dataset: Dataset;
  info: OutputOperationInfo;
}

/** A batch that was made: what its outputs have to do, and how far they are. */
export interface Batch {
  readonly scope: BatchScope;
  readonly time: Time;
  readonly submissionTime: number;
  readonly inputs: ReadonlyMap<number, InputInfo>;
  /** None where no output has a batch: then nobody is told of it, and only its state goes on. */
  readonly jobs: readonly Job[];
  jobsLeft: number;
  hasFailed: boolean;
  /** Records that were counted as received: of files more may be known later. */
  recordsCounted: number;
  startTime?: number;
  endTime?: number;
}

/** Records that the inputs brought. */
export function recordsOf({ inputs }: Batch): number {
  let sum = 0;
  for (const { numRecords } of inputs.values()) sum += numRecords;
  return sum;
}

/** What listeners are told of a batch, with Spark's definitions of delays. */
export function infoOf(batch: Batch): BatchInfo {
  const { time, submissionTime, inputs, jobs, startTime, endTime } = batch;
  const schedulingDelay = startTime === undefined ? undefined : startTime - submissionTime;
  const processingDelay = startTime === undefined || endTime === undefined ? undefined : endTime - startTime;
  return {
    batchTime: time,
    submissionTime,
    numRecords: recordsOf(batch),
    streamIdToInputInfo: new Map(Array.from(inputs, ([streamId, info]) => [streamId, asKnownNow(info)])),
    outputOperationInfos: jobs.map(({ info }) => info),
    ...(startTime !== undefined && { processingStartTime: startTime }),
    ...(endTime !== undefined && { processingEndTime: endTime }),
    ...(schedulingDelay !== undefined && { schedulingDelay }),
    ...(processingDelay !== undefined && { processingDelay, totalDelay: processingDelay + (schedulingDelay ?? 0) }),
  };
}

/** Figures that do not change any more. */
function asKnownNow({ numRecords, metadata }: InputInfo): InputInfo {
  return { numRecords, ...(metadata !== undefined && { metadata }) };
}
