import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { KernelError } from "../../../src/errors.js";
import { LinearMemory, type MemoryOptions } from "../../../src/kernel/memory.js";
import { MIB, thrownBy } from "../../support/kernel.js";
import { check } from "../../support/property.js";

const PAGE = 65_536;
const RESERVED = PAGE;
const ALIGNMENT = 64;
const READ_AHEAD = 16;

function newMemory(options: Partial<MemoryOptions> = {}): LinearMemory {
  const memory: LinearMemory = new LinearMemory({
    shared: false,
    bytesMax: 16 * MIB,
    reservedBytes: RESERVED,
    alignment: ALIGNMENT,
    readAhead: READ_AHEAD,
    counters: { bytesIn: 0, bytesOut: 0 },
    move: (toPtr, fromPtr, bytes) => void memory.region(0, memory.bytes).copyWithin(toPtr, fromPtr, fromPtr + bytes),
    ...options,
  });
  return memory;
}

/** A step: take so many bytes, or give back the region at that place among those taken. */
const step = fc.oneof(
  fc.record({ take: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 300_000 })) }),
  fc.record({ give: fc.nat() }),
);

describe("LinearMemory", () => {
  it("keeps regions apart, aligned and inside, and joins all that is given back", () => {
    check(
      fc.property(fc.boolean(), fc.array(step, { maxLength: 60 }), (shared, steps) => {
        const memory = newMemory({ shared });
        const regions: Array<{ ptr: number; bytes: number; mark: number }> = [];
        let mark = 0;
        for (const action of steps) {
          if ("take" in action) {
            const ptr = memory.allocate(action.take);
            expect(ptr % ALIGNMENT).toBe(0);
            expect(ptr).toBeGreaterThanOrEqual(RESERVED);
            expect(ptr + action.take + READ_AHEAD).toBeLessThanOrEqual(memory.bytes);
            for (const other of regions) {
              const isApart =
                ptr + action.take + READ_AHEAD <= other.ptr || other.ptr + other.bytes + READ_AHEAD <= ptr;
              expect(isApart).toBe(true);
            }
            mark = (mark % 255) + 1;
            memory.region(ptr, action.take).fill(mark);
            regions.push({ ptr, bytes: action.take, mark });
          } else if (regions.length > 0) {
            const [region] = regions.splice(action.give % regions.length, 1);
            expect(memory.region(region!.ptr, region!.bytes).every((byte) => byte === region!.mark)).toBe(true);
            memory.free(region!.ptr);
          }
        }
        for (const { ptr } of regions) memory.free(ptr);
        expect(memory.bytesTaken).toBe(0);
        // One range again: all there is can be taken at once, without growing.
        const { bytes } = memory;
        expect(memory.allocate(bytes - RESERVED - READ_AHEAD)).toBe(RESERVED);
        expect(memory.bytes).toBe(bytes);
      }),
      { numRuns: 200 },
    );
  });

  it("says what was asked, what is in use and what the limit is where a region does not fit, and goes on", () => {
    const memory = newMemory({ bytesMax: MIB });
    const first = memory.allocate(600_000);
    const { bytesTaken } = memory;
    const error = thrownBy(() => memory.allocate(600_000));
    expect(error).toBeInstanceOf(KernelError);
    expect(error).toMatchObject({ code: "memory-limit", details: { bytesTaken, bytesMax: MIB } });
    const { bytesAsked } = (error as KernelError).details as { bytesAsked: number };
    expect(bytesAsked).toBeGreaterThanOrEqual(600_000 + READ_AHEAD);
    for (const figure of [bytesAsked, bytesTaken, MIB])
      expect((error as KernelError).message).toContain(String(figure));
    expect(memory.bytesTaken).toBe(bytesTaken);
    memory.free(memory.allocate(300_000));
    memory.free(first);
    expect(memory.allocate(MIB - RESERVED - READ_AHEAD)).toBe(RESERVED);
    expect(memory.bytes).toBe(MIB);
  });

  it("gives out the last byte below the limit and not one more", () => {
    const all = MIB - RESERVED - READ_AHEAD;
    expect(newMemory({ bytesMax: MIB }).allocate(all)).toBe(RESERVED);
    expect(thrownBy(() => newMemory({ bytesMax: MIB }).allocate(all + 1))).toMatchObject({ code: "memory-limit" });
  });

  it("refuses a limit below what a kernel needs, and rounds one down to whole pages", () => {
    const needed = RESERVED + 4 * PAGE;
    expect(newMemory({ bytesMax: needed }).bytesMax).toBe(needed);
    expect(newMemory({ bytesMax: needed + PAGE - 1 }).bytesMax).toBe(needed);
    expect(thrownBy(() => newMemory({ bytesMax: needed - 1 }))).toMatchObject({
      code: "memory-limit",
      details: { bytesMax: needed - 1, bytesMin: needed },
    });
  });

  it("keeps the last page of 4 GiB out, so that no address wraps", () => {
    expect(newMemory({ bytesMax: 2 ** 32 }).bytesMax).toBe(65_535 * PAGE);
  });

  it("says so where the host refuses the memory at the start", () => {
    vi.spyOn(WebAssembly, "Memory").mockImplementationOnce(function refuse(): never {
      throw new RangeError("could not allocate memory");
    });
    const error = thrownBy(() => newMemory());
    vi.restoreAllMocks();
    expect(error).toBeInstanceOf(KernelError);
    expect(error).toMatchObject({ code: "memory-refused" });
  });

  it("says so where the host refuses to grow, and goes on", () => {
    const memory = newMemory();
    const { bytes } = memory;
    const grow = vi.spyOn(memory.memory, "grow").mockImplementation(() => {
      throw new RangeError("failed to grow memory");
    });
    const error = thrownBy(() => memory.allocate(MIB));
    expect(error).toMatchObject({ code: "memory-refused", details: { bytesTaken: 0, bytesMax: memory.bytesMax } });
    expect(memory.bytes).toBe(bytes);
    grow.mockRestore();
    expect(memory.allocate(MIB)).toBe(RESERVED);
  });

  it("refuses to free a region twice, in its middle, or one that is not there", () => {
    const memory = newMemory();
    const ptr = memory.allocate(1000);
    expect(() => memory.free(ptr + 64)).toThrow("No region starts at");
    memory.free(ptr);
    expect(() => memory.free(ptr)).toThrow("No region starts at");
    expect(() => memory.free(0)).toThrow("No region starts at");
    expect(memory.bytesTaken).toBe(0);
  });

  it("uses what was freed before it grows", () => {
    const memory = newMemory();
    const regions = Array.from({ length: 100 }, () => memory.allocate(10_000));
    const { bytes } = memory;
    for (const ptr of regions) memory.free(ptr);
    for (let i = 0; i < 100; i++) memory.allocate(10_000);
    expect(memory.bytes).toBe(bytes);
  });

  it("counts what it copies, and only that", () => {
    const memory = newMemory();
    const { counters } = memory;
    const ptr = memory.allocate(100);
    expect(counters).toEqual({ bytesIn: 0, bytesOut: 0 });
    memory.copyIn(ptr, Uint8Array.of(0x68, 0x69, 0xc3, 0xa9));
    expect(counters).toEqual({ bytesIn: 4, bytesOut: 0 });
    expect(memory.copyOut(ptr, 3)).toEqual(Uint8Array.of(0x68, 0x69, 0xc3));
    expect(counters).toEqual({ bytesIn: 4, bytesOut: 3 });
    expect(memory.decode(ptr, 4)).toBe("hié");
    expect(counters).toEqual({ bytesIn: 4, bytesOut: 7 });
    memory.region(ptr, 100);
    expect(memory.view.getUint8(ptr)).toBe(0x68);
    expect(counters).toEqual({ bytesIn: 4, bytesOut: 7 });
  });

  it.each([false, true])("sees the memory anew after it has grown (shared: %s)", (shared) => {
    const memory = newMemory({ shared });
    const ptr = memory.allocate(8);
    memory.view.setUint32(ptr, 0x01020304, true);
    const copy = memory.copyOut(ptr, 4);
    const far = memory.allocate(MIB);
    memory.view.setUint32(far + MIB - 4, 7, true);
    expect(memory.region(ptr, 4)[0]).toBe(4);
    expect(memory.region(far, MIB).length).toBe(MIB);
    expect(memory.region(far, MIB).at(-4)).toBe(7);
    expect(copy).toEqual(Uint8Array.of(4, 3, 2, 1));
  });

  it("copies in from any offset to any offset, writing at most what a region has to spare behind it", () => {
    check(
      fc.property(
        fc.boolean(),
        fc.uint8Array({ maxLength: 200 }),
        fc.nat({ max: 20 }),
        fc.nat({ max: 20 }),
        (shared, content, sourceOffset, offset) => {
          const memory = newMemory({ shared });
          const source = newMemory({ shared });
          const from = source.allocate(240) + sourceOffset;
          const ptr = memory.allocate(240) + offset;
          source.region(from, content.length).set(content);
          memory.region(ptr - offset, 240).fill(0xee);
          const bytes = new Uint8Array(sourceOffset + content.length);
          bytes.set(content, sourceOffset);
          memory.copyIn(ptr, bytes.subarray(sourceOffset));
          expect(memory.copyOut(ptr, content.length)).toEqual(content);
          expect(memory.region(ptr - offset, offset).every((byte) => byte === 0xee)).toBe(true);
          expect(memory.view.getUint8(ptr + content.length + 7)).toBe(0xee);
          memory.region(ptr - offset, 240).fill(0xee);
          memory.copyFrom(source, from, content.length, ptr);
          expect(memory.copyOut(ptr, content.length)).toEqual(content);
          expect(memory.region(ptr - offset, offset).every((byte) => byte === 0xee)).toBe(true);
          expect(memory.view.getUint8(ptr + content.length + 7)).toBe(0xee);
          expect(memory.counters.bytesIn).toBe(content.length);
        },
      ),
    );
  });

  it("keeps a byte order mark, which belongs to the text", () => {
    const memory = newMemory();
    const ptr = memory.allocate(4);
    memory.copyIn(ptr, Uint8Array.of(0xef, 0xbb, 0xbf, 0x61));
    expect(memory.decode(ptr, 4)).toBe("\ufeffa");
  });
});
