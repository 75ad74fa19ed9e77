import fc from "fast-check";
import { Engine, SourceError, StreamingContext } from "millrace";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  collected,
  manualContext,
  opaqueWordCount,
  runChunks,
  stopContexts,
  stopLater,
  utf8,
  wordCount,
} from "../support/batches.js";
import { threadsOf } from "../support/internals.js";
import { holds, random } from "../support/property.js";

afterEach(async () => {
  await stopContexts();
  vi.restoreAllMocks();
});

/** Text of about `bytes` bytes: long lines, short lines, every kind of line end, some of it no UTF-8. */
function largeText(seed: number, bytes: number): Uint8Array {
  const next = random(seed);
  const parts: Uint8Array[] = [];
  for (let done = 0; done < bytes; done += parts.at(-1)!.length) {
    const length = next() < 0.02 ? Math.floor(next() * 700_000) : Math.floor(next() * 200);
    const word = ["mill ", "wasser ", "水车 ", "é"][Math.floor(next() * 4)]!;
    const end = ["\n", "\n", "\r\n", "\r"][Math.floor(next() * 4)]!;
    const line = [
      ...utf8(word.repeat(Math.ceil(length / word.length))),
      ...(next() < 0.05 ? [0xff] : []),
      ...utf8(end),
    ];
    parts.push(Uint8Array.from(line));
  }
  return Uint8Array.from(Buffer.concat(parts));
}

/** Cut into pieces of random length up to `bytesMax`. */
function pieces(text: Uint8Array, seed: number, bytesMax: number): Uint8Array[] {
  const next = random(seed);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < text.length; at += chunks.at(-1)!.length) {
    chunks.push(text.subarray(at, at + 1 + Math.floor(next() * bytesMax)));
  }
  return chunks;
}

describe("large batches", () => {
  test("lines longer than every buffer, cut anywhere, on one thread and on two", async () => {
    await holds(
      fc.integer(),
      async (seed) => {
        const text = largeText(seed, 3_000_000);
        const expected = modelLines(text);
        const chunks = pieces(text, seed + 1, 300_000);
        for (const options of [{ defaultParallelism: 1 }, { master: "local[2]", defaultParallelism: 4 }]) {
          const [rows] = await runChunks([chunks], (stream) => stream, options);
          expect(rows!.length).toBe(expected.length);
          expect(rows!.every((row, i) => row === expected[i])).toBe(true);
          const [kernel] = await runChunks([chunks], wordCount, options);
          const [plain] = await runChunks([chunks], opaqueWordCount, options);
          expect(kernel).toEqual(plain);
        }
      },
      4,
    );
  });

  test("a batch of more than the largest buffer", async () => {
    const line = utf8(`${"the mill on the floss ".repeat(40)}end\n`);
    const block = new Uint8Array(line.length * 1000);
    for (let i = 0; i < 1000; i++) block.set(line, i * line.length);
    const chunks = Array.from({ length: 25 }, () => block);
    for (const master of ["local[1]", "local[2]"]) {
      const [rows] = await runChunks([chunks], (stream) => wordCount(stream, 2), { master, defaultParallelism: 3 });
      expect(new Map(rows)).toEqual(
        new Map([
          ["the", 2_000_000],
          ["mill", 1_000_000],
          ["on", 1_000_000],
          ["floss", 1_000_000],
          ["end", 25_000],
        ]),
      );
    }
  });

  test("very many distinct words", async () => {
    const words = Array.from({ length: 200_000 }, (_, i) => `w${(i * 7919) % 150_000}`);
    const text = utf8(`${words.join(" ")}\n`);
    for (const master of ["local[1]", "local[2]"]) {
      const [kernel] = await runChunks([[text]], wordCount, { master, defaultParallelism: 2 });
      const [plain] = await runChunks([[text]], opaqueWordCount, { master, defaultParallelism: 2 });
      expect(kernel).toEqual(plain);
      expect(kernel).toHaveLength(150_000);
    }
  });
});

function modelLines(text: Uint8Array): string[] {
  const whole = new TextDecoder("utf-8", { ignoreBOM: true }).decode(text).split(/\r\n|\n|\r/);
  if (whole.at(-1) === "") whole.pop();
  return whole;
}

