import { inspect, isDeepStrictEqual } from "node:util";
import { tableFromArrays, tableToIPC } from "@uwdata/flechette";
import { Unsupported } from "../../src/block/arrow/read-schema.js";
import { StreamReader } from "../../src/block/arrow/read-stream.js";
import { decodeRows, encodeRows } from "../../src/block/codec.js";
import { decodeLines } from "../../src/block/decode.js";
import { objectFilePieces, readObjectFile } from "../../src/block/object-file.js";
import { MillraceError } from "../../src/errors.js";
import { LineBuffer } from "../../src/receiver/line-buffer.js";
import type { CheckedCsv } from "../../src/schema/csv-options.js";
import { readCsv } from "../../src/schema/read-csv.js";
import { readJson } from "../../src/schema/read-json.js";
import { FrameReader } from "../../src/sources/frame-reader.js";
import { CsvLines } from "./csv-lines.js";
import { JsonTexts } from "./json-texts.js";
import { newThreads } from "./kernel.js";
import { random } from "./property.js";

/** What a parser made of its input: rows, then the code of the error that ended it, if one did. */
type Read = readonly unknown[];

/** A parser under fuzz. */
export interface FuzzedParser {
  readonly name: string;
  /** An input: one of the valid ones, often with something in it changed. */
  input(random: () => number): Uint8Array;
  /** What it makes of the pieces of an input. Throws what a parser must not throw. */
  read(pieces: readonly Uint8Array[]): Read | Promise<Read>;
}

/** The error that ended an input. */
class Refused {
  readonly code: string;
  constructor(error: unknown) {
    this.code = error instanceof MillraceError ? error.code : (error as Error).name;
  }
}

const encoder = new TextEncoder();
const ROWS: ReadonlyArray<readonly unknown[]> = [
  [
    ["word", 1],
    ["größe", 2.5],
    [null, undefined],
  ],
  [{ id: 1, ["__proto__"]: "own", list: [true, -0, 2n ** 70n] }, { id: 2 }],
  [new Map<unknown, unknown>([["k", new Set([1])]]), new Date(1e12), Uint8Array.of(1, 2, 3), "x".repeat(300)],
  [],
];
/** Numbers that lengths and counts are wrong by. */
const LIES = [0, 1, 0x7f, 0x80, 0xff, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe, 0x10000];

function below(next: () => number, count: number): number {
  return Math.floor(next() * count);
}

