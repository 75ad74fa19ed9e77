import { instantiateSync } from "@assemblyscript/loader";
import { abi } from "#kernel";
import { KernelError } from "../errors.js";
import { LinearMemory } from "./memory.js";
import type { CopyCounters } from "./reader.js";

/** What assembly/index.ts exports besides its constants. Pointers and sizes are 32-bit; below zero is a status. */
interface KernelFunctions {
  blockSeal(blockPtr: number): number;
  blockVerify(blockPtr: number): number;
  moveBytes(toPtr: number, fromPtr: number, bytes: number): number;
  murmur3(keyPtr: number, length: number, seed: number): number;
  programInit(statePtr: number): number;
  programRun(statePtr: number): number;
  sumUpdateText(statePtr: number, inPtr: number, inBytes: number, separator: number, value: number): number;
  sumMerge(statePtr: number, blockPtr: number, fromRow: number): number;
  tableBytes(): number;
  tableInit(statePtr: number, seedPtr: number, slotsPtr: number, slotBits: number): number;
  tableAddEntries(statePtr: number, segmentPtr: number, bytes: number): number;
  tableAddBytes(statePtr: number, segmentPtr: number, bytes: number): number;
  tableRehash(statePtr: number, slotsPtr: number, slotBits: number): number;
  groupBytes(keys: number, aggregates: number): number;
  groupInit(statePtr: number, seedPtr: number, slotsPtr: number, slotBits: number, stride: number): number;
  groupPartition(finishPtr: number): number;
  groupMeasure(finishPtr: number): number;
  groupFrameBytes(finishPtr: number, partition: number): number;
  groupFrames(finishPtr: number): number;
  textScanMore(statePtr: number, inPtr: number, inBytes: number): number;
  textScan(statePtr: number, inPtr: number, inBytes: number, scanned: number): number;
  textNormalise(inPtr: number, inBytes: number, outPtr: number): number;
  tokenizeCount(inPtr: number, inBytes: number, separator: number): number;

  collectBytes(partitions: number, columns: number): number;
  collectInit(sinkPtr: number, mode: number, partitions: number, columns: number): number;
  collectOpen(sinkPtr: number, framePtr: number, bytes: number): number;
  collectTake(sinkPtr: number, partition: number): number;
  frameClose(framePtr: number): number;
  indexInit(indexPtr: number, seedPtr: number): number;
  indexBuild(indexPtr: number): number;
  indexLists(indexPtr: number): number;
  listFrameBytes(indexPtr: number, from: number, to: number, columnsPtr: number, count: number): number;
  listFrameWrite(
    indexPtr: number,
    from: number,
    to: number,
    columnsPtr: number,
    count: number,
    framePtr: number,
  ): number;
  frameColumnBytes(kind: number, rows: number, textBytes: number): number;
  frameInit(framePtr: number, bytes: number, rows: number, columns: number): number;
  frameColumn(framePtr: number, index: number, kind: number, rows: number, textBytes: number, at: number): number;

  stateBytes(): number;
  stateInit(statePtr: number): number;
  stateBegin(statePtr: number, time: number): number;
  stateCommit(statePtr: number): number;
  stateRollback(statePtr: number): number;
  stateRehash(statePtr: number, slotsPtr: number, slotBits: number): number;
  stateTextBytes(statePtr: number): number;
  stateCompact(statePtr: number, textPtr: number, bytes: number): number;
  stateSortTouches(statePtr: number): number;
  stateIdle(statePtr: number, before: number, listPtr: number): number;
  stateChanged(statePtr: number, listPtr: number): number;
  stateRemove(statePtr: number, from: number): number;

  stateGone(statePtr: number, listPtr: number): number;
  stateSettle(statePtr: number, from: number): number;

  orderRows(orderPtr: number): number;
  collectBound(sinkPtr: number, framePtr: number, row: number): number;

  frameChanges(changesPtr: number): number;
}
export type KernelFunction = keyof KernelFunctions;

export interface KernelOptions {
  readonly module: WebAssembly.Module;
  readonly shared: boolean;
  /** Bytes that this kernel's memory may grow to. */
  readonly bytesMax: number;
  /** Secret of the probe hash: three odd multipliers of 64 bits. */
  readonly probeSeed: Uint8Array;
  readonly counters?: CopyCounters;
}

const STATUS: Record<number, readonly [code: string, rule: string]> = {
  [abi.BAD_HEADER]: ["bad-header", "was given a region that does not start with the header it expects"],
  [abi.BAD_SIZE]: ["bad-size", "was given a size or count that is out of range"],
};

/** An instance of the kernel with the memory that it works on. Lives on one thread. */
export class Kernel {
  readonly memory: LinearMemory;
  /** Region with the multipliers of the probe hash. */
  readonly probeSeedPtr: number;
  /** Region for the state of `textScan`: taken once, so that a look at text needs no room. */
  readonly scanPtr: number;
  readonly #functions: KernelFunctions;

  /** Throws a `KernelError` where the module has another ABI version, or the host refuses the memory. */
  constructor({ module, shared, bytesMax, probeSeed, counters }: KernelOptions) {
    this.memory = new LinearMemory({
      shared,
      bytesMax,
      reservedBytes: abi.RESERVED_BYTES,
      alignment: abi.ALIGNMENT,
      readAhead: abi.READ_AHEAD,
      move: (toPtr, fromPtr, bytes) => void this.call("moveBytes", toPtr, fromPtr, bytes),
      ...(counters && { counters }),
    });
    const { exports } = instantiateSync(module, { env: { memory: this.memory.memory } });
    const version = (exports.ABI_VERSION as WebAssembly.Global | undefined)?.value;
    if (version !== abi.ABI_VERSION) {
      throw new KernelError(
        `The kernel's ABI must be version ${abi.ABI_VERSION}, the module has ${version}: build or install both from one release.`,
        { code: "abi-version", details: { expected: abi.ABI_VERSION, got: version } },
      );
    }
    this.#functions = exports as unknown as KernelFunctions;
    this.probeSeedPtr = this.memory.allocate(probeSeed.length);
    this.memory.region(this.probeSeedPtr, probeSeed.length).set(probeSeed);
    this.scanPtr = this.memory.allocate(abi.SCAN_STATE_BYTES);
  }

  /**
   * Calls an export and returns its count. Throws a `KernelError`: the status's code where it is below zero, "trap" where the kernel
   * trapped; after a trap neither this kernel nor its memory can be trusted.
   */
  call<F extends KernelFunction>(name: F, ...args: Parameters<KernelFunctions[F]>): number {
    let result: number;
    try {
      result = (this.#functions[name] as (...args: number[]) => number)(...(args as number[]));
    } catch (cause) {
      // A trap, or a stack that ran over; anything else is this library's own mistake.
      if (!(cause instanceof WebAssembly.RuntimeError || cause instanceof RangeError)) throw cause;
      throw new KernelError(`The kernel trapped in ${name}: ${(cause as Error).message}.`, {
        code: "trap",
        details: { function: name },
        cause,
      });
    }
    if (result < 0) {
      const [code, rule] = STATUS[result] ?? ["bad-status", `returned the unknown status ${result}`];
      throw new KernelError(`The kernel's ${name} ${rule}.`, { code, details: { function: name, status: result } });
    }
    return result;
  }
}

/** True for the error of a kernel whose memory must be thrown away. */
export function isTrap(error: unknown): boolean {
  return error instanceof KernelError && error.code === "trap";
}
