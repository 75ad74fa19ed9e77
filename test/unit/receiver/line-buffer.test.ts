import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type { TextBlock } from "../../../src/block/block.js";
import { decodeLines } from "../../../src/block/decode.js";
import type { Threads } from "../../../src/engine/threads.js";
import { scanText } from "../../../src/kernel/text.js";
import { LineBuffer } from "../../../src/receiver/line-buffer.js";
import { linesOf } from "../../reference/lines.js";
import { utf8ish } from "../../support/bytes.js";
import { MIB, newThreads, thrownBy } from "../../support/kernel.js";
import { check, random } from "../../support/property.js";

const encoder = new TextEncoder();

/** The lines of sealed blocks, whose figures must be right; gives their memory back. */
function linesIn(threads: Threads, blocks: readonly TextBlock[]): string[] {
  const { kernel } = threads;
  const lines = blocks.flatMap((block) => {
    const decoded = [...decodeLines(kernel.memory, block.ptr, block.bytes)].flat();
    expect(block.rows).toBe(decoded.length);
    expect(block.rows).toBeGreaterThan(0);
    expect(scanText(kernel, block.ptr, block.bytes)).toEqual({
      rows: block.rows,
      clean: true,
      checksum: block.checksum,
    });
    return decoded;
  });
  threads.free(blocks);
  return lines;
}

/** Appends the pieces of `bytes` between `cuts`, sealing after those that `seals` names. */
function feed(buffer: LineBuffer, bytes: Uint8Array, cuts: readonly number[], seal: (index: number) => void): void {
  const borders = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (let i = 1; i < borders.length; i++) {
    // One array again and again: what was appended belongs to the caller again.
    const piece = bytes.slice(borders[i - 1], borders[i]);
    buffer.append(piece);
    piece.fill(0xff);
    seal(i);
  }
}

