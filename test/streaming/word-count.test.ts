import { createServer, type Server, type Socket } from "node:net";
import type { DStream, StreamingContext } from "millrace";
import { afterEach, describe, expect, test } from "vitest";
import {
  type ContextOptions,
  collected,
  manualContext,
  opaqueWordCount,
  runBatches,
  runChunks,
  stopContexts,
  until,
  utf8,
  wordCount,
} from "../support/batches.js";
import { isStarted, threadsOf } from "../support/internals.js";

const LINES = [
  "the mill on the floss",
  "",
  " the  race ",
  "floss floss the",
  "naïve 水车 水车 🚰",
  "\u0000 \u0000 a\u0000",
];
const TEXT = LINES.map((line) => `${line}\n`).join("");

let server: Server | undefined;
const sockets: Socket[] = [];

afterEach(async () => {
  await stopContexts();
  for (const socket of sockets.splice(0)) socket.destroy();
  await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
  server = undefined;
});

function listen(text: string): Promise<number> {
  server = createServer((socket) => {
    sockets.push(socket);
    socket.write(text);
  });
  return new Promise((resolve) => {
    server!.listen(0, "127.0.0.1", () => resolve((server!.address() as { port: number }).port));
  });
}

/** Rows as partitions, so that order and place are compared too. */
async function partitionsOf(
  make: (ssc: StreamingContext) => Promise<[stream: DStream<[string, number]>, feed: () => Promise<void>]>,
  options: ContextOptions,
): Promise<Array<Array<[string, number]>>> {
  const { ssc, clock } = manualContext(options);
  const [stream, feed] = await make(ssc);
  const partitions: Array<Array<[string, number]>> = [];
  stream.foreachRDD(async (rdd) => {
    await rdd.foreachPartition((rows) => void partitions.push([...rows]));
  });
  void ssc.start();
  await feed();
  await clock.advance(1000);
  await ssc.stop();
  await ssc.awaitTermination();
  return partitions;
}

type Counted = (lines: DStream<string>, partitions?: number) => DStream<[string, number]>;

/** Each way in, as the word count's partitions. */
const WAYS: Record<string, (counted: Counted, options: ContextOptions) => Promise<Array<Array<[string, number]>>>> = {
  pushBytes: (counted, options) =>
    partitionsOf(async (ssc) => {
      const lines = ssc.pushStream();
      return [counted(lines), () => lines.pushBytes(utf8(TEXT))];
    }, options),
  push: (counted, options) =>
    partitionsOf(async (ssc) => {
      const lines = ssc.pushStream();
      return [counted(lines), () => lines.push(...LINES)];
    }, options),
  queueStream: (counted, options) =>
    partitionsOf(async (ssc) => [counted(ssc.queueStream([LINES])), async () => {}], options),
  socketTextStream: (counted, options) =>
    partitionsOf(async (ssc) => {
      const lines = ssc.socketTextStream("127.0.0.1", await listen(TEXT));
      return [counted(lines), () => received(ssc, TEXT.length)];
    }, options),
};

/** Resolves when that many bytes came in from sockets. */
async function received(ssc: StreamingContext, bytes: number): Promise<void> {
  await until(() => isStarted(ssc.engine) && threadsOf(ssc.engine).counters.bytesIn >= bytes);
}

const COUNTS = new Map<string, number>();
for (const word of LINES.flatMap((line) => line.split(" "))) COUNTS.set(word, (COUNTS.get(word) ?? 0) + 1);

describe.each([1, 2, 5])("word count with defaultParallelism %i", (defaultParallelism) => {
  test.each(Object.keys(WAYS))("%s gives the same partitions on any number of threads, kernel or not", async (way) => {
    const run = WAYS[way]!;
    const expected = await run(opaqueWordCount, { master: "local[1]", defaultParallelism });
    expect(expected).toHaveLength(defaultParallelism);
    expect(new Map(expected.flat())).toEqual(COUNTS);
    for (const master of ["local[1]", "local[2]", "local[3]"]) {
      expect(await run(wordCount, { master, defaultParallelism }), master).toEqual(expected);
    }
  });
});

test("keys come in the order of their first arrival in one partition", async () => {
  const [counts] = await runBatches([LINES], (lines) => wordCount(lines, 1), { defaultParallelism: 1 });
  expect(counts).toEqual([...COUNTS]);
});

test("a word count with partitions given has as many, whatever defaultParallelism says", async () => {
  for (const partitions of [1, 2, 7]) {
    const [kernel] = await runChunks([[utf8(TEXT)]], (lines) => wordCount(lines, partitions), {
      defaultParallelism: 3,
    });
    const [plain] = await runChunks([[utf8(TEXT)]], (lines) => opaqueWordCount(lines, partitions), {
      defaultParallelism: 3,
    });
    expect(kernel).toEqual(plain);
    expect(new Map(kernel)).toEqual(COUNTS);
  }
});

test.each([0.1, 1e300, -3, 0, -0, 4294967297])("sums of %d keep every bit", async (value) => {
  const lines = ["a b a c", "a a a b"];
  const lambdas: Record<string, (word: string) => [string, number]> = {
    "0.1": (word) => [word, 0.1],
    "1e+300": (word) => [word, 1e300],
    "-3": (word) => [word, -3],
    "0": (word) => [word, 0],
    "-0": (word) => [word, -0],
    "4294967297": (word) => [word, 4294967297],
  };
  const lambda = lambdas[Object.is(value, -0) ? "-0" : String(value)]!;
  const [kernel] = await runBatches([lines], (stream) =>
    stream
      .flatMap((line) => line.split(" "))
      .map(lambda)
      .reduceByKey((a, b) => a + b),
  );
  const sum = (count: number) => Array.from({ length: count }, () => value).reduce((a, b) => a + b);
  expect(kernel).toEqual([
    ["a", sum(5)],
    ["b", sum(2)],
    ["c", sum(1)],
  ]);
});

test("300 batches of varying data in local[2]", async () => {
  const { ssc, clock } = manualContext({ master: "local[2]" });
  const lines = ssc.pushStream();
  const outputs = collected(wordCount(lines));
  void ssc.start();
  expect(outputs).toEqual([]);
  const expected: Array<Map<string, number>> = [];
  for (let batch = 0; batch < 300; batch++) {
    const counts = new Map<string, number>();
    let text = "";
    for (let line = 0; line < (batch * 7) % 31; line++) {
      const words = Array.from(
        { length: 1 + ((batch + line) % 5) },
        (_, i) => `w${(batch * i + line) % (1 + (batch % 40))}`,
      );
      text += `${words.join(" ")}\n`;
      for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
    expected.push(counts);
    await lines.pushBytes(utf8(text));
    await clock.advance(1000);
  }
  await ssc.stop();
  await ssc.awaitTermination();
  expect(outputs.map((rows) => new Map(rows))).toEqual(expected);
});
