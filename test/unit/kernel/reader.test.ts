import { expect, it } from "vitest";
import { MemoryReader } from "../../../src/kernel/reader.js";

const PAGE_BYTES = 65_536;

/** A shared memory whose other threads have grown it: this one sees that when it asks the memory to grow. */
class StaleMemory {
  buffer = new ArrayBuffer(PAGE_BYTES);
  grow(pages: number): number {
    this.buffer = new ArrayBuffer(3 * PAGE_BYTES);
    new Uint8Array(this.buffer).fill(7, 2 * PAGE_BYTES, 2 * PAGE_BYTES + 4);
    return pages;
  }
}

it("reads what another thread has written beyond what this one knew of the memory", () => {
  const reader = () => new MemoryReader(new StaleMemory() as unknown as WebAssembly.Memory);
  expect([...reader().copyOut(2 * PAGE_BYTES, 4)]).toEqual([7, 7, 7, 7]);
  expect([...reader().region(2 * PAGE_BYTES, 4)]).toEqual([7, 7, 7, 7]);
  expect(reader().decode(2 * PAGE_BYTES, 4)).toBe("\u0007".repeat(4));
});

it("refuses a region that is in no memory", () => {
  const reader = new MemoryReader(new StaleMemory() as unknown as WebAssembly.Memory);
  expect(() => reader.region(3 * PAGE_BYTES - 1, 2)).toThrow(RangeError);
});
