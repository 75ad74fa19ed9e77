export { ManualClock } from "../time/clock.js";
export { type CollectedBatch, collectBatches, collected } from "./collect.js";
export { type InputBatches, type RunOptions, runOperation } from "./run-operation.js";
export { type TestOptions, testOperation } from "./test-operation.js";
export { type SinkBatch, writeBatches } from "./write-batches.js";
