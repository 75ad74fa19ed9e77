export type { DeadLetter } from "./batch/dead-letters.js";
export type { Distribution } from "./batch/distribution.js";
export type { InputMetrics } from "./batch/inputs.js";
export type { StreamingContextState } from "./batch/lifecycle.js";
export type {
  BatchInfo,
  OutputOperationInfo,
  ReceiverInfo,
  StreamingListener,
} from "./batch/listener.js";
export type { BatchMetrics, DelayMetrics, OutputMetrics } from "./batch/metrics-recorder.js";
export { StatsReportListener } from "./batch/stats-report-listener.js";
export type { InputInfo } from "./batch/stream-input.js";
export { decodeRows, encodeRows } from "./block/codec.js";
export type { CheckpointStore } from "./checkpoint/checkpoint-store.js";
export { MemoryStore } from "./checkpoint/memory-store.js";
export type { StreamingContextOptions } from "./context-options.js";
export { type BatchRun, DStream, MapWithStateDStream, ReadDStream, type UpdateStateByKeyOptions } from "./dstream.js";
export type { Accumulator } from "./engine/accumulator.js";
export type { EngineOptions } from "./engine/local-engine.js";
export type { StageMetrics } from "./engine/stage-times.js";
export { Engine } from "./engine.js";
export {
  CheckpointError,
  ConfigError,
  KernelError,
  MillraceError,
  OutputError,
  PlanError,
  SourceError,
  StateError,
} from "./errors.js";
export { type Aggregated, type AggregateOptions, GroupedDStream } from "./grouped-stream.js";
export type { Guarantee, Promised } from "./guarantee.js";
export type { Broadcast } from "./lowering/broadcast.js";
export { capture } from "./lowering/capture.js";
export type { Row } from "./lowering/row.js";
export type { Reject } from "./operators/read-lines.js";
export type { Batch } from "./outputs/batches.js";
export { HashPartitioner, type Partitioner, type Partitioning } from "./plan/partitioner.js";
export type { StorageLevel } from "./plan/storage-level.js";
export type { QueueMetrics } from "./queue-metrics.js";
export { RDD } from "./rdd.js";
export { PIDRateEstimator } from "./receiver/pid-rate-estimator.js";
export type { BackpressureOptions } from "./receiver/rate-controller.js";
export { Receiver } from "./receiver/receiver.js";
export type { CsvOptions } from "./schema/csv-options.js";
export {
  bool,
  type FieldType,
  f64,
  i64,
  type ListField,
  list,
  type RowOf,
  type ScalarField,
  type Schema,
  utf8,
  type ValueOf,
} from "./schema/field.js";
export type { RowOfSchema, RowSchema } from "./schema/row-schema.js";
export { type CountMinOptions, CountMinSketch } from "./sketches/count-min.js";
export type { ApproxDistinctOptions } from "./sketches/hyper-log-log.js";
export type { ApproxTopKOptions } from "./sketches/space-saving.js";
export type { ApproxQuantileOptions } from "./sketches/t-digest.js";
export type { FileStreamOptions } from "./sources/file-stream.js";
export type { IterableOptions } from "./sources/iterable-stream.js";
export type { PushInput, PushOptions } from "./sources/push-stream.js";
export type { State } from "./state/current-state.js";
export { StateSpec } from "./state-spec.js";
export { StreamingContext } from "./streaming-context.js";
export type { MemoryMetrics, RecordMetrics, StreamingMetrics } from "./streaming-metrics.js";
export { type Clock, ManualClock, SystemClock } from "./time/clock.js";
export { Duration, type DurationLike, Milliseconds, Minutes, Seconds } from "./time/duration.js";
export { Time } from "./time/time.js";
export { type OutputBatch, type TransactionalSink, transactionalOutput } from "./transactional-output.js";
