import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { crc32c } from "../../../src/block/crc32c.js";
import { objectFilePieces, readObjectFile } from "../../../src/block/object-file.js";
import { PlanError, SourceError } from "../../../src/errors.js";
import { differenceOf } from "../../support/same-value.js";

/** One of each kind of value. The golden file was written once, by version 1 of the format, and is never written again. */
const GOLDEN_ROWS: readonly unknown[] = [
  ["word", 1],
  ["größe", -1.5],
  { id: 1, tags: ["a", "b"], nested: { x: -0, none: null, absent: undefined } },
  [
    0,
    23,
    24,
    255,
    256,
    65_535,
    65_536,
    2 ** 32,
    2 ** 53 - 1,
    2 ** 53,
    -1,
    -(2 ** 40),
    Number.NaN,
    Number.NEGATIVE_INFINITY,
  ],
  [10n ** 30n, -(10n ** 30n), 0n, true, false],
  ["", "\ud800", "\ud83d\ude00", "a long text, of more than forty-eight units, which takes another way"],
  [new Date(0), new Date(1_700_000_000_123), new Date(Number.NaN)],
  new Map<unknown, unknown>([["k", new Set([1, "1"])]]),
  [
    Uint8Array.of(1),
    Int8Array.of(-1),
    Uint16Array.of(258),
    Int16Array.of(-2),
    Uint32Array.of(65_538),
    Int32Array.of(-3),
  ],
  [
    Float32Array.of(1.5),
    Float64Array.of(-1.5),
    BigInt64Array.of(-1n),
    BigUint64Array.of(1n),
    Uint8ClampedArray.of(255),
  ],
  [Uint8Array.of(1, 2).buffer, new DataView(Uint8Array.of(3).buffer)],
  JSON.parse('{"__proto__": 1, "10": 2}'),
];

const written = (batches: Iterable<readonly unknown[]>) => Buffer.concat([...objectFilePieces(batches)]);

async function read(bytes: Uint8Array, pieceBytes = bytes.length || 1, name?: string): Promise<unknown[][]> {
  const chunks: unknown[][] = [];
  for await (const rows of readObjectFile(cut(bytes, pieceBytes), name)) chunks.push(rows);
  return chunks;
}

