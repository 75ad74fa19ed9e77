import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { opaqueWordCount, runChunks, stopContexts, wordCount } from "../support/batches.js";
import { holds } from "../support/property.js";

afterEach(stopContexts);

/** Pieces of text that lines, words and their borders trip over. */
const PIECES = [
  "a",
  "ab",
  " ",
  "  ",
  "\n",
  "\r",
  "\r\n",
  "\n\r",
  "\0",
  "\ufeff",
  "é",
  "水",
  "🚰",
  "\t",
  "\u2028",
  "x".repeat(70),
  "long ".repeat(30),
  "w".repeat(300),
].map((text) => new TextEncoder().encode(text));
/** Parts of sequences, overlong forms, surrogates, and bytes that never occur. */
const BROKEN = [[0x80], [0xc3], [0xe6, 0xb0], [0xf0, 0x9f], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xff], [0xf5, 0x80]].map(
  (bytes) => Uint8Array.from(bytes),
);

const bytes = fc
  .array(
    fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...PIECES) },
      { weight: 2, arbitrary: fc.constantFrom(...BROKEN) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 12 }) },
    ),
    { maxLength: 60 },
  )
  .map((pieces) => Uint8Array.from(pieces.flatMap((piece) => [...piece])));

/** Batches of chunks: text, cut anywhere. */
const chunkedBatches = fc.array(
  fc.tuple(bytes, fc.array(fc.nat({ max: 400 }), { maxLength: 12 })).map(([text, cuts]) => cutAt(text, cuts)),
  { minLength: 1, maxLength: 3 },
);

function cutAt(text: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const borders = [0, ...cuts.map((cut) => cut % (text.length + 1)), text.length].sort((a, b) => a - b);
  return borders.slice(1).map((end, i) => text.slice(borders[i]!, end));
}

/** The lines that each batch sees: a line belongs to the batch in which it ends; "\r" ends one at once, and "\n" after it is dropped. */
function modelLines(batches: ReadonlyArray<readonly Uint8Array[]>): string[][] {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let line: number[] = [];
  let afterReturn = false;
  return batches.map((chunks, index) => {
    const lines: string[] = [];
    for (const byte of chunks.flatMap((chunk) => [...chunk])) {
      const isEnd = byte === 13 || (byte === 10 && !afterReturn);
      if (isEnd) lines.push(decoder.decode(Uint8Array.from(line)));
      if (byte === 13 || byte === 10) line = [];
      else line.push(byte);
      afterReturn = byte === 13;
    }
    if (index === batches.length - 1 && line.length > 0) lines.push(decoder.decode(Uint8Array.from(line)));
    return lines;
  });
}

function modelCounts(lines: readonly string[]): Array<[string, number]> {
  const counts = new Map<string, number>();
  for (const word of lines.flatMap((line) => line.split(" "))) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts];
}

const byKey = (rows: ReadonlyArray<readonly [string, number]>) => new Map(rows);

test("kernel = JavaScript = model, for any bytes cut anywhere", async () => {
  await holds(
    chunkedBatches,
    async (batches) => {
      const model = modelLines(batches);
      expect(await runChunks(batches, (lines) => lines, { defaultParallelism: 1 })).toEqual(model);
      const kernel = await runChunks(batches, wordCount, { defaultParallelism: 1 });
      expect(kernel).toEqual(model.map(modelCounts));
      expect(await runChunks(batches, opaqueWordCount, { defaultParallelism: 1 })).toEqual(kernel);
    },
    150,
  );
});

test("the same cut into partitions: same places, same order", async () => {
  await holds(
    fc.tuple(chunkedBatches, fc.integer({ min: 2, max: 5 })),
    async ([batches, defaultParallelism]) => {
      const kernel = await runChunks(batches, wordCount, { defaultParallelism });
      expect(await runChunks(batches, opaqueWordCount, { defaultParallelism })).toEqual(kernel);
      expect(kernel.map(byKey)).toEqual(modelLines(batches).map((lines) => byKey(modelCounts(lines))));
    },
    80,
  );
});

test("counts of lines and of words are those of the model", async () => {
  await holds(
    fc.tuple(chunkedBatches, fc.integer({ min: 1, max: 3 })),
    async ([batches, defaultParallelism]) => {
      const model = modelLines(batches);
      expect(await runChunks(batches, (lines) => lines.count(), { defaultParallelism })).toEqual(
        model.map((lines) => [lines.length]),
      );
      const words = await runChunks(batches, (lines) => lines.flatMap((line) => line.split(" ")).count(), {
        defaultParallelism,
      });
      expect(words).toEqual(model.map((lines) => [lines.flatMap((line) => line.split(" ")).length]));
      const distinct = await runChunks(batches, (lines) => wordCount(lines).count(), { defaultParallelism });
      expect(distinct).toEqual(model.map((lines) => [modelCounts(lines).length]));
    },
    50,
  );
});

test.each<[string, string[], string[]]>([
  ["a cut inside CRLF, then an empty line", ["a\r", "\n\nb\n"], ["a", "", "b"]],
  ["a cut inside CRLF, alone", ["a\r", "\n", "\n"], ["a", ""]],
  ["CRLF cut, then one that is whole", ["\r", "\n\r\n"], ["", ""]],
  ["CR at a cut, then CRLF", ["a\r", "\r", "\n"], ["a", ""]],
])("%s", async (_name, chunks, lines) => {
  const bytes = chunks.map((chunk) => new TextEncoder().encode(chunk));
  expect(await runChunks([bytes], (stream) => stream, { defaultParallelism: 1 })).toEqual([lines]);
  const batches = await runChunks(
    bytes.map((chunk) => [chunk]),
    (stream) => stream,
    { defaultParallelism: 1 },
  );
  expect(batches.flat()).toEqual(lines);
});

test("records that are pushed are never cut, whatever is in them", async () => {
  const record = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("a\nb", "a\r", "", "\ud800", "\ufeffa", "a b"),
  );
  await holds(
    fc.array(record, { maxLength: 12 }),
    async (records) => {
      const { runBatches } = await import("../support/batches.js");
      const [rows] = await runBatches([records], (stream) => stream, { defaultParallelism: 1 });
      expect(rows).toEqual(records);
      const [kernel] = await runBatches([records], (stream) => wordCount(stream), { defaultParallelism: 1 });
      expect(kernel).toEqual(modelCounts(records));
      const [split] = await runBatches([records], (stream) => wordCount(stream), { defaultParallelism: 3 });
      const [plain] = await runBatches([records], (stream) => opaqueWordCount(stream), { defaultParallelism: 3 });
      expect(split).toEqual(plain);
    },
    60,
  );
});
