import { beforeEach, describe, expect, test } from "vitest";
import type { FrameBlock, TextBlock } from "../../../src/block/block.js";
import { addressesIn, oneByOne, pack, unpack } from "../../../src/engine/transfers.js";
import { KernelError } from "../../../src/errors.js";
import type { Kernel } from "../../../src/kernel/kernel.js";
import { newKernel, put } from "../../support/kernel.js";

let from: Kernel;
let to: Kernel;

beforeEach(() => {
  from = newKernel("unshared");
  to = newKernel("unshared");
});

const textAt = (kernel: Kernel, ptr: number, count: number) => kernel.memory.decode(ptr, count);

const frame = (text: string): FrameBlock =>
  ({ kind: "frame", home: 0, ptr: put(from, text).ptr, bytes: text.length, rows: 1 }) as FrameBlock;

function place(data: Uint8Array): number {
  return put(to, data).ptr;
}

describe("blocks inside plain data", () => {
  test("go from one memory to another, slices alone, and leave the rest as it is", () => {
    const block: TextBlock = {
      kind: "text",
      home: 0,
      ptr: put(from, "one\ntwo\nthree\n").ptr,
      bytes: 14,
      rows: 3,
      checksum: 7,
    };
    const value = {
      task: { name: "a", list: [1, null, undefined, "x"], map: new Map([[1, new Set(["y"])]]) },
      inputs: [{ kind: "slice" as const, block, offset: 4, bytes: 4 }, frame("frame")],
    };
    const { value: packed, buffers } = pack(value, from.memory);
    expect(buffers).toHaveLength(2);
    const moved = unpack(structuredClone(packed, { transfer: buffers }), 3, place);
    expect(moved.task).toEqual(value.task);
    const [slice, whole] = moved.inputs as [Extract<(typeof value.inputs)[number], { offset: number }>, FrameBlock];
    expect(slice).toMatchObject({ kind: "slice", offset: 0, bytes: 4, block: { home: 3, bytes: 4 } });
    expect(textAt(to, slice.block.ptr, 4)).toBe("two\n");
    expect(whole).toEqual({ kind: "frame", home: 3, ptr: whole.ptr, bytes: 5, rows: 1 });
    expect(textAt(to, whole.ptr, 5)).toBe("frame");
    expect(addressesIn(moved)).toEqual(new Set([slice.block.ptr, whole.ptr]));
    // What was packed stays where it was.
    expect(value.inputs[0]).toMatchObject({ offset: 4, block: { home: 0 } });
  });

  test("views go without what else is in their buffers", () => {
    const large = new Uint8Array(1000).fill(5);
    const { value } = pack({ chunks: [{ rowCount: 1, bytes: large.subarray(10, 20) }] }, from.memory);
    expect(value.chunks[0]!.bytes.buffer.byteLength).toBe(10);
    expect(unpack(value, 1, place)).toEqual(value);
  });

  test("one that was lost is an error", () => {
    expect(() => pack([{ ...frame("x"), ptr: -1 }], from.memory)).toThrow(KernelError);
  });
});

describe("tasks one by one", () => {
  test("are shared by those who take them, each once, in order", async () => {
    const claims = new Int32Array(1);
    const run = (who: string) => async (index: number) => {
      for (let turn = 0; turn < (who === "slow" ? 7 : 1); turn++) await null;
      return { who, index };
    };
    const [slow, fast] = await Promise.all([oneByOne(claims, 9, run("slow")), oneByOne(claims, 9, run("fast"))]);
    expect([...slow, ...fast].map(({ index }) => index).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(fast.length).toBeGreaterThan(slow.length);
    for (const outcomes of [slow, fast])
      expect(outcomes.map(({ index }) => index)).toEqual(outcomes.map(({ index }) => index).toSorted());
  });

  test("end with the one who takes them", async () => {
    const claims = new Int32Array(1);
    expect(await oneByOne(claims, 5, async (index) => (index < 2 ? index : undefined))).toEqual([0, 1]);
    expect(Atomics.load(claims, 0)).toBe(3);
  });
});
