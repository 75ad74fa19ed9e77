import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TextBlock } from "../../../src/block/block.js";
import { decodeLines } from "../../../src/block/decode.js";
import { LineBuffer } from "../../../src/receiver/line-buffer.js";
import { firstLongLine, lineEndIn, SAMPLE_BYTES_MAX } from "../../../src/receiver/line-limit.js";
import { utf8ish } from "../../support/bytes.js";
import { MIB, newThreads } from "../../support/kernel.js";
import { check } from "../../support/property.js";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The lines of text as bytes, not decoded. */
function rawLines(bytes: Uint8Array): Uint8Array[] {
  const lines = Buffer.from(bytes)
    .toString("latin1")
    .split(/\r\n|\n|\r/);
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line) => new Uint8Array(Buffer.from(line, "latin1")));
}

/** A text, cut behind each unit whose bit is set. */
function piecesOf(text: string, cuts: number): string[] {
  const borders = Array.from(text, (_, i) => i + 1).filter((end) => end === text.length || cuts & (1 << (end - 1)));
  return borders.map((end, i) => text.slice(borders[i - 1] ?? 0, end));
}

describe("firstLongLine", () => {
  it("finds the first line over the limit, as looking at every line does", () => {
    check(
      fc.property(utf8ish(30), fc.nat({ max: 8 }), fc.integer({ min: 1, max: 12 }), (bytes, bytesOpen, max) => {
        const open = Math.min(bytesOpen, max);
        let expected = -1;
        let begin = 0;
        let length = open;
        for (let i = 0; i <= bytes.length && expected < 0; i++) {
          if (length > max) expected = begin;
          if (bytes[i] === 10 || bytes[i] === 13) {
            begin = i + 1;
            length = 0;
          } else length += 1;
        }
        expect(firstLongLine(bytes, open, max)).toBe(expected);
      }),
    );
  });

  it("finds either line end", () => {
    check(
      fc.property(utf8ish(10), (bytes) => {
        expect(lineEndIn(bytes)).toBe(bytes.findIndex((byte) => byte === 10 || byte === 13));
      }),
    );
  });
});

describe("LineBuffer with a limit", () => {
  const threads = newThreads();

  it("sets aside exactly the lines that are too long, however the bytes are cut", () => {
    check(
      fc.property(
        utf8ish(60),
        fc.array(fc.nat({ max: 400 }), { maxLength: 30 }),
        fc.integer({ min: 1, max: 12 }),
        fc.boolean(),
        (bytes, cuts, max, seals) => {
          const buffer = new LineBuffer(threads, max);
          const blocks: TextBlock[] = [];
          const borders = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
          for (let i = 1; i < borders.length; i++) {
            buffer.append(bytes.slice(borders[i - 1], borders[i]));
            if (seals) blocks.push(...buffer.seal());
          }
          buffer.endLine();
          blocks.push(...buffer.seal());
          const lines = blocks.flatMap((block) => [...decodeLines(threads.kernel.memory, block.ptr, block.bytes)]);
          const all = rawLines(bytes);
          const kept = all.filter((line) => line.length <= max).map((line) => decoder.decode(line));
          expect(lines.flat()).toEqual(kept);
          const long = all.filter((line) => line.length > max);
          const rejected = buffer.rejects.take();
          expect(rejected?.count ?? 0).toBe(long.length);
          if (rejected) {
            const { sample } = rejected;
            expect(sample.length).toBeGreaterThan(max);
            expect([...sample]).toEqual([...long[0]!.subarray(0, sample.length)]);
          }
          expect(buffer.rejects.take()).toBeUndefined();
          threads.free(blocks);
          buffer.free();
        },
      ),
      { numRuns: 500 },
    );
  });

  it("is right for every short text of letters and line ends, wherever it is cut", () => {
    const encoder = new TextEncoder();
    for (let length = 1; length <= 6; length++) {
      for (let code = 0; code < 3 ** length; code++) {
        const text = Array.from({ length }, (_, i) => "a\r\n"[Math.floor(code / 3 ** i) % 3]).join("");
        const kept = rawLines(encoder.encode(text)).filter((line) => line.length <= 1);
        for (let cuts = 0; cuts < 2 ** (length - 1); cuts++) {
          const buffer = new LineBuffer(threads, 1);
          for (const piece of piecesOf(text, cuts)) buffer.append(encoder.encode(piece));
          buffer.endLine();
          const blocks = buffer.seal();
          const lines = blocks.flatMap(({ ptr, bytes }) => [...decodeLines(threads.kernel.memory, ptr, bytes)].flat());
          if (lines.join() !== kept.map((line) => decoder.decode(line)).join() || lines.length !== kept.length) {
            expect.fail(`${JSON.stringify(piecesOf(text, cuts))} is read as ${JSON.stringify(lines)}`);
          }
          threads.free(blocks);
          buffer.free();
        }
      }
    }
  });

  it("keeps its memory bounded while a line goes on, and the next line is intact", () => {
    const buffer = new LineBuffer(threads, 4096);
    const before = threads.kernel.memory.bytesTaken;
    const portion = new Uint8Array(64 * 1024).fill(0x61);
    for (let i = 0; i < 1600; i++) buffer.append(portion);
    expect(threads.kernel.memory.bytesTaken - before).toBeLessThan(MIB);
    buffer.append(new TextEncoder().encode("\r\nnext\n"));
    const [block] = buffer.seal();
    expect([...decodeLines(threads.kernel.memory, block!.ptr, block!.bytes)].flat()).toEqual(["next"]);
    const rejected = buffer.rejects.take();
    expect(rejected).toMatchObject({ count: 1, reason: "longer than lineBytesMax, 4096 bytes" });
    expect(rejected!.sample).toEqual(new Uint8Array(SAMPLE_BYTES_MAX).fill(0x61));
    threads.free([block!]);
    buffer.free();
  });
});
