import type { InputMetrics, Inputs } from "./batch/inputs.js";
import type { Lifecycle, StreamingContextState } from "./batch/lifecycle.js";
import type { BatchInfo } from "./batch/listener.js";
import type { BatchMetrics, DelayMetrics, MetricsRecorder, OutputMetrics } from "./batch/metrics-recorder.js";
import type { StageMetrics } from "./engine/stage-times.js";
import type { Engine } from "./engine.js";
import type { StreamGraph } from "./plan/stream-graph.js";
import { type QueueMetrics, queuesOf } from "./queue-metrics.js";
import type { ReceivingLimits } from "./receiver/receiving-limits.js";

/** Records since the start, over all inputs that an output needs. */
export interface RecordMetrics {
  /** Records of batches that were queued. Records of files are counted when they are read. */
  readonly received: number;
  /** Records of batches whose outputs have all ended. */
  readonly processed: number;
}

/** Bytes, now or since the start. What is the engine's is shared by all contexts on it. */
export interface MemoryMetrics {
  /** Received and not processed yet: what `receivedBytesMax` limits. */
  readonly receivedBytes: number;
  /** The option of that name. */
  readonly receivedBytesMax: number;
  /** The kernel's memory, over all threads of the engine. */
  readonly kernelBytes: number;
  /** Persisted partitions of the engine in memory, those kept as values by estimate. */
  readonly storageBytes: number;
  /** Persisted partitions of the engine in temporary files. */
  readonly storageDiskBytes: number;
  /** Bytes copied into the kernel's memory since the engine started. */
  readonly bytesCopiedIn: number;
  /** Bytes copied out of it. */
  readonly bytesCopiedOut: number;
}

/** What a context has done so far and holds now. Plain values: it can be sent as JSON, but for `Time` and `Map` in `lastCompletedBatch`. */
export interface StreamingMetrics {
  /** As `getState()`. */
  readonly state: StreamingContextState;
  /** When the context started, by its clock; undefined before. */
  readonly startTime: number | undefined;
  /** For how long it has run, or ran until its stop, in ms of the host. */
  readonly uptimeMs: number;
  /** How often it has a batch. */
  readonly batchIntervalMs: number;
  /** How many batches there were, by what became of them. */
  readonly batches: BatchMetrics;
  /** As listeners were told; undefined before the first one. */
  readonly lastCompletedBatch: BatchInfo | undefined;
  /** How many records there were. */
  readonly records: RecordMetrics;
  /** How long batches waited and took. */
  readonly delays: DelayMetrics;
  /** What is held, and what was copied. */
  readonly memory: MemoryMetrics;
  /** Every place where data wait or are kept, with its limits. */
  readonly queues: readonly QueueMetrics[];
  /** By input, in the order of their ids. */
  readonly inputs: readonly InputMetrics[];
  /** By output, in the order of their definition; one that has not run yet is not there. */
  readonly outputs: readonly OutputMetrics[];
  /** By kind of stage, over all contexts of the engine, in the order in which they ran first. Operators that are fused run in one stage. */
  readonly stages: readonly StageMetrics[];
}

export interface MetricsSources {
  readonly lifecycle: Lifecycle;
  readonly recorder: MetricsRecorder;
  readonly engine: Engine;
  readonly graph: StreamGraph;
  readonly inputs: Inputs;
  readonly limits: ReceivingLimits;
  readonly batchIntervalMs: number;
}

export function metricsOf(sources: MetricsSources): StreamingMetrics {
  const { lifecycle, recorder, engine, graph, inputs, limits, batchIntervalMs } = sources;
  const running = engine.isStarted ? engine.running : undefined;
  return {
    state: lifecycle.state,
    startTime: lifecycle.startTime,
    uptimeMs: lifecycle.uptimeMs,
    batchIntervalMs,
    batches: recorder.batches(graph.rememberedBatches),
    lastCompletedBatch: recorder.lastCompleted,
    records: { received: recorder.recordsReceived, processed: recorder.recordsProcessed },
    delays: recorder.delays,
    memory: {
      receivedBytes: limits.received.bytesHeld,
      receivedBytesMax: limits.received.bytesMax,
      kernelBytes: running?.threads.memoryBytes ?? 0,
      storageBytes: running?.storage.bytesInMemory ?? 0,
      storageDiskBytes: running?.storage.bytesOnDisk ?? 0,
      bytesCopiedIn: running?.threads.counters.bytesIn ?? 0,
      bytesCopiedOut: running?.threads.counters.bytesOut ?? 0,
    },
    queues: queuesOf(sources),
    inputs: inputs.metrics(recorder.recordsByInput),
    outputs: recorder.outputs,
    stages: engine.stages.snapshot(),
  };
}
