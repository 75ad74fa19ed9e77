import { readFileSync } from "node:fs";
import { Engine, type StreamingContext } from "millrace";
import { collected } from "millrace/testing";
import { afterEach, beforeEach, describe, expect, it, test, vi } from "vitest";
import { manualContext, stopContexts, wordCount } from "../support/batches.js";
import { temporaryFolder } from "../support/temporary-folder.js";

const folder = temporaryFolder();
const engines: Engine[] = [];

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(async () => {
  await stopContexts();
  await Promise.all(engines.splice(0).map((engine) => engine.stop()));
  vi.restoreAllMocks();
});

function newEngine(master = "local[2]"): Engine {
  const engine = new Engine({ master });
  engines.push(engine);
  return engine;
}

const text = (...names: string[]) => readFileSync(folder.at(...names), "utf8");

describe("Output Operations: saveAsTextFiles", () => {
  it("makes a folder for each batch, also for an empty one, with a part for each partition", async () => {
    const { ssc, clock } = manualContext();
    ssc.queueStream([["a", "b", "c"], []]).saveAsTextFiles(folder.at("lines"));
    ssc.queueStream([[["k", 1]]]).saveAsTextFiles(folder.at("pairs"), "txt");
    void ssc.start();
    await clock.advance(2000);
    await ssc.stop();
    await ssc.awaitTermination();
    expect(folder.names()).toEqual(["lines-1000", "lines-2000", "pairs-1000.txt", "pairs-2000.txt"]);
    expect(folder.names("lines-1000")).toEqual(["_SUCCESS", "part-00000"]);
    expect(text("lines-1000", "part-00000")).toBe("a\nb\nc\n");
    expect(text("lines-1000", "_SUCCESS")).toBe("");
    expect(folder.names("lines-2000")).toEqual(["_SUCCESS", "part-00000"]);
    expect(text("lines-2000", "part-00000")).toBe("");
    expect(text("pairs-1000.txt", "part-00000")).toBe("(k,1)\n");
  });

  it("writes what the kernel counted, in the partitions of the shuffle, which textFile reads", async () => {
    const { ssc, clock } = manualContext({ master: "local[2]" });
    const counts = wordCount(ssc.queueStream([["to be or not to be"]]), 3);
    counts.saveAsTextFiles(folder.at("counts"));
    const batches = collected(counts);
    void ssc.start();
    await clock.advance(1000);
    expect(folder.names("counts-1000")).toEqual(["_SUCCESS", "part-00000", "part-00001", "part-00002"]);
    const lines = await ssc.engine.textFile(folder.at("counts-1000")).collect();
    expect(lines).toEqual(batches[0]!.map(([word, count]) => `(${word},${count})`));
  });

  it("replaces the folder of a batch that runs again", async () => {
    const run = async (rows: string[], master: string) => {
      const { ssc, clock } = manualContext({ master });
      ssc.queueStream([rows]).saveAsTextFiles(folder.at("out"));
      void ssc.start();
      await clock.advance(1000);
      await ssc.stop();
      await ssc.awaitTermination();
    };
    await run(["1", "2", "3"], "local[3]");
    expect(folder.names("out-1000")).toEqual(["_SUCCESS", "part-00000", "part-00001", "part-00002"]);
    await run(["4"], "local[1]");
    expect(folder.names("out-1000")).toEqual(["_SUCCESS", "part-00000"]);
    expect(text("out-1000", "part-00000")).toBe("4\n");
  });

  it("fails with folder and cause; the other outputs and the next batch go on", async () => {
    const { ssc, clock } = manualContext();
    const rows = ssc.queueStream([["a"], ["b"]]);
    folder.write("file", "in the way of a folder");
    rows.saveAsTextFiles(folder.at("file", "out"));
    const batches = collected(rows);
    void ssc.start();
    await clock.advance(2000);
    expect(batches).toEqual([["a"], ["b"]]);
    const error = { name: "OutputError", code: "output-failed", details: { folder: folder.at("file", "out-1000") } };
    await expect(ssc.awaitTermination()).rejects.toMatchObject({ ...error, cause: expect.any(Error) });
  });

  it("leaves nothing of a batch whose rows fail", async () => {
    const { ssc, clock } = manualContext();
    const broken = ssc.queueStream([["a", "b"], ["c"]]).map((row) => {
      if (row === "b") throw new RangeError("no b");
      return row;
    });
    broken.saveAsTextFiles(folder.at("out"));
    void ssc.start();
    await clock.advance(2000);
    expect(folder.names()).toEqual(["out-1000", "out-2000"]);
    expect(folder.names("out-1000")).toEqual([]);
    expect(text("out-2000", "part-00000")).toBe("c\n");
    await expect(ssc.awaitTermination()).rejects.toThrow("no b");
  });

  test.each<[string, (ssc: StreamingContext) => void, string]>([
    ["prefix", (ssc) => ssc.queueStream([[1]]).saveAsTextFiles(undefined as never), "invalid-prefix"],
    ["suffix", (ssc) => ssc.queueStream([[1]]).saveAsTextFiles("out", "a/b"), "invalid-suffix"],
    ["suffix", (ssc) => ssc.queueStream([[1]]).saveAsObjectFiles("out", "../x"), "invalid-suffix"],
  ])("refuses a wrong %s when the graph is built", (_, build, code) => {
    const { ssc } = manualContext();
    expect(() => build(ssc)).toThrow(expect.objectContaining({ name: "ConfigError", code }));
  });
});

