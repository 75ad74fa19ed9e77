import type { Inputs } from "./batch/inputs.js";
import type { Lifecycle } from "./batch/lifecycle.js";
import type { Engine } from "./engine.js";
import type { ReceivingLimits } from "./receiver/receiving-limits.js";

/** One of the places where data wait or are kept, and its limits. What is undefined is not counted there: the other figure bounds it. */
export interface QueueMetrics {
  /**
   * `received`: what came and is not processed. `blocks`: the blocks of it, with the bytes that no batch has taken. `batches`: those that wait or run, with the
   * bytes that they have taken. `calls`: stores and pushes that wait for room. `openBlocks`: blocks of raw sockets that are not whole. `deadLetters`: records
   * that were set aside. `kernel` and `storage`: the kernel's memory with the blocks in it, and persisted partitions in memory, of the engine.
   * `push NAME`: what a pushed stream with a `capacityBytes` of its own holds.
   */
  readonly name: string;
  /** What it holds now. */
  readonly bytes: number | undefined;
  /** What it may hold. */
  readonly bytesMax: number | undefined;
  /** How many things it holds now. */
  readonly count: number | undefined;
  /** How many it may hold. */
  readonly countMax: number | undefined;
  /** How often the limit made something wait, be refused or be dropped. */
  readonly reached: number;
}

export interface QueueSources {
  readonly limits: ReceivingLimits;
  readonly inputs: Inputs;
  readonly lifecycle: Lifecycle;
  readonly engine: Engine;
}

/** Every queue of a context, always in the same order. */
export function queuesOf({ limits, inputs, lifecycle, engine }: QueueSources): QueueMetrics[] {
  const { received, calls, openBlocks } = limits;
  const { deadLetters } = inputs;
  const { queue } = lifecycle;
  const { bytesMax } = received;
  const bytesPending = inputs.bytesPending;
  return [
    {
      ...{ name: "received", bytes: received.bytesHeld, bytesMax },
      ...{ count: received.recordsHeld, countMax: received.recordsMax, reached: received.reached },
    },
    {
      ...{ name: "blocks", bytes: bytesPending, bytesMax },
      ...{ count: received.blocksHeld, countMax: received.blocksMax, reached: received.blocksReached },
    },
    {
      ...{ name: "batches", bytes: received.bytesHeld - bytesPending, bytesMax },
      ...{ count: queue?.count ?? 0, countMax: queue?.countMax, reached: queue?.reached ?? 0 },
    },
    {
      ...{ name: "calls", bytes: calls.bytesHeld, bytesMax: calls.bytesMax },
      ...{ count: calls.recordsHeld, countMax: calls.recordsMax, reached: calls.reached },
    },
    {
      ...{ name: "openBlocks", bytes: openBlocks.bytesHeld, bytesMax: openBlocks.bytesMax },
      ...{ count: openBlocks.count, countMax: undefined, reached: openBlocks.reached },
    },
    {
      ...{ name: "deadLetters", bytes: deadLetters.bytes, bytesMax: deadLetters.bytesMax },
      ...{ count: deadLetters.count, countMax: deadLetters.countMax, reached: deadLetters.dropped },
    },
    ...engineQueues(engine, lifecycle.kernelLimitsReached),
    ...inputs.capacities.map(({ name, ...capacity }) => ({ ...capacity, name: `push ${name}`, countMax: undefined })),
  ];
}

/** What the engine keeps, for all contexts on it. */
function engineQueues(engine: Engine, kernelLimitsReached: number): QueueMetrics[] {
  const running = engine.isStarted ? engine.running : undefined;
  const { kernelBytesMax, storageBytesMax } = engine.memoryLimits;
  return [
    {
      ...{ name: "kernel", bytes: running?.threads.memoryBytes ?? 0, bytesMax: kernelBytesMax },
      ...{ count: running?.threads.blocks.size ?? 0, countMax: undefined, reached: kernelLimitsReached },
    },
    {
      ...{ name: "storage", bytes: running?.storage.bytesInMemory ?? 0, bytesMax: storageBytesMax },
      ...{ count: running?.storage.count ?? 0, countMax: undefined, reached: running?.storage.reached ?? 0 },
    },
  ];
}