describe("jobs at once", () => {
  test.each(["local[1]", "local[2]"])(
    "on one lineage that belongs to no batch, begun at any distance, %s",
    async (master) => {
      const engine = new Engine({ master, defaultParallelism: 3 });
      try {
        const one = 1;
        const words = engine.parallelize(["a b", "b c", "c d", "e"], 4).flatMap((line) => line.split(" "));
        const lineages = [
          words.map((word) => [word, 1]).reduceByKey((a, b) => a + b, 2),
          words.map((word): [string, number] => [word, one]).reduceByKey((a, b) => a + b, 2),
        ];
        const expected = new Map([
          ["a", 1],
          ["b", 2],
          ["c", 2],
          ["d", 1],
          ["e", 1],
        ]);
        for (const counts of lineages) {
          for (let distance = 0; distance < 60; distance++) {
            const first = counts.collect();
            for (let i = 0; i < distance; i++) await null;
            const [a, b, count] = await Promise.all([first, counts.collect(), counts.count()]);
            expect(new Map(a)).toEqual(expected);
            expect(new Map(b)).toEqual(expected);
            expect(count).toBe(5);
          }
        }
        expect(threadsOf(engine).blocks.size).toBe(0);
      } finally {
        await engine.stop();
      }
    },
  );
});

describe("pushes on the host's clock", () => {
  test("wait while the stream is full; all arrive, in order", async () => {
    const ssc = stopLater(new StreamingContext({ batchInterval: 5, master: "local[1]" }));
    const lines = ssc.pushStream({ capacityBytes: 10 });
    const rows: string[] = [];
    let bytesMax = 0;
    lines.foreachRDD(async (rdd) => {
      const batch = await rdd.collect();
      bytesMax = Math.max(bytesMax, batch.join("\n").length);
      rows.push(...batch);
    });
    void ssc.start();
    const texts = Array.from({ length: 40 }, (_, i) => `n${i}`);
    await Promise.all(texts.map((text, i) => (i % 2 === 0 ? lines.push(text) : lines.pushBytes(utf8(`${text}\n`)))));
    await ssc.stop({ stopGracefully: true });
    expect(rows).toEqual(texts);
    expect(bytesMax).toBeLessThan(30);
  });

  test("that wait are refused when the context stops", async () => {
    const ssc = stopLater(new StreamingContext({ batchInterval: 60_000, master: "local[1]" }));
    const lines = ssc.pushStream({ capacityBytes: 4 });
    const outputs = collected(lines);
    await ssc.start();
    const pushes = ["0123", "a", "b"].map((text) => lines.push(text));
    await pushes[0];
    const refused = Promise.allSettled(pushes.slice(1));
    await ssc.stop({ stopGracefully: true });
    for (const result of await refused) {
      expect(result).toMatchObject({ status: "rejected" });
      expect((result as PromiseRejectedResult).reason).toBeInstanceOf(SourceError);
      expect((result as PromiseRejectedResult).reason.code).toBe("stopped");
    }
    expect(outputs).toEqual([["0123"]]);
  });
});

describe("stops that do not go well", () => {
  test("a graceful stop gives up after its time-out and says so", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const { ssc, clock } = manualContext({ gracefulStopTimeout: 1 });
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const lines = ssc.pushStream();
    let batches = 0;
    lines.foreachRDD(async () => {
      batches += 1;
      await gate;
    });
    void ssc.start();
    await lines.push("a");
    const advanced = clock.advance(1000);
    while (batches === 0) await new Promise((resolve) => setImmediate(resolve));
    await lines.push("b");
    await ssc.stop({ stopGracefully: true });
    expect(warn.mock.calls.map(([line]) => String(line)).join()).toContain("graceful stop took longer than 1 ms");
    expect(await ssc.awaitTerminationOrTimeout(0)).toBe(true);
    release();
    await advanced;
    expect(batches).toBe(1);
  });

  test("an engine that the program stops under a context: an error, and the context can still be stopped", async () => {
    const engine = new Engine({ master: "local[1]" });
    const { ssc, clock } = manualContext({ engine });
    const lines = ssc.pushStream();
    wordCount(lines).print();
    void ssc.start();
    await lines.pushBytes(utf8("a\n"));
    await engine.stop();
    await clock.advance(1000);
    await expect(ssc.awaitTermination()).rejects.toMatchObject({ code: "engine-stopped" });
    await ssc.stop({ stopGracefully: true });
    expect(ssc.getState()).toBe("STOPPED");
  });

  test("an input that no output needs does not make batches at a graceful stop", async () => {
    const { ssc, clock } = manualContext();
    const unused = ssc.pushStream();
    const used = ssc.pushStream();
    const outputs = collected(used);
    void ssc.start();
    await unused.push("nobody reads this");
    await used.push("a");
    await clock.advance(1000);
    await ssc.stop({ stopGracefully: true });
    expect(outputs).toEqual([["a"]]);
  });
});
