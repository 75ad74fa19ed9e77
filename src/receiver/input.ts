import type { LocalEngine } from "../engine/local-engine.js";
import type { Clock } from "../time/clock.js";
import type { Flow } from "./flow.js";
import type { OpenBlocks } from "./open-blocks.js";

/** What an input stream has of its context. */
export interface InputContext {
  /** Number of the input in its context. */
  readonly streamId: number;
  readonly engine: LocalEngine;
  readonly clock: Clock;
  /** The context's limit of received, unprocessed bytes. */
  readonly flow: Flow;
  /** The context's limit of calls that wait. */
  readonly calls: Flow;
  readonly openBlocks: OpenBlocks;
  readonly batchIntervalMs: number;
  readonly blockIntervalMs: number;
  /** Records a second that each receiver takes at first, and at most; `Infinity` is no limit. */
  readonly rate: { readonly limit: number; readonly limitMax: number };
  /** A longer line of text is set aside. */
  readonly lineBytesMax: number;
  /** On a manual clock only the caller can make room. */
  readonly isManualClock: boolean;
  /** There is a store for checkpoints, and it is not known yet what is in it. */
  readonly isEarly: () => boolean;
  /** The caller runs inside an output, which has to end before there is more room. */
  readonly isInsideOutput: () => boolean;
}