/** `bytes` with up to three things changed: bits, bytes, a length, a piece cut out, doubled or put in. */
export function mutated(bytes: Uint8Array, next: () => number): Uint8Array {
  let result: Uint8Array = bytes.slice();
  for (let changes = below(next, 4); changes > 0; changes--) {
    const at = below(next, result.length + 1);
    switch (below(next, 7)) {
      case 0:
        if (at < result.length) result[at]! ^= 1 << below(next, 8);
        break;
      case 1:
        if (at < result.length) result[at] = below(next, 256);
        break;
      case 2:
        if (at + 4 <= result.length) {
          viewOf(result).setUint32(at, LIES[below(next, LIES.length)]!, below(next, 2) === 0);
        }
        break;
      case 3:
        result = result.slice(0, at);
        break;
      case 4:
        result = joined([result.subarray(0, at), result.subarray(at + below(next, 9))]);
        break;
      case 5:
        result = joined([result, result.subarray(at)]);
        break;
      default:
        result = joined([result.subarray(0, at), randomBytes(next), result.subarray(at)]);
    }
  }
  return result;
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

function randomBytes(next: () => number): Uint8Array {
  return Uint8Array.from(
    { length: 1 + below(next, 12) },
    () => [10, 13, 34, 0xc3, 0xff, below(next, 256)][below(next, 6)]!,
  );
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

/** `bytes` in pieces of any size, empty ones too. */
function cut(bytes: Uint8Array, next: () => number): Uint8Array[] {
  const cuts = Array.from({ length: below(next, 6) }, () => below(next, bytes.length + 1)).sort((a, b) => a - b);
  const borders = [0, ...cuts, bytes.length];
  return borders.slice(1).map((border, i) => bytes.slice(borders[i], border));
}

/** The rows that come before an error that may come, and its code. */
function until(
  rows: unknown[],
  read: () => void,
  isAllowed: (error: unknown) => boolean = (error) => error instanceof MillraceError,
): Read {
  try {
    read();
    return rows;
  } catch (error) {
    if (!isAllowed(error)) throw error;
    return [...rows, new Refused(error)];
  }
}

const threads = newThreads();

/** The lines that text in pieces has, and what was set aside of it. */
function linesOf(pieces: readonly Uint8Array[], lineBytesMax: number): { lines: string[]; rejected: unknown } {
  const buffer = new LineBuffer(threads, lineBytesMax);
  for (const piece of pieces) buffer.append(piece);
  buffer.endLine();
  const blocks = buffer.seal();
  const lines = blocks.flatMap(({ ptr, bytes }) => [...decodeLines(threads.kernel.memory, ptr, bytes)].flat());
  const rejected = buffer.rejects.take();
  threads.free(blocks);
  buffer.free();
  return { lines, rejected: rejected && { count: rejected.count, records: rejected.records } };
}

const lines: FuzzedParser = {
  name: "lines",
  input: (next) => mutated(encoder.encode("a line\r\nanother ä€😀\n\n\rthe last"), next),
  read(pieces) {
    const { lines: rows, rejected } = linesOf(pieces, 16);
    return [...rows, rejected];
  },
};

// biome-ignore lint/suspicious/noThenProperty: a field that is called so is what is tested.
const JSON_SCHEMA = { a: { type: "f64" }, b: { type: "utf8" }, then: { type: "utf8" } } as never;
const json: FuzzedParser = {
  name: "JSON",
  input(next) {
    const texts = new JsonTexts(next);
    return mutated(encoder.encode(texts.lines(2).join("\n")), next);
  },
  read: (pieces) => linesOf(pieces, 4096).lines.map((line) => readJson(JSON_SCHEMA, line)),
};

const CSV_SCHEMA = { n: { type: "f64" }, t: { type: "utf8" }, b: { type: "bool" } } as never;
const CSV_OPTIONS: CheckedCsv = { header: true, delimiter: ",", quote: '"' };
const csv: FuzzedParser = {
  name: "CSV",
  input(next) {
    const made = new CsvLines(next);
    const two = Array.from({ length: 2 }, () => made.line(CSV_SCHEMA, CSV_OPTIONS));
    return mutated(encoder.encode(two.join("\n")), next);
  },
  read: (pieces) => linesOf(pieces, 4096).lines.map((line) => readCsv(CSV_SCHEMA, CSV_OPTIONS, line) ?? "skipped"),
};

const ARROW = [
  tableToIPC(tableFromArrays({ n: [1, 2.5, -0], t: ["a", "ä€😀", ""] }), { format: "stream" })!,
  tableToIPC(tableFromArrays({ ok: [true, false], i: Int32Array.of(1, -1) }), { format: "stream" })!,
];
const arrow: FuzzedParser = {
  name: "Arrow IPC",
  input: (next) => mutated(ARROW[below(next, ARROW.length)]!, next),
  read(pieces) {
    const rows: unknown[] = [];
    const isDamaged = (error: unknown) =>
      error instanceof RangeError || error instanceof TypeError || error instanceof Unsupported;
    return until(
      rows,
      () => {
        const reader = new StreamReader(2 ** 16);
        for (const piece of pieces)
          for (const { fields, batch } of reader.read(piece)) rows.push(structuredClone([fields, batch]));
        reader.end();
      },
      isDamaged,
    );
  },
};

const CODED = ROWS.map((rows) => encodeRows(rows));
const rows: FuzzedParser = {
  name: "rows",
  input: (next) => mutated(CODED[below(next, CODED.length)]!, next),
  // They come whole: the pieces lie at some offset of a larger buffer.
  read(pieces) {
    const whole = joined([new Uint8Array(pieces.length), ...pieces]).subarray(pieces.length);
    const read: unknown[] = [];
    return until(read, () => void read.push(...decodeRows(whole)));
  },
};

const FILE = joined([...objectFilePieces(ROWS)]);
const objectFile: FuzzedParser = {
  name: "object file",
  input: (next) => mutated(FILE, next),
  async read(pieces) {
    const read: unknown[] = [];
    try {
      for await (const some of readObjectFile(pieces)) read.push(...some);
      return read;
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      return [...read, new Refused(error)];
    }
  },
};

const FRAMES = joined(
  CODED.flatMap((block) => {
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, block.length);
    return [length, block];
  }),
);
const frames: FuzzedParser = {
  name: "frames",
  input: (next) => mutated(FRAMES, next),
  read(pieces) {
    const read: unknown[] = [];
    return until(read, () => {
      const reader = new FrameReader(2 ** 16);
      for (const piece of pieces) for (const frame of reader.read(piece)) read.push(frame);
      read.push(reader.bytesOpen);
    });
  },
};

export const PARSERS: readonly FuzzedParser[] = [lines, json, csv, arrow, rows, objectFile, frames];

/**
 * Gives a parser the inputs of the seeds from `first` on, whole and cut. Throws with the seed where the two differ or something is thrown that is no error of
 * the parser's. Returns how many inputs ended in an error.
 */
export async function fuzz(parser: FuzzedParser, first: number, count: number): Promise<number> {
  let refused = 0;
  for (let seed = first; seed < first + count; seed++) {
    const next = random(seed);
    const input = parser.input(next);
    try {
      const [whole, inPieces] = [await parser.read([input]), await parser.read(cut(input, next))];
      if (!isDeepStrictEqual(whole, inPieces))
        throw new Error(`in pieces ${inspect(inPieces)}, whole ${inspect(whole)}`);
      if (whole.at(-1) instanceof Refused) refused += 1;
    } catch (error) {
      throw new Error(`${parser.name}, seed ${seed}: ${String(error)}`, { cause: error });
    }
  }
  return refused;
}