async function* cut(bytes: Uint8Array, pieceBytes: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

async function errorOf(bytes: Uint8Array): Promise<SourceError> {
  const error: unknown = await read(bytes, 1000, "/data/part-00000").catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(SourceError);
  return error as SourceError;
}

describe("object files", () => {
  it("have the bytes that version 1 had, and are read", async () => {
    const golden = readFileSync("test/golden/object-file-1.bin");
    expect(Buffer.compare(written([GOLDEN_ROWS.slice(0, 6), [], GOLDEN_ROWS.slice(6)]), golden)).toBe(0);
    const chunks = await read(golden);
    expect(chunks.map((rows) => rows.length)).toEqual([6, 6]);
    expect(differenceOf(chunks.flat(), GOLDEN_ROWS)).toBeUndefined();
  });

  it("without rows are a header and an end mark", async () => {
    expect(written([]).length).toBe(32);
    expect(Buffer.compare(written([[], []]), written([]))).toBe(0);
    expect(await read(written([]))).toEqual([]);
  });

  it("are read however they are cut into pieces", async () => {
    const bytes = written([GOLDEN_ROWS, GOLDEN_ROWS]);
    for (const pieceBytes of [1, 2, 3, 7, 16, 100, bytes.length]) {
      expect(differenceOf((await read(bytes, pieceBytes)).flat(), [...GOLDEN_ROWS, ...GOLDEN_ROWS])).toBeUndefined();
    }
  });

  it("of many rows have several chunks, given out one by one", async () => {
    const rows = Array.from({ length: 200_000 }, (_, index) => [`word ${index}`, index]);
    const chunks = await read(written([rows]), 65_536);
    expect(chunks.length).toBeGreaterThan(1);
    expect(differenceOf(chunks.flat(), rows)).toBeUndefined();
  });

  it("refuse rows that have no bytes", () => {
    expect(() => written([[1, Symbol("s")]])).toThrow(PlanError);
  });

  it("stop asking for pieces when the reader stops", async () => {
    let ended = false;
    async function* pieces() {
      try {
        yield* cut(written([[1], [2], [3]]), 1);
      } finally {
        ended = true;
      }
    }
    for await (const rows of readObjectFile(pieces())) {
      expect(rows).toEqual([1]);
      break;
    }
    expect(ended).toBe(true);
  });

  it("pass on the error of the pieces", async () => {
    async function* pieces() {
      yield written([[1]]).subarray(0, 20);
      throw new Error("disk");
    }
    await expect(readObjectFile(pieces()).next()).rejects.toThrow("disk");
  });
});

describe("what is wrong with a file", () => {
  const bytes = written([GOLDEN_ROWS.slice(0, 6), GOLDEN_ROWS.slice(6)]);

  it("cut short anywhere is found", async () => {
    for (let length = 0; length < bytes.length; length++) {
      expect((await errorOf(bytes.subarray(0, length))).code).toBe(length < 8 ? "not-an-object-file" : "damaged-file");
    }
  });

  it("with any one bit flipped is found", async () => {
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Uint8Array.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect((await errorOf(changed)).code).toBe(bit < 64 ? "not-an-object-file" : "damaged-file");
    }
  });

  it("with more behind its end is found", async () => {
    expect((await errorOf(Uint8Array.of(...bytes, 0))).message).toContain("there are bytes after its end mark");
  });

  it("without one of its chunks is found", async () => {
    const [one, both] = [written([[1], [2]]), written([[1]])];
    const headerAndChunk = both.subarray(0, both.length - 16);
    const error = await errorOf(Uint8Array.of(...headerAndChunk, ...one.subarray(one.length - 16)));
    expect(error.message).toBe(
      "An object file must be whole and unchanged, but of /data/part-00000 it has 1 rows, its end mark says 2: read an intact copy, or write it again.",
    );
  });

  it("with rows of which nothing can be made is found, although its checksum is right", async () => {
    const head = new Uint8Array(12);
    const view = new DataView(head.buffer);
    const payload = Uint8Array.of(0xff);
    view.setUint32(0, 1, true);
    view.setUint32(4, 1, true);
    view.setUint32(8, crc32c(payload, crc32c(head.subarray(0, 8))), true);
    const error = await errorOf(Uint8Array.of(...bytes.subarray(0, 16), ...head, ...payload));
    expect(error.code).toBe("damaged-file");
    expect(error.cause).toMatchObject({ code: "damaged-rows" });
    // The same rows under a head that counts another number of them.
    payload[0] = 0x80;
    view.setUint32(8, crc32c(payload, crc32c(head.subarray(0, 8))), true);
    expect((await errorOf(Uint8Array.of(...bytes.subarray(0, 16), ...head, ...payload))).message).toContain(
      "0 rows, its head says 1",
    );
  });

  it("of a later version is refused", async () => {
    const later = Uint8Array.from(bytes);
    const view = new DataView(later.buffer);
    view.setUint32(8, 2, true);
    view.setUint32(12, crc32c(later.subarray(0, 12)), true);
    expect(await errorOf(later)).toMatchObject({ code: "object-file-version", details: { version: 2 } });
  });

  it("which is another file is said", async () => {
    expect((await errorOf(new TextEncoder().encode("some text"))).message).toBe(
      "An object file begins with the bytes 89 4d 52 52 4f 57 53 0a, but /data/part-00000 begins with 73 6f 6d 65 20 74 65 78: " +
        "give the path of a file that saveAsObjectFile or saveAsObjectFiles wrote.",
    );
    expect((await errorOf(new Uint8Array(0))).message).toContain("begins with nothing:");
  });
});