describe.each(["unshared", "shared"] as const)("LineBuffer (%s)", (artefact) => {
  const threads = newThreads(artefact);
  const before = threads.kernel.memory.bytesTaken;

  it("makes the same lines of more bytes than it looks at in one go", () => {
    check(
      fc.property(fc.integer(), fc.constantFrom("\n", "\r", "\r\n"), (seed, end) => {
        const next = random(seed);
        const line = () => `${"é".repeat(Math.floor(next() * 3))}${"x".repeat(Math.floor(next() * 90))}`;
        const lines = Array.from({ length: 14_000 }, line);
        const buffer = new LineBuffer(threads);
        buffer.append(encoder.encode(lines.join(end) + end));
        expect(linesIn(threads, buffer.seal())).toEqual(lines);
        buffer.free();
      }),
      { numRuns: 6 },
    );
  });

  it("makes the same lines of any bytes, however they are cut and whenever they are sealed", () => {
    check(
      fc.property(
        utf8ish(60),
        fc.array(fc.nat({ max: 400 }), { maxLength: 30 }),
        fc.array(fc.boolean(), { minLength: 32, maxLength: 32 }),
        (bytes, cuts, seals) => {
          const buffer = new LineBuffer(threads);
          const blocks: TextBlock[] = [];
          feed(buffer, bytes, cuts, (i) => {
            if (seals[i % 32]) blocks.push(...buffer.seal());
          });
          buffer.endLine();
          blocks.push(...buffer.seal());
          expect(buffer.bytesOpen).toBe(0);
          expect(linesIn(threads, blocks)).toEqual(linesOf(bytes));
          buffer.free();
          expect(threads.kernel.memory.bytesTaken).toBe(before);
          expect(threads.blocks.size).toBe(0);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("makes the same lines of every byte on its own", () => {
    check(
      fc.property(utf8ish(12), fc.boolean(), (bytes, seals) => {
        const buffer = new LineBuffer(threads);
        const blocks: TextBlock[] = [];
        for (const byte of bytes) {
          buffer.append(Uint8Array.of(byte));
          buffer.append(new Uint8Array(0));
          if (seals) blocks.push(...buffer.seal());
        }
        buffer.endLine();
        blocks.push(...buffer.seal());
        expect(linesIn(threads, blocks)).toEqual(linesOf(bytes));
        buffer.free();
      }),
    );
    expect(threads.kernel.memory.bytesTaken).toBe(before);
  });

  it("keeps lines longer than a chunk, than its first room, and than 8 MiB", () => {
    const next = random(4);
    const long = encoder.encode(`${"水é🚰-".repeat(900_000)}\n`);
    expect(long.length).toBeGreaterThan(8 * MIB);
    const bytes = Uint8Array.from(
      Buffer.concat([
        encoder.encode("first\r\n"),
        encoder.encode("x".repeat(100_000)),
        Buffer.from("\r"),
        long,
        Buffer.from("last"),
      ]),
    );
    const buffer = new LineBuffer(threads);
    for (let at = 0; at < bytes.length; ) {
      const size = 1 + Math.floor(next() * 200_000);
      buffer.append(bytes.subarray(at, at + size));
      at += size;
    }
    buffer.endLine();
    const blocks = buffer.seal();
    expect(linesIn(threads, blocks)).toEqual(linesOf(bytes));
    buffer.free();
    expect(threads.kernel.memory.bytesTaken).toBe(before);
  });

  it("seals what is more than 8 MiB by itself, in order", () => {
    const lines = Array.from(
      { length: 300_000 },
      (_, i) => `line ${i}, of about 60 bytes, with something behind it to fill it`,
    );
    const bytes = encoder.encode(`${lines.join("\n")}\n`);
    expect(bytes.length).toBeGreaterThan(16 * MIB);
    const buffer = new LineBuffer(threads);
    for (let at = 0; at < bytes.length; at += 65_000) buffer.append(bytes.subarray(at, at + 65_000));
    const blocks = buffer.seal();
    expect(blocks.length).toBeGreaterThan(1);
    for (const { bytes: blockBytes } of blocks) expect(blockBytes).toBeLessThanOrEqual(8 * MIB);
    const decoded = linesIn(threads, blocks);
    expect(decoded.length).toBe(lines.length);
    expect(decoded.every((line, i) => line === lines[i])).toBe(true);
    buffer.free();
    expect(threads.kernel.memory.bytesTaken).toBe(before);
  });
});

describe("LineBuffer", () => {
  const threads = newThreads();
  const open = threads.kernel.memory.bytesTaken;
  const sealedLines = (buffer: LineBuffer) => linesIn(threads, buffer.seal());
  const text = (content: string) => encoder.encode(content);

  it("ends a line at once at \\r, and drops the \\n that comes next", () => {
    const buffer = new LineBuffer(threads);
    buffer.append(text("a\r"));
    expect(sealedLines(buffer)).toEqual(["a"]);
    buffer.append(text("\n"));
    expect(buffer.bytesOpen).toBe(0);
    expect(sealedLines(buffer)).toEqual([]);
    buffer.append(text("\nb\r"));
    buffer.append(text("\r"));
    buffer.append(text("\n\n"));
    expect(sealedLines(buffer)).toEqual(["", "b", "", ""]);
    buffer.free();
    expect(threads.kernel.memory.bytesTaken).toBe(open);
  });

  it("takes \\n for a line of its own after endLine: it belongs to another connection", () => {
    const buffer = new LineBuffer(threads);
    buffer.append(text("a\r"));
    buffer.endLine();
    buffer.append(text("\nb"));
    buffer.endLine();
    buffer.endLine();
    expect(sealedLines(buffer)).toEqual(["a", "", "b"]);
    buffer.free();
  });

  it("keeps an unfinished line over seals, and counts it as open", () => {
    const buffer = new LineBuffer(threads);
    buffer.append(text("a\nbc"));
    expect(buffer.bytesOpen).toBe(4);
    expect(sealedLines(buffer)).toEqual(["a"]);
    expect(buffer.bytesOpen).toBe(2);
    expect(sealedLines(buffer)).toEqual([]);
    buffer.append(text("d"));
    expect(buffer.bytesOpen).toBe(3);
    buffer.append(text("\n"));
    expect(sealedLines(buffer)).toEqual(["bcd"]);
    buffer.free();
    expect(threads.kernel.memory.bytesTaken).toBe(open);
  });

  it("does not make a character of what two lines have of it", () => {
    const buffer = new LineBuffer(threads);
    buffer.append(Uint8Array.of(0xc3, 10, 0xa9, 10));
    expect(sealedLines(buffer)).toEqual(["\ufffd", "\ufffd"]);
    buffer.append(Uint8Array.of(0xc3));
    buffer.endLine();
    buffer.append(Uint8Array.of(0xa9, 10));
    expect(sealedLines(buffer)).toEqual(["\ufffd", "\ufffd"]);
    buffer.free();
  });

  it("gives back what was sealed and not handed out, and what is open", () => {
    const buffer = new LineBuffer(threads);
    const big = text(`${"x".repeat(99)}\n`.repeat(90_000));
    buffer.append(big);
    buffer.append(big);
    buffer.append(text("open"));
    buffer.free();
    expect(threads.kernel.memory.bytesTaken).toBe(open);
    expect(threads.blocks.size).toBe(0);
  });

  it("moves a line that grows no more often than its size doubles", () => {
    const buffer = new LineBuffer(threads);
    const allocate = vi.spyOn(threads.kernel.memory, "allocate");
    const chunk = new Uint8Array(4096).fill(0x61);
    for (let bytes = 0; bytes < 20 * MIB; bytes += chunk.length) buffer.append(chunk);
    expect(allocate.mock.calls.length).toBeLessThan(20);
    allocate.mockRestore();
    buffer.free();
    expect(threads.kernel.memory.bytesTaken).toBe(open);
  });
});

describe("LineBuffer without room", () => {
  it("fails to append, keeps what it has, and goes on", () => {
    const threads = newThreads("unshared", MIB);
    const buffer = new LineBuffer(threads);
    buffer.append(encoder.encode("a\nb"));
    expect(thrownBy(() => buffer.append(new Uint8Array(2 * MIB)))).toMatchObject({ code: "memory-limit" });
    buffer.append(encoder.encode("c\n"));
    expect(linesIn(threads, buffer.seal())).toEqual(["a", "bc"]);
    buffer.free();
  });

  it("still drops the \\n of a \\r\\n when the bytes that begin with it come again", () => {
    const threads = newThreads("unshared", MIB);
    const buffer = new LineBuffer(threads);
    buffer.append(encoder.encode("a\r"));
    const filler = threads.kernel.memory.allocate(MIB - 65_536 - threads.kernel.memory.bytesTaken - 100_000);
    const rest = encoder.encode(`\nb${"c".repeat(200_000)}\n`);
    expect(thrownBy(() => buffer.append(rest))).toMatchObject({ code: "memory-limit" });
    threads.kernel.memory.free(filler);
    buffer.append(rest);
    expect(linesIn(threads, buffer.seal())).toEqual(["a", `b${"c".repeat(200_000)}`]);
    buffer.free();
  });

  it("for the text to be rewritten loses whole lines, keeps the unfinished one, leaves nothing behind", () => {
    const threads = newThreads("unshared", MIB);
    const { memory } = threads.kernel;
    const before = memory.bytesTaken;
    const buffer = new LineBuffer(threads);
    const line = `${"é".repeat(99)}\r`;
    buffer.append(encoder.encode(`${line.repeat(3000)}open`));
    const { bytesTaken } = memory;
    expect(thrownBy(() => buffer.seal())).toMatchObject({ code: "memory-limit" });
    expect(memory.bytesTaken).toBe(bytesTaken);
    expect(buffer.bytesOpen).toBe(4);
    buffer.append(encoder.encode(" line\nnext"));
    expect(linesIn(threads, buffer.seal())).toEqual(["open line"]);
    buffer.free();
    expect(memory.bytesTaken).toBe(before);
    expect(threads.blocks.size).toBe(0);
  });

  it("for the unfinished line loses whole lines, keeps that one, leaves nothing behind", () => {
    for (const end of ["\n", "\r"]) {
      const threads = newThreads("unshared", MIB);
      const { memory } = threads.kernel;
      const before = memory.bytesTaken;
      const buffer = new LineBuffer(threads);
      buffer.append(encoder.encode(`${"x".repeat(99)}${end}`.repeat(1000)));
      buffer.append(encoder.encode("y".repeat(150_000)));
      const filler: number[] = [];
      // Leaves room for the lines to be rewritten, not for twice the unfinished one.
      const room = memory.allocate(110_000);
      for (let size = MIB; size > 64; ) {
        try {
          filler.push(memory.allocate(size));
        } catch {
          size /= 2;
        }
      }
      memory.free(room);
      const { bytesTaken } = memory;
      expect(thrownBy(() => buffer.seal())).toMatchObject({ code: "memory-limit" });
      expect(memory.bytesTaken).toBe(bytesTaken);
      for (const ptr of filler) memory.free(ptr);
      buffer.endLine();
      const lines = linesIn(threads, buffer.seal());
      expect(lines).toEqual(["y".repeat(150_000)]);
      buffer.free();
      expect(memory.bytesTaken).toBe(before);
    }
  });
});
