import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { abi } from "#kernel";
import { partitionHash } from "../../../src/block/partition-hash.js";
import type { FinishedBlock } from "../../../src/kernel/frame.js";
import type { Kernel } from "../../../src/kernel/kernel.js";
import { SumTable } from "../../../src/kernel/sum-table.js";
import { sumByKey, wordCount } from "../../reference/word-count.js";
import { ARTEFACTS, MIB, newKernel, put, thrownBy } from "../../support/kernel.js";
import { decodePairs } from "../../support/kernel-work.js";
import { check, random } from "../../support/property.js";

const SPACE = 0x20;
const encoder = new TextEncoder();

type Pair = readonly [string, number];

function pairsOf(kernel: Kernel, block: FinishedBlock): Pair[] {
  return [...decodePairs(kernel.memory, block.ptr, block.rows)].flat();
}

function isSealed(kernel: Kernel, block: FinishedBlock): boolean {
  return kernel.call("blockVerify", block.ptr) === 1;
}

/** What the model says that each partition holds, in order. */
function partitioned(model: ReadonlyMap<string, number>, partitions: number): Pair[][] {
  const parts: Pair[][] = Array.from({ length: partitions }, () => []);
  for (const [key, value] of model) parts[partitionHash(key) % partitions]!.push([key, value]);
  return parts;
}

/** Sums of text as the kernel makes them; all memory is given back. */
function sumText(kernel: Kernel, text: string, partitions = 1, value = 1, separator = SPACE): Pair[][] {
  const region = put(kernel, text);
  const table = new SumTable(kernel);
  table.updateText(region.ptr, region.bytes, separator, value);
  const blocks = table.finish(partitions);
  table.free();
  kernel.memory.free(region.ptr);
  const pairs = blocks.map((block) => {
    expect(isSealed(kernel, block)).toBe(true);
    expect(kernel.memory.view.getUint32(block.ptr + abi.BLOCK_BYTES, true)).toBe(block.bytes);
    expect(kernel.memory.view.getUint32(block.ptr + abi.BLOCK_ROWS, true)).toBe(block.rows);
    return pairsOf(kernel, block);
  });
  for (const { ptr } of blocks) kernel.memory.free(ptr);
  return pairs;
}

/** A block of pairs, by one table for each value: text gives all its pieces the same one. */
function blockOf(kernel: Kernel, pairs: readonly Pair[]): FinishedBlock {
  const table = new SumTable(kernel);
  for (const [key, value] of pairs) {
    const region = put(kernel, `${key}\n`);
    table.updateText(region.ptr, region.bytes, 10, value);
    kernel.memory.free(region.ptr);
  }
  const [block] = table.finish(1);
  table.free();
  return block!;
}

const character = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(..."abc") },
  { weight: 1, arbitrary: fc.constantFrom("\0", "é", "水", "🚰", "\ufeff", "\u2028", "\t", "\ufffd") },
);
const word = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: character, maxLength: 3 }) },
  { weight: 2, arbitrary: fc.string({ unit: character, maxLength: 40 }) },
  // Keys that differ in length alone, and around the borders of 8 and 16 bytes.
  { weight: 2, arbitrary: fc.nat({ max: 40 }).map((length) => "x".repeat(length)) },
  { weight: 2, arbitrary: fc.nat({ max: 20 }).map((length) => "\0".repeat(length)) },
  { weight: 1, arbitrary: fc.tuple(fc.nat({ max: 20 }), fc.nat({ max: 5 })).map(([a, b]) => `${"y".repeat(a)}${b}`) },
);
const text = fc
  .array(
    fc.array(word, { minLength: 1, maxLength: 12 }).map((words) => words.join(" ")),
    { maxLength: 12 },
  )
  .map((lines) => lines.map((line) => `${line}\n`).join(""));
const partitionCount = fc.integer({ min: 1, max: 9 });

