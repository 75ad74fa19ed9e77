import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Kernel } from "../../../src/kernel/kernel.js";
import { normaliseText, scanText, TextScan } from "../../../src/kernel/text.js";
import { normalisedText } from "../../reference/lines.js";
import { concat, utf8ish } from "../../support/bytes.js";
import { ARTEFACTS, MIB, newKernel, put, thrownBy } from "../../support/kernel.js";
import { check, random } from "../../support/property.js";

const encoder = new TextEncoder();
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function isClean(bytes: Uint8Array): boolean {
  if (bytes.includes(13)) return false;
  try {
    strict.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

const rowsOf = (bytes: Uint8Array) => bytes.reduce((rows, byte) => rows + (byte === 10 ? 1 : 0), 0);

/** Puts bytes at an offset from a region's start, with other bytes around them that must not matter, and looks. */
function scanAt(kernel: Kernel, bytes: Uint8Array, offset: number, around: number) {
  const room = kernel.memory.allocate(offset + bytes.length + 64);
  kernel.memory.region(room, offset + bytes.length + 64).fill(around);
  kernel.memory.region(room + offset, bytes.length).set(bytes);
  const report = scanText(kernel, room + offset, bytes.length);
  const clean = normaliseText(kernel, room + offset, bytes.length);
  const text = kernel.memory.decode(clean.ptr, clean.bytes);
  const again = scanText(kernel, clean.ptr, clean.bytes);
  kernel.memory.free(room);
  kernel.memory.free(clean.ptr);
  return { report, text, again, bytes: clean.bytes };
}

describe.each(ARTEFACTS)("scanText and normaliseText (%s)", (artefact) => {
  const kernel = newKernel(artefact);
  const { bytesTaken } = kernel.memory;

  const agrees = (bytes: Uint8Array, offset: number, around: number): void => {
    const { report, text, again } = scanAt(kernel, bytes, offset, around);
    expect(report.rows).toBe(rowsOf(bytes));
    expect(report.clean).toBe(isClean(bytes));
    // An unfinished last line stays unfinished: ending it is the receiver's.
    const isEnded = bytes.length === 0 || bytes.at(-1) === 10 || bytes.at(-1) === 13;
    const expected = normalisedText(bytes);
    expect(text).toBe(isEnded ? expected : expected.slice(0, -1));
    expect(again.clean).toBe(true);
    expect(again.rows).toBe(text.split("\n").length - 1);
  };

  it("are the Encoding Standard's decoder, at every length up to 150 and at any offset", () => {
    for (let length = 0; length <= 150; length++) {
      check(
        fc.property(
          utf8ish(160),
          fc.nat({ max: 80 }),
          fc.constantFrom(0, 0x61, 0x80, 0xf0, 13),
          (bytes, offset, around) => {
            agrees(bytes.subarray(0, length), offset, around);
          },
        ),
        { numRuns: 6 },
      );
    }
  });

  it("say the same of text that is looked at as it grows and moves", () => {
    check(
      fc.property(utf8ish(300), fc.array(fc.nat({ max: 320 }), { maxLength: 12 }), (bytes, ends) => {
        const { ptr } = put(kernel, bytes);
        const scan = new TextScan(kernel);
        for (const end of ends) {
          const moved = put(kernel, bytes);
          scan.advance(moved.ptr, Math.min(end, bytes.length));
          kernel.memory.free(moved.ptr);
        }
        expect(scan.end(ptr, bytes.length)).toEqual(scanText(kernel, ptr, bytes.length));
        kernel.memory.free(ptr);
        scan.free();
      }),
    );
  });

  it("are the Encoding Standard's decoder on long text, clean but for one place", () => {
    check(
      fc.property(
        utf8ish(3),
        fc.nat({ max: 400 }),
        fc.nat({ max: 400 }),
        fc.nat({ max: 63 }),
        (bytes, before, after, offset) => {
          agrees(concat([new Uint8Array(before).fill(0x61), bytes, new Uint8Array(after).fill(0x62)]), offset, 0xe2);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("are the Encoding Standard's decoder around the places where long text is looked at in runs", () => {
    check(
      fc.property(
        utf8ish(4),
        fc.integer({ min: -8, max: 8 }),
        fc.constantFrom(1, 2),
        fc.boolean(),
        (bytes, shift, runs, isAscii) => {
          const before = new Uint8Array(runs * 255 * 16 + shift).fill(isAscii ? 0x61 : 10);
          agrees(concat([before, bytes, new Uint8Array(20).fill(0x62)]), 0, 0x80);
        },
      ),
      { numRuns: 150 },
    );
  });

  it("find a sequence that is cut short at every place in a block of vectors", () => {
    for (const cut of [[0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0xf0]]) {
      for (let before = 0; before < 140; before++) {
        agrees(concat([new Uint8Array(before).fill(0x61), Uint8Array.from(cut)]), 0, 0x80);
        agrees(concat([new Uint8Array(before).fill(0x61), Uint8Array.from(cut), Uint8Array.of(10)]), 0, 0x80);
      }
    }
  });

  it("know every sequence of two bytes, and every start of three and four", () => {
    const edges = [0x00, 0x0a, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xe0, 0xf0, 0xff];
    const wrong: string[] = [];
    const look = (bytes: readonly number[]) => {
      const line = Uint8Array.from([...bytes, 10]);
      const region = put(kernel, line);
      const clean = scanText(kernel, region.ptr, region.bytes).clean;
      kernel.memory.free(region.ptr);
      if (clean !== isClean(line)) wrong.push(bytes.map((byte) => byte.toString(16)).join(" "));
    };
    for (let first = 0x80; first < 0x100; first++) {
      for (let second = 0; second < 0x100; second++) look([first, second]);
      if (first < 0xe0) continue;
      for (const second of edges) {
        for (const third of edges) {
          look([first, second, third]);
          if (first >= 0xf0) for (const fourth of edges) look([first, second, third, fourth]);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it("count the rows of long text", () => {
    const next = random(1);
    const bytes = Uint8Array.from({ length: 300_001 }, () => (next() < 0.1 ? 10 : 0x61));
    expect(scanAt(kernel, bytes, 3, 10).report.rows).toBe(rowsOf(bytes));
  });

  it("leave nothing behind", () => {
    expect(kernel.memory.bytesTaken).toBe(bytesTaken);
  });
});

describe("the checksum", () => {
  const kernel = newKernel();
  const checksum = (bytes: Uint8Array) => {
    const region = put(kernel, bytes);
    const { checksum: value } = scanText(kernel, region.ptr, region.bytes);
    kernel.memory.free(region.ptr);
    return value;
  };

  it("is the same in every artefact, and wherever the text lies", () => {
    const kernels = ARTEFACTS.map((artefact) => newKernel(artefact));
    check(
      fc.property(utf8ish(60), fc.nat({ max: 70 }), (bytes, offset) => {
        const values = kernels.map((each, i) => scanAt(each, bytes, offset + i, i).report.checksum);
        expect(new Set(values).size).toBe(1);
      }),
    );
  });

  it("differs when any single bit is flipped", () => {
    for (const length of [1, 15, 16, 17, 63, 64, 65, 200]) {
      const bytes = encoder.encode("the quick brown fox jumps over the lazy dog\n".repeat(5).slice(0, length));
      const intact = checksum(bytes);
      const missed: number[] = [];
      for (let bit = 0; bit < length * 8; bit++) {
        bytes[bit >> 3]! ^= 1 << (bit & 7);
        if (checksum(bytes) === intact) missed.push(bit);
        bytes[bit >> 3]! ^= 1 << (bit & 7);
      }
      expect(missed, `${length} bytes`).toEqual([]);
    }
  });

  it("differs when a bit is flipped anywhere in long text", () => {
    const bytes = encoder.encode("0123456789abcdef".repeat(70_000));
    const intact = checksum(bytes);
    const next = random(2);
    for (let i = 0; i < 60; i++) {
      // The highest bits, whose weight is the first to fall out of 32 bits.
      const at = Math.floor(next() * (bytes.length / 4)) * 4 + 3;
      bytes[at]! ^= 1 << (7 - (i & 3));
      expect(checksum(bytes)).not.toBe(intact);
      bytes[at]! ^= 1 << (7 - (i & 3));
    }
  });

  it("differs when two vectors of 16 bytes are swapped", () => {
    check(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 320 }),
        fc.nat({ max: 19 }),
        fc.nat({ max: 19 }),
        (bytes, a, b) => {
          const vectors = bytes.length >> 4;
          const [first, second] = [(a % vectors) * 16, (b % vectors) * 16];
          const swapped = bytes.slice();
          swapped.set(bytes.subarray(first, first + 16), second);
          swapped.set(bytes.subarray(second, second + 16), first);
          fc.pre(swapped.some((byte, i) => byte !== bytes[i]));
          expect(checksum(swapped)).not.toBe(checksum(bytes));
        },
      ),
    );
  });

  it("differs where all is zero, and where one byte repeats", () => {
    for (const length of [16, 64, 1024, 4096]) {
      const values = [0, 10, 0x20, 0x61, 0x62, 0xff].map((byte) => checksum(new Uint8Array(length).fill(byte)));
      expect(new Set(values).size, `${length} bytes`).toBe(values.length);
    }
  });

  it("differs by length, also where what is cut off is zeros", () => {
    const lengths = [0, 1, 15, 16, 17, 64, 80];
    expect(new Set(lengths.map((length) => checksum(new Uint8Array(length)))).size).toBe(lengths.length);
  });
});

describe("text at the end of the memory", () => {
  it("is read to its last byte and not beyond", () => {
    const kernel = newKernel("unshared", MIB);
    const { memory } = kernel;
    let room = 0;
    for (let size = MIB; size > 0; size -= 64) {
      try {
        room = memory.allocate(size);
        break;
      } catch {
        // Too large beside what the kernel has for itself.
      }
    }
    expect(room).toBeGreaterThan(0);
    const bytes = memory.bytes - room - 16;
    memory.region(room, bytes).fill(0x61);
    memory.view.setUint8(room + bytes - 1, 10);
    expect(memory.bytes).toBe(MIB);
    const out = thrownBy(() => normaliseText(kernel, room, bytes));
    expect(out).toMatchObject({ code: "memory-limit" });
    expect(kernel.call("tokenizeCount", room, bytes, 0x20)).toBe(1);
  });
});
