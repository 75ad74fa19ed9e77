export type {
  BatchInfo,
  OutputOperationInfo,
  ReceiverInfo,
  StreamingListener,
} from "./batch/listener.js";
export type { InputInfo } from "./batch/stream-input.js";
export type { StreamingContextOptions } from "./context-options.js";
export { DStream } from "./dstream.js";
export type { EngineOptions } from "./engine/local-engine.js";
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
export { capture } from "./lowering/capture.js";
export type { Row } from "./lowering/row.js";
export { HashPartitioner, type Partitioner, type Partitioning } from "./plan/partitioner.js";
export { RDD } from "./rdd.js";
export type { FileStreamOptions } from "./sources/file-stream.js";
export type { PushInput } from "./sources/push-stream.js";
export { StreamingContext, type StreamingContextState } from "./streaming-context.js";
export { type Clock, ManualClock, SystemClock } from "./time/clock.js";
export { Duration, type DurationLike, Milliseconds, Minutes, Seconds } from "./time/duration.js";
export { Time } from "./time/time.js";