describe.each(ARTEFACTS)("SumTable (%s)", (artefact) => {
  const kernel = newKernel(artefact);
  const { bytesTaken } = kernel.memory;

  it("is the model: keys, sums, order of first arrival, partitions", () => {
    check(
      fc.property(text, partitionCount, (content, partitions) => {
        const model = wordCount(encoder.encode(content), " ", 1);
        expect(sumText(kernel, content, partitions)).toEqual(partitioned(model, partitions));
      }),
      { numRuns: 300 },
    );
    expect(kernel.memory.bytesTaken).toBe(bytesTaken);
  });

  it("cuts at any separator, a line end among them", () => {
    check(
      fc.property(text, fc.constantFrom("\n", " ", "a", "\0", "\t", "~"), (content, separator) => {
        const model = wordCount(encoder.encode(content), separator, 1);
        expect(sumText(kernel, content, 1, 1, separator.charCodeAt(0))).toEqual([[...model]]);
        const region = put(kernel, content);
        const pieces = [...model.values()].reduce((sum, count) => sum + count, 0);
        expect(kernel.call("tokenizeCount", region.ptr, region.bytes, separator.charCodeAt(0))).toBe(pieces);
        kernel.memory.free(region.ptr);
      }),
    );
    expect(kernel.memory.bytesTaken).toBe(bytesTaken);
  });

  it("adds values as JavaScript does, bit for bit", () => {
    const value = fc.oneof(
      fc.constantFrom(-0, 0, 0.1, 0.2, 1, -1, Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_VALUE, 5e-324, 2 ** 53),
      fc.double(),
    );
    check(
      fc.property(fc.array(fc.tuple(fc.constantFrom("a", "b", "a key of more than sixteen"), value)), (pairs) => {
        const block = blockOf(kernel, pairs);
        const sums = pairsOf(kernel, block);
        const model = [...sumByKey(pairs)];
        expect(sums.map(([key]) => key)).toEqual(model.map(([key]) => key));
        sums.forEach(([, sum], i) => {
          expect(Object.is(sum, model[i]![1])).toBe(true);
        });
        kernel.memory.free(block.ptr);
      }),
    );
    expect(kernel.memory.bytesTaken).toBe(bytesTaken);
  });

  it("makes of merged parts what it makes of the whole", () => {
    check(
      fc.property(fc.array(text, { maxLength: 5 }), partitionCount, (texts, partitions) => {
        const whole = sumText(kernel, texts.join(""), partitions);
        const merged = new SumTable(kernel);
        for (const part of texts) {
          const table = new SumTable(kernel);
          const region = put(kernel, part);
          table.updateText(region.ptr, region.bytes, SPACE, 1);
          const [block] = table.finish(1);
          merged.merge(block!.ptr, block!.rows);
          table.free();
          kernel.memory.free(block!.ptr);
          kernel.memory.free(region.ptr);
        }
        const blocks = merged.finish(partitions);
        merged.free();
        expect(blocks.map((block) => pairsOf(kernel, block))).toEqual(whole);
        for (const { ptr } of blocks) kernel.memory.free(ptr);
      }),
    );
    expect(kernel.memory.bytesTaken).toBe(bytesTaken);
  });

  it("makes of text in pieces what it makes of the whole, wherever the pieces lie", () => {
    check(
      fc.property(text, fc.nat({ max: 15 }), (content, offset) => {
        const table = new SumTable(kernel);
        for (const line of content.split("\n").slice(0, -1)) {
          const bytes = encoder.encode(`${line}\n`);
          const room = kernel.memory.allocate(offset + bytes.length);
          kernel.memory.copyIn(room + offset, bytes);
          table.updateText(room + offset, bytes.length, SPACE, 1);
          kernel.memory.free(room);
        }
        const [block] = table.finish(1);
        expect(pairsOf(kernel, block!)).toEqual([...wordCount(encoder.encode(content), " ", 1)]);
        table.free();
        kernel.memory.free(block!.ptr);
      }),
      { numRuns: 50 },
    );
    expect(kernel.memory.bytesTaken).toBe(bytesTaken);
  });

  it("is empty without text, and its blocks are sealed all the same", () => {
    expect(sumText(kernel, "", 3)).toEqual([[], [], []]);
    expect(sumText(kernel, "\n", 1)).toEqual([[["", 1]]]);
    expect(sumText(kernel, "\n\n  \n", 1)).toEqual([[["", 5]]]);
    expect(kernel.memory.bytesTaken).toBe(bytesTaken);
  });

  it("can be finished twice, and goes on in between", () => {
    const table = new SumTable(kernel);
    const region = put(kernel, "a b a\n");
    table.updateText(region.ptr, region.bytes, SPACE, 1);
    const [first] = table.finish(1);
    table.updateText(region.ptr, region.bytes, SPACE, 1);
    const [second] = table.finish(1);
    expect(pairsOf(kernel, first!)).toEqual([
      ["a", 2],
      ["b", 1],
    ]);
    expect(pairsOf(kernel, second!)).toEqual([
      ["a", 4],
      ["b", 2],
    ]);
    expect(table.count).toBe(2);
    table.free();
    for (const ptr of [first!.ptr, second!.ptr, region.ptr]) kernel.memory.free(ptr);
    expect(kernel.memory.bytesTaken).toBe(bytesTaken);
  });
});

