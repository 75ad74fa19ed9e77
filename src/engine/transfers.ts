/**
 * What stands in for shared memory where a host has none: all blocks lie in the memory of the host's thread, and tasks go to workers one at a time with the
 * bytes that they read. Blocks inside plain data are found by their form: they have a home and an address, or are slices of such.
 */
import type { FrameBlock, InputBlock, MemoryBlock } from "../block/block.js";
import type { MemoryReader } from "../kernel/reader.js";
import { addressOf } from "./live-blocks.js";

/** The home of a block whose bytes travel with it. */
const MOVING = -1;

/** A block on its way, with its bytes. */
type Moving<B extends MemoryBlock> = B & { readonly data: Uint8Array };

/** Data on its way, and the buffers that go with it instead of being copied. */
export interface Packed<T> {
  readonly value: T;
  readonly buffers: ArrayBuffer[];
}

/** The same data with the bytes of all blocks in it, read from `memory`. Throws a `KernelError` "block-lost". */
export function pack<T>(value: T, memory: MemoryReader): Packed<T> {
  const buffers: ArrayBuffer[] = [];
  const read = (input: Exclude<InputBlock, { kind: "rows" }>): Uint8Array => {
    const data = memory.copyOut(addressOf(input), input.bytes);
    buffers.push(data.buffer);
    return data;
  };
  const packed = mapped(value, (found) => {
    // A view alone: its buffer may have much else in it.
    if (ArrayBuffer.isView(found)) return (found as Uint8Array).slice();
    if (isSlice(found)) {
      const { block, bytes } = found;
      return { ...found, offset: 0, block: { ...block, home: MOVING, ptr: 0, bytes, data: read(found) } };
    }
    return isBlock(found) ? { ...found, home: MOVING, ptr: 0, data: read(found as FrameBlock) } : undefined;
  });
  return { value: packed, buffers };
}

/** The same data with all blocks in the memory of a thread, where `place` puts their bytes and returns the address. */
export function unpack<T>(value: T, home: number, place: (data: Uint8Array) => number): T {
  return mapped(value, (found) => {
    if (ArrayBuffer.isView(found)) return found;
    if (!isBlock(found) || found.home !== MOVING) return undefined;
    const { data, ...block } = found as Moving<MemoryBlock>;
    return { ...block, home, ptr: place(data) };
  });
}

/** The addresses of all blocks in the data. */
export function addressesIn(value: unknown): Set<number> {
  const addresses = new Set<number>();
  mapped(value, (found) => {
    if (isBlock(found)) addresses.add(found.ptr);
    return ArrayBuffer.isView(found) ? found : undefined;
  });
  return addresses;
}

/** A copy of plain data in which `change` has replaced what it returns something for; what it does not is looked into, where it is an array or a plain object. */
function mapped<T>(value: T, change: (found: object) => unknown): T {
  if (typeof value !== "object" || value === null) return value;
  const changed = change(value);
  if (changed !== undefined) return changed as T;
  if (Array.isArray(value)) return value.map((item) => mapped(item, change)) as T;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, mapped(item, change)])) as T;
}

function isSlice(value: object): value is Extract<InputBlock, { kind: "slice" }> {
  return "block" in value && "offset" in value;
}

function isBlock(value: object): value is MemoryBlock {
  return "home" in value && "ptr" in value;
}

/**
 * Has a worker run tasks that are claimed for it one at a time, in the order of their claims, until none is left or it has ended. `run` sends a task and
 * resolves with its outcome, undefined where the worker ended.
 */
export async function oneByOne<O>(
  claims: Int32Array,
  count: number,
  run: (index: number) => Promise<O | undefined>,
): Promise<O[]> {
  const outcomes: O[] = [];
  for (let index = Atomics.add(claims, 0, 1); index < count; index = Atomics.add(claims, 0, 1)) {
    const outcome = await run(index);
    if (outcome === undefined) break;
    outcomes.push(outcome);
  }
  return outcomes;
}