const ROWS = [
  ["key", 1],
  { a: [1n, undefined] },
  new Map([["x", new Date(5)]]),
  Uint8Array.of(1, 2),
  "text",
  null,
  Number.NaN,
];

describe("Output Operations: saveAsObjectFiles", () => {
  it("keeps rows of any value, which objectFile reads", async () => {
    const { ssc, clock } = manualContext({ master: "local[2]" });
    ssc.queueStream<unknown>([ROWS, []]).saveAsObjectFiles(folder.at("rows"), "obj");
    void ssc.start();
    await clock.advance(2000);
    expect(folder.names()).toEqual(["rows-1000.obj", "rows-2000.obj"]);
    expect(folder.names("rows-1000.obj")).toEqual(["_SUCCESS", "part-00000", "part-00001"]);
    expect(await ssc.engine.objectFile(folder.at("rows-1000.obj")).collect()).toEqual(ROWS);
    expect(await ssc.engine.objectFile(folder.at("rows-2000.obj")).collect()).toEqual([]);
    expect(await ssc.engine.objectFile(folder.at("rows-*"), 3).collect()).toEqual(ROWS);
  });
});

describe("RDD.saveAsTextFile and saveAsObjectFile", () => {
  it("save all rows, which are read back in their order", async () => {
    const engine = newEngine();
    const numbers = Array.from({ length: 1000 }, (_, i) => i);
    await engine.parallelize(numbers, 3).saveAsTextFile(folder.at("text"));
    expect(folder.names("text")).toEqual(["_SUCCESS", "part-00000", "part-00001", "part-00002"]);
    expect(await engine.textFile(folder.at("text"), 5).collect()).toEqual(numbers.map(String));
    await engine.parallelize(ROWS, 3).saveAsObjectFile(folder.at("objects"));
    const rows = engine.objectFile<unknown>(folder.at("objects"), 2);
    expect(rows.getNumPartitions()).toBe(2);
    expect(await rows.collect()).toEqual(ROWS);
    expect(await rows.count()).toBe(ROWS.length);
  });

  it("of a stage in the kernel", async () => {
    const engine = newEngine();
    const path = folder.write("in.txt", "a b\na");
    const counts = engine
      .textFile(path, 1)
      .flatMap((line) => line.split(" "))
      .map((word) => [word, 1])
      .reduceByKey((a, b) => a + b, 1);
    await counts.saveAsTextFile(folder.at("counts"));
    expect(text("counts", "part-00000")).toBe("(a,2)\n(b,1)\n");
    await counts.saveAsObjectFile(folder.at("objects"));
    expect(await engine.objectFile(folder.at("objects")).collect()).toEqual([
      ["a", 2],
      ["b", 1],
    ]);
  });

  it("refuse a folder that has something in it", async () => {
    const engine = newEngine();
    await engine.parallelize([1]).saveAsTextFile(folder.at("out"));
    for (const save of ["saveAsTextFile", "saveAsObjectFile"] as const) {
      const error = { name: "OutputError", code: "output-exists", details: { folder: folder.at("out") } };
      await expect(engine.parallelize([2])[save](folder.at("out"))).rejects.toMatchObject(error);
    }
    expect(text("out", "part-00000") + text("out", "part-00001")).toBe("1\n");
  });
});
