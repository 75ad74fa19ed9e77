import { abi } from "#kernel";
import type { FinishedBlock } from "./frame.js";
import type { Kernel } from "./kernel.js";
import { gatheredRows } from "./ordered-rows.js";

/** What is compared of the frames of a state. */
export interface ComparedColumns {
  /** Columns of the key, which are the first ones. */
  readonly keys: number;
  /** Kinds of all that are compared. */
  readonly kinds: readonly number[];
}

/** What a version of a state in frames has changed. */
export interface FrameChanges {
  /** Places of the rows of the version before whose keys are gone, rising. */
  readonly gone: Uint32Array;
  /** Places of the rows that are new or others, rising. */
  readonly places: Uint32Array;
  /** Those rows, the compared columns alone: they belong to the caller. */
  readonly frames: FinishedBlock[];
}

const WORD_BYTES = 4;
const REFERENCE_BYTES = 8;

/**
 * What has changed from the frames of one version of a state to those of the next (assembly/rows/changes.ts), each key once, keys that stay first and in their order.
 *
 * **Cost:** a look at each row of both; while it runs 4 bytes for each row of the one and 8 for each of the other.
 */
export function frameChanges(
  kernel: Kernel,
  known: readonly number[],
  made: readonly FinishedBlock[],
  { keys, kinds }: ComparedColumns,
): FrameChanges {
  const { memory } = kernel;
  const regions: number[] = [];
  const take = (bytes: number) => {
    const ptr = memory.allocate(bytes);
    regions.push(ptr);
    return ptr;
  };
  try {
    const ptr = take(abi.CHANGES_BYTES);
    const set = (offset: number, value: number) => memory.view.setUint32(ptr + offset, value, true);
    const get = (offset: number) => memory.view.getUint32(ptr + offset, true);
    const list = (addresses: readonly number[]) => {
      const at = take(WORD_BYTES * addresses.length);
      for (const [i, address] of addresses.entries()) memory.view.setUint32(at + WORD_BYTES * i, address, true);
      return at;
    };
    const rowsAt = (frame: number) => memory.view.getUint32(frame + abi.BLOCK_ROWS, true);
    const knownRows = known.reduce((sum, frame) => sum + rowsAt(frame), 0);
    const madeRows = made.reduce((sum, { rows }) => sum + rows, 0);
    set(abi.CHANGES_KNOWN, list(known));
    set(abi.CHANGES_KNOWN_COUNT, known.length);
    set(abi.CHANGES_MADE, list(made.map((frame) => frame.ptr)));
    set(abi.CHANGES_MADE_COUNT, made.length);
    set(abi.CHANGES_KEYS, keys);
    set(abi.CHANGES_COLUMNS, kinds.length);
    set(abi.CHANGES_GONE, take(WORD_BYTES * knownRows));
    set(abi.ORDER_REFS, take(REFERENCE_BYTES * madeRows));
    kernel.call("frameChanges", ptr);
    const count = get(abi.CHANGES_ROW_COUNT);
    const gone = memory.copyOut(get(abi.CHANGES_GONE), WORD_BYTES * get(abi.CHANGES_GONE_COUNT));
    const references = memory.copyOut(get(abi.ORDER_REFS), REFERENCE_BYTES * count);
    set(abi.ORDER_NEXT, 0);
    set(abi.ORDER_END, count);
    const frames = count === 0 ? [] : gatheredRows(kernel, ptr, kinds);
    return { gone: new Uint32Array(gone.buffer), places: placesOf(new Uint32Array(references.buffer), made), frames };
  } finally {
    for (const ptr of regions) memory.free(ptr);
  }
}

/** Places of rows in frames, given as pairs of frame and row. */
function placesOf(references: Uint32Array, frames: readonly FinishedBlock[]): Uint32Array {
  const begins = new Map<number, number>();
  let rows = 0;
  for (const frame of frames) {
    begins.set(frame.ptr, rows);
    rows += frame.rows;
  }
  const places = new Uint32Array(references.length / 2);
  for (let i = 0; i < places.length; i++) places[i] = begins.get(references[2 * i]!)! + references[2 * i + 1]!;
  return places;
}
