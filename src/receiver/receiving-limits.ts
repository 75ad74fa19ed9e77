import { Flow } from "./flow.js";
import { OpenBlocks } from "./open-blocks.js";

/** Records that lie as JavaScript values or in columns and wait to be processed, at most. */
const RECORDS_MAX = 2 ** 24;
/** Blocks that wait to be processed, at most: each is a partition of its batch. */
const BLOCKS_MAX = 2 ** 16;
/** Calls that wait for room, at most. */
const CALLS_MAX = 2 ** 16;
/** What they hold meanwhile, at most. */
const CALLS_BYTES_MAX = 2 ** 28;

/** What all inputs of a context share: the limits of what came and is not processed. */
export class ReceivingLimits {
  /** What was received and is not processed. */
  readonly received: Flow;
  /** Calls that store or push and wait for room, as records. */
  readonly calls = new Flow(CALLS_BYTES_MAX, undefined, { recordsMax: CALLS_MAX });
  /** Blocks that are not whole. */
  readonly openBlocks: OpenBlocks;

  constructor(receivedBytesMax: number) {
    this.received = new Flow(receivedBytesMax, undefined, { recordsMax: RECORDS_MAX, blocksMax: BLOCKS_MAX });
    this.openBlocks = new OpenBlocks(receivedBytesMax);
  }
}