describe("growth", () => {
  const kernel = newKernel();
  const { bytesTaken } = kernel.memory;

  it.each([16, 511, 512, 513, 2046, 2047, 2048, 4096, 50_000, 200_000])("holds %i keys", (count) => {
    // Not rising numbers alone: words of 1 to 20 bytes, each met twice, in an order that is not that of arrival.
    const keys = Array.from({ length: count }, (_, i) => `${(i * 7919) % count}${"k".repeat(i % 15)}`);
    const content = [keys.join(" "), keys.toReversed().join(" "), ""].join("\n");
    const [pairs] = sumText(kernel, content);
    const model = [...wordCount(encoder.encode(content), " ", 1)];
    expect(pairs!.length).toBe(model.length);
    expect(pairs!.every(([key, value], i) => key === model[i]![0] && value === model[i]![1])).toBe(true);
    expect(kernel.memory.bytesTaken).toBe(bytesTaken);
  });

  it("holds as many partitions as there may be", () => {
    const content = `${Array.from({ length: 500 }, (_, i) => `key ${i}`).join("\n")}\n`;
    const partitions = 65_535;
    const parts = sumText(kernel, content, partitions, 1, 10);
    const model = partitioned(wordCount(encoder.encode(content), "\n", 1), partitions);
    const filled = (all: Pair[][]) => all.map((part, i) => [i, part] as const).filter(([, part]) => part.length > 0);
    expect(filled(parts)).toEqual(filled(model));
    expect(kernel.memory.bytesTaken).toBe(bytesTaken);
    expect(thrownBy(() => sumText(newKernel(), "a\n", partitions + 1))).toMatchObject({ code: "bad-size" });
  });

  it("gives long keys segments, and a segment of its own to one that is longer", () => {
    const next = random(3);
    const lengths = [17, 24, 65_535, 65_536, 65_537, 200_000, 18, 70_000, 40_000, 40_000, 30];
    const keys = lengths.map((length, i) => {
      const start = `${i}${String.fromCharCode(97 + Math.floor(next() * 26))}`;
      return start.padEnd(length, "long");
    });
    const content = `${[...keys, ...keys].join(" ")}\n`;
    expect(sumText(kernel, content, 4)).toEqual(partitioned(wordCount(encoder.encode(content), " ", 1), 4));
    expect(kernel.memory.bytesTaken).toBe(bytesTaken);
  });

  it("tells long keys apart that have the same first, middle or last bytes", () => {
    const base = "0123456789abcdef0123456789";
    const keys = Array.from(base, (_, i) => `${base.slice(0, i)}#${base.slice(i + 1)}`);
    const content = `${[base, ...keys, ...keys, base].join(" ")}\n`;
    const [pairs] = sumText(kernel, content);
    expect(pairs).toEqual([base, ...keys].map((key) => [key, 2]));
  });

  it("starts with room for the keys that are expected", () => {
    for (const keysExpected of [0, 1, 511, 512, 513, 100_000]) {
      const table = new SumTable(kernel, keysExpected);
      const content = `${Array.from({ length: keysExpected }, (_, i) => i).join(" ")}\n`;
      const region = put(kernel, content);
      table.updateText(region.ptr, region.bytes, SPACE, 1);
      expect(table.count).toBe(Math.max(1, keysExpected));
      table.free();
      kernel.memory.free(region.ptr);
      expect(kernel.memory.bytesTaken).toBe(bytesTaken);
    }
  });

  it("copes with keys that are made to collide in any fixed hash", () => {
    // Words that differ in one byte each, in the high bytes of both halves, and in zeros at the end.
    const keys: string[] = [];
    for (let length = 1; length <= 16; length++) {
      for (let i = 33; i < 127; i++) keys.push("\0".repeat(length - 1) + String.fromCharCode(i));
      keys.push("\0".repeat(length));
    }
    const content = `${keys.join(" ")}\n`;
    const [pairs] = sumText(kernel, content);
    expect(pairs).toEqual([...wordCount(encoder.encode(content), " ", 1)]);
  });
});

