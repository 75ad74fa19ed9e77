import { renameSync, rmSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { BatchInfo, DStream, RDD, StreamingContext } from "millrace";
import { collected } from "millrace/testing";
import { afterEach, beforeEach, describe, expect, it, type MockInstance, test, vi } from "vitest";
import { type ContextOptions, manualContext, opaqueWordCount, stopContexts, wordCount } from "../support/batches.js";
import { threadsOf } from "../support/internals.js";
import { temporaryFolder } from "../support/temporary-folder.js";

const folder = temporaryFolder();
let warn: MockInstance<typeof console.warn>;

beforeEach(() => {
  warn = vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(async () => {
  await stopContexts();
  vi.restoreAllMocks();
});

/** A started context with the stream of `input`, and what its batches had. */
async function started<T>(input: (ssc: StreamingContext) => DStream<T>, options: ContextOptions = {}) {
  const { ssc, clock } = manualContext(options);
  const batches = collected(input(ssc));
  const infos: BatchInfo[] = [];
  ssc.addStreamingListener({ onBatchCompleted: ({ batchInfo }) => void infos.push(batchInfo) });
  await ssc.start();
  return { ssc, clock, batches, infos };
}

describe("Basic Sources: file streams", () => {
  it("watches a folder: a file that is moved in is in the next batch, once", async () => {
    const { clock, batches } = await started((ssc) => ssc.textFileStream(folder.at("in")));
    folder.write("in/first", "1\n2\n", 500);
    folder.write("work/second", "3\n4", 1500);
    await clock.advance(1000);
    renameSync(folder.at("work", "second"), folder.at("in", "second"));
    await clock.advance(3000);
    expect(batches).toEqual([["1", "2"], ["3", "4"], [], []]);
  });

  it("leaves out what is too old, dated after the batch, hidden, or in a folder inside", async () => {
    folder.write("in/old", "old", 4000);
    const { ssc, clock } = manualContext();
    await clock.setTime(5000);
    const batches = collected(ssc.textFileStream(folder.at("in")));
    folder.write("in/equal", "equal", 5000);
    folder.write("in/new", "new", 5500);
    folder.write("in/.hidden", "hidden", 5500);
    folder.write("in/inside/file", "inside", 5500);
    folder.write("in/future", "future", 6500);
    await ssc.start();
    await clock.advance(2000);
    expect(batches).toEqual([["new"], ["future"]]);
  });

  it("takes files that were there before where newFilesOnly is false, back to minRememberDuration", async () => {
    const { ssc, clock } = manualContext();
    await clock.setTime(100_000);
    const options = { newFilesOnly: false, minRememberDuration: 10_000 };
    const batches = collected(ssc.textFileStream(folder.at("in"), options));
    folder.write("in/older", "older", 91_000);
    folder.write("in/recent", "recent", 91_500);
    await ssc.start();
    await clock.advance(2000);
    expect(batches).toEqual([["recent"], []]);
  });

  it("delivers the batches of missed ticks, each with the files of its time", async () => {
    const { clock, batches } = await started((ssc) => ssc.textFileStream(folder.at("in")));
    for (const second of [1, 2, 3]) folder.write(`in/${second}`, `${second}`, second * 1000);
    await clock.advance(4000);
    expect(batches).toEqual([["1"], ["2"], ["3"], []]);
  });

  it("counts words in the kernel, with the same result as in JavaScript", async () => {
    const { ssc, clock } = manualContext({ master: "local[2]" });
    const lines = ssc.textFileStream(folder.at("in"));
    const counts = wordCount(lines, 2);
    const [kernel, opaque] = [collected(counts), collected(opaqueWordCount(lines, 2))];
    await ssc.start();
    expect(counts.explain()).toContain("kernel");
    folder.write("in/a", "the cat\r\nthe dog \u00e4", 250);
    folder.write("in/b", Uint8Array.of(0x63, 0x61, 0x74, 0x20, 0xff, 0x0a), 500);
    folder.write("in/c.gz", gzipSync("dog ".repeat(10_000)), 750);
    await clock.advance(1000);
    expect(kernel).toEqual(opaque);
    expect(kernel[0]!.sort()).toEqual([
      ["", 1],
      ["cat", 2],
      ["dog", 10_001],
      ["the", 2],
      ["\u00e4", 1],
      ["\ufffd", 1],
    ]);
  });

  it("makes one partition of each file, in the order of their times", async () => {
    const { ssc, clock } = manualContext({ master: "local[3]" });
    const batches: string[][][] = [];
    ssc.textFileStream(folder.at("in")).foreachRDD(async (rdd) => {
      const partitions: string[][] = [];
      await rdd.foreachPartition((rows) => void partitions.push([...rows]));
      expect(rdd.getNumPartitions()).toBe(partitions.length);
      batches.push(partitions);
    });
    await ssc.start();
    folder.write("in/late", "late", 750);
    folder.write("in/early", "early", 250);
    folder.write("in/empty", "", 500);
    await clock.advance(2000);
    expect(batches).toEqual([[["early"], [], ["late"]], []]);
    await ssc.stop();
    await ssc.awaitTermination();
  });

  it("tells the files of a batch and the records that were read", async () => {
    const { clock, infos } = await started((ssc) => ssc.textFileStream(folder.at("in")));
    const first = folder.write("in/a", "1\n2\n", 250);
    const second = folder.write("in/b", "3", 500);
    await clock.advance(2000);
    expect(infos.map(({ numRecords }) => numRecords)).toEqual([3, 0]);
    expect(infos[0]!.streamIdToInputInfo.get(0)).toEqual({
      numRecords: 3,
      metadata: { files: [first, second], Description: `${first}\n${second}` },
    });
  });

  it("reads only what an output asks for", async () => {
    const { ssc, clock } = manualContext();
    const infos: BatchInfo[] = [];
    ssc.addStreamingListener({ onBatchCompleted: ({ batchInfo }) => void infos.push(batchInfo) });
    const first: unknown[] = [];
    ssc.textFileStream(folder.at("in")).foreachRDD(async (rdd) => void first.push(...(await rdd.take(1))));
    await ssc.start();
    folder.write("in/a", "1\n2\n", 250);
    folder.write("in/b", "3", 500);
    await clock.advance(1000);
    expect(first).toEqual(["1"]);
    expect(infos.map(({ numRecords }) => numRecords)).toEqual([2]);
  });

  it("sets long lines aside and tells listeners", async () => {
    const { ssc, clock } = manualContext({ lineBytesMax: 5 });
    const batches = collected(ssc.textFileStream(folder.at("in")));
    const rejected: unknown[] = [];
    ssc.addStreamingListener({
      onRecordsRejected: ({ streamId, batchTime, count, sample }) => {
        rejected.push([streamId, batchTime.milliseconds, count, new TextDecoder().decode(sample)]);
      },
    });
    await ssc.start();
    folder.write("in/a", "short\nlonger than that\nfine\n", 250);
    await clock.advance(1000);
    expect(batches).toEqual([["short", "fine"]]);
    expect(rejected).toEqual([[0, 1000, 1, "longer than that"]]);
  });

  it("gives back the kernel's memory: what one batch needs is all that is held", async () => {
    const { ssc, clock, batches } = await started((ssc) => wordCount(ssc.textFileStream(folder.at("in"))));
    const { memory } = threadsOf(ssc.engine).kernel;
    const held: number[] = [];
    for (let second = 1; second <= 70; second++) {
      folder.write(`in/${second}`, "a b c\n".repeat(1000), second * 1000);
      await clock.advance(1000);
      held.push(memory.bytesTaken);
    }
    expect(batches).toHaveLength(70);
    expect(new Set(held.slice(2)).size).toBe(1);
    await clock.advance(2000);
    expect(memory.bytesTaken).toBeLessThan(1000);
  });

  it("can be looked at again while it is remembered, and is read again then", async () => {
    const { ssc, clock, batches } = await started((ssc) => ssc.textFileStream(folder.at("in")).window(3000, 1000));
    for (const second of [1, 2, 3]) folder.write(`in/${second}`, `${second}`, second * 1000);
    await clock.advance(5000);
    expect(batches).toEqual([["1"], ["1", "2"], ["1", "2", "3"], ["2", "3"], ["3"]]);
    await ssc.stop();
    await ssc.awaitTermination();
  });
});

describe("Basic Sources: file streams, binary records", () => {
  it("are bytes of a fixed length", async () => {
    const { clock, batches } = await started((ssc) => ssc.binaryRecordsStream(folder.at("in"), 3));
    folder.write("in/a", Uint8Array.of(1, 2, 3, 4, 5, 6), 500);
    folder.write("in/b.gz", gzipSync(Uint8Array.of(7, 8, 9)), 750);
    await clock.advance(1000);
    expect(batches).toEqual([[Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5, 6), Uint8Array.of(7, 8, 9)]]);
  });

  it("fail the batch where a file ends inside one", async () => {
    const { ssc, clock, batches } = await started((ssc) => ssc.binaryRecordsStream(folder.at("in"), 4));
    const path = folder.write("in/a", Uint8Array.of(1, 2, 3, 4, 5, 6), 500);
    folder.write("in/b", Uint8Array.of(1, 2, 3, 4), 1500);
    await clock.advance(2000);
    expect(batches).toEqual([[Uint8Array.of(1, 2, 3, 4)]]);
    await expect(ssc.awaitTermination()).rejects.toMatchObject({
      name: "SourceError",
      code: "partial-record",
      details: { path, recordLength: 4, bytesLeft: 2 },
    });
  });

  it("refuse a length that is none", () => {
    const { ssc } = manualContext();
    const error = { name: "ConfigError", code: "invalid-record-length" };
    expect(() => ssc.binaryRecordsStream("in", 0)).toThrow(expect.objectContaining(error));
  });
});

describe("Basic Sources: file streams, custom readers", () => {
  async function* numbers(bytes: AsyncIterable<Uint8Array>, path: string): AsyncIterable<[string, number]> {
    for await (const piece of bytes) for (const byte of piece) yield [path.slice(-1), byte];
  }

  it("make rows of any kind", async () => {
    const { clock, batches } = await started((ssc) =>
      ssc.fileStream(folder.at("in"), numbers).reduceByKey((a, b) => a + b),
    );
    folder.write("in/a", Uint8Array.of(1, 2, 3), 250);
    folder.write("in/b", Uint8Array.of(4, 5), 500);
    await clock.advance(1000);
    expect(batches.map((rows) => rows.sort())).toEqual([
      [
        ["a", 6],
        ["b", 9],
      ],
    ]);
  });

  it("name the file where they throw; the next batch goes on", async () => {
    const { ssc, clock, batches } = await started((ssc) =>
      ssc.fileStream(folder.at("in"), async function* (bytes, path) {
        for await (const _ of bytes) if (path.endsWith("bad")) throw new RangeError("not a record");
        yield path.slice(-4);
      }),
    );
    const path = folder.write("in/bad", "x", 500);
    folder.write("in/good", "x", 1500);
    await clock.advance(2000);
    expect(batches).toEqual([["good"]]);
    const error = {
      name: "SourceError",
      code: "reader-failed",
      details: { path },
      cause: new RangeError("not a record"),
    };
    await expect(ssc.awaitTermination()).rejects.toMatchObject(error);
  });
});

describe("Basic Sources: file streams, folders", () => {
  it("may be given as a glob", async () => {
    const { clock, batches } = await started((ssc) => ssc.textFileStream(folder.at("logs", "{web,db}-[0-9]")));
    folder.write("logs/web-1/a", "web", 250);
    folder.write("logs/db-2/a", "db", 500);
    folder.write("logs/mail-1/a", "mail", 500);
    folder.write("logs/web-10/a", "web ten", 500);
    await clock.advance(1000);
    folder.write("logs/db-3/a", "later", 1500);
    await clock.advance(1000);
    expect(batches).toEqual([["web", "db"], ["later"]]);
  });

  it("that cannot be listed give empty batches and a warning", async () => {
    const { ssc, clock, batches } = await started((ssc) => ssc.textFileStream(folder.at("in")));
    await clock.advance(2000);
    folder.write("in/a", "there now", 2500);
    await clock.advance(1000);
    expect(batches).toEqual([[], [], ["there now"]]);
    expect(warn.mock.calls).toEqual([[expect.stringContaining(`textFileStream cannot list ${folder.at("in")}`)]]);
    await ssc.stop();
    await ssc.awaitTermination();
  });

  test.each([
    ["a glob that is not complete", "in/[ab", "invalid-glob"],
    ["no path", "", "invalid-path"],
  ])("are refused when the graph is built: %s", (_, directory, code) => {
    const { ssc } = manualContext();
    expect(() => ssc.textFileStream(directory)).toThrow(expect.objectContaining({ name: "ConfigError", code }));
  });
});

describe("Basic Sources: file streams, files that do not stay as they are", () => {
  /** What a batch fails with whose file is changed by `change` before an output reads it. */
  async function failureAfter(change: () => void): Promise<unknown> {
    const { ssc, clock } = manualContext();
    const rows: unknown[] = [];
    const lines = ssc.textFileStream(folder.at("in"));
    lines.foreachRDD((_, time) => {
      if (time.milliseconds === 1000) change();
    });
    lines.foreachRDD(async (rdd: RDD<string>) => void rows.push(...(await rdd.collect())));
    await ssc.start();
    folder.write("in/a", "as it was", 500);
    folder.write("in/b", "next", 1500);
    await clock.advance(2000);
    expect(rows).toEqual(["next"]);
    return ssc.awaitTermination().catch((error: unknown) => error);
  }

  it("fail the batch where they vanish", async () => {
    const error = await failureAfter(() => rmSync(folder.at("in", "a")));
    expect(error).toMatchObject({
      name: "SourceError",
      code: "file-vanished",
      details: { path: folder.at("in", "a") },
    });
  });

  it("fail the batch where they change", async () => {
    const error = await failureAfter(() => folder.write("in/a", "as it is"));
    expect(error).toMatchObject({ name: "SourceError", code: "file-changed", details: { path: folder.at("in", "a") } });
  });

  it("fail the batch where they are no gzip", async () => {
    const { ssc, clock } = await started((ssc) => ssc.textFileStream(folder.at("in")));
    const path = folder.write("in/a.gz", "plain", 500);
    await clock.advance(1000);
    const error = { name: "SourceError", code: "file-unreadable", details: { path } };
    await expect(ssc.awaitTermination()).rejects.toMatchObject(error);
  });
});