describe("room", () => {
  it("that ends with the memory is enough for text to its last byte", () => {
    const small = newKernel("unshared", MIB);
    const { memory } = small;
    const table = new SumTable(small);
    const first = put(small, "a b\n");
    table.updateText(first.ptr, first.bytes, SPACE, 1);
    // The largest region that there can still be ends where the memory ends, but for what may be read behind text.
    let last = 0;
    let size = MIB;
    while (last === 0) {
      try {
        last = memory.allocate(size - abi.READ_AHEAD);
      } catch {
        size -= abi.ALIGNMENT;
      }
    }
    expect(last + size).toBe(memory.bytes);
    expect(memory.bytes).toBe(MIB);
    for (const bytes of [1, 15, 16, 17, 48]) {
      const at = last + size - abi.READ_AHEAD - bytes;
      const text = `${"a b ".repeat(bytes)}`.slice(0, bytes - 1);
      memory.region(at, bytes).set(encoder.encode(`${text}\n`));
      table.updateText(at, bytes, SPACE, 1);
      expect(small.call("tokenizeCount", at, bytes, SPACE)).toBe(text.split(" ").length);
    }
    expect(table.count).toBe(3);
  });

  it("that is missing fails the update, leaves nothing behind and lets the next one run", () => {
    const small = newKernel("unshared", MIB);
    const { bytesTaken } = small.memory;
    const region = put(small, `${Array.from({ length: 20_000 }, (_, i) => i).join(" ")}\n`);
    const table = new SumTable(small);
    expect(thrownBy(() => table.updateText(region.ptr, region.bytes, SPACE, 1))).toMatchObject({
      code: "memory-limit",
    });
    table.free();
    small.memory.free(region.ptr);
    expect(small.memory.bytesTaken).toBe(bytesTaken);
    expect(sumText(small, "a b a\n")).toEqual([
      [
        ["a", 2],
        ["b", 1],
      ],
    ]);
  });

  it("that is missing for the blocks gives back those already made", () => {
    const small = newKernel("unshared", MIB);
    const table = new SumTable(small);
    const region = put(small, `${Array.from({ length: 5000 }, (_, i) => i).join(" ")}\n`);
    table.updateText(region.ptr, region.bytes, SPACE, 1);
    const { bytesTaken } = small.memory;
    const filler: number[] = [];
    for (let size = 2 ** 19; size >= 2 ** 14; size /= 2) {
      try {
        filler.push(small.memory.allocate(size));
      } catch {
        // As much as there is.
      }
    }
    expect(thrownBy(() => table.finish(20))).toMatchObject({ code: "memory-limit" });
    for (const ptr of filler) small.memory.free(ptr);
    const blocks = table.finish(20);
    expect(blocks.reduce((sum, { rows }) => sum + rows, 0)).toBe(5000);
    for (const { ptr } of blocks) small.memory.free(ptr);
    table.free();
    small.memory.free(region.ptr);
    expect(small.memory.bytesTaken).toBeLessThan(bytesTaken);
  });

  it("that is missing for the first slots leaves no header behind", () => {
    const small = newKernel("unshared", MIB);
    const { memory } = small;
    const before = memory.bytesTaken;
    const regions: number[] = [];
    for (let size = MIB; size >= 256; ) {
      try {
        regions.push(memory.allocate(size));
      } catch {
        size /= 2;
      }
    }
    // Room for a header, none for slots.
    memory.free(regions.pop()!);
    const { bytesTaken } = memory;
    expect(thrownBy(() => new SumTable(small))).toMatchObject({ code: "memory-limit" });
    expect(memory.bytesTaken).toBe(bytesTaken);
    for (const ptr of regions) memory.free(ptr);
    expect(memory.bytesTaken).toBe(before);
  });
});

describe("what is no table or block", () => {
  const kernel = newKernel();
  const zeros = kernel.memory.allocate(256);
  kernel.memory.region(zeros, 256).fill(0);

  it.each([
    ["sumUpdateText", [zeros, zeros, 1, SPACE, 1]],
    ["sumMerge", [zeros, zeros, 0]],
    ["groupPartition", [zeros]],
    ["groupMeasure", [zeros]],
    ["groupFrames", [zeros]],
    ["tableAddEntries", [zeros, zeros, 65_536]],
    ["tableAddBytes", [zeros, zeros, 65_536]],
    ["tableRehash", [zeros, zeros, 10]],
  ] as const)("is refused by %s", (name, args) => {
    const call = kernel.call.bind(kernel) as (name: string, ...args: number[]) => number;
    expect(thrownBy(() => call(name, ...args))).toMatchObject({ code: "bad-header", details: { function: name } });
  });

  it.each([
    ["textScan", [zeros, zeros, -1, 0]],
    ["textScan", [zeros, zeros, 15, 16]],
    ["textScanMore", [zeros, zeros, -16]],
    ["textScanMore", [zeros, zeros, 15]],
    ["textNormalise", [zeros, -1, zeros]],
    ["tokenizeCount", [zeros, -1, SPACE]],
  ] as const)("of a size below zero is refused by %s", (name, args) => {
    const call = kernel.call.bind(kernel) as (name: string, ...args: number[]) => number;
    expect(thrownBy(() => call(name, ...args))).toMatchObject({ code: "bad-size" });
  });

  it("has a size that is refused where it is over 2 GiB", () => {
    const finish = kernel.memory.allocate(256);
    const frameBytes = (rows: number, textBytes: number) => {
      const words = new Map([
        [abi.FINISH_COLUMNS, 2],
        [abi.FINISH_KINDS, finish + 64],
        [abi.FINISH_SIZES, finish + 128],
        [64, abi.COLUMN_UTF8],
        [68, abi.COLUMN_F64],
        [128, rows],
        [132, textBytes],
        [136, 0],
      ]);
      for (const [offset, word] of words) kernel.memory.view.setUint32(finish + offset, word, true);
      return kernel.call("groupFrameBytes", finish, 0);
    };
    expect(thrownBy(() => frameBytes(2 ** 28, 0))).toMatchObject({ code: "bad-size" });
    expect(thrownBy(() => frameBytes(0, 2 ** 31 - 1))).toMatchObject({ code: "bad-size" });
    expect(frameBytes(0, 0)).toBe(64 + 64 + 64 + 64 + 0);
  });
});
