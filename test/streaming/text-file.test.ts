import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { Engine } from "millrace";
import { afterEach, describe, expect, it, test } from "vitest";
import { linesOf } from "../reference/lines.js";
import { checkAsync } from "../support/property.js";
import { temporaryFolder } from "../support/temporary-folder.js";

const folder = temporaryFolder();
const engines: Engine[] = [];

afterEach(() => Promise.all(engines.splice(0).map((engine) => engine.stop())));

function newEngine(): Engine {
  const engine = new Engine({ master: "local[2]" });
  engines.push(engine);
  return engine;
}

describe("engine.textFile", () => {
  it("has the lines of a file", async () => {
    const path = folder.write("a.txt", "one\r\ntwo\n\nthree");
    const lines = newEngine().textFile(path);
    expect(lines.getNumPartitions()).toBe(2);
    expect(await lines.collect()).toEqual(["one", "two", "", "three"]);
    expect(await lines.count()).toBe(4);
    expect(await lines.first()).toBe("one");
  });

  it("has the lines of all files of a folder, but for hidden ones, in the order of their names", async () => {
    folder.write("out/part-00001", "3\n4\n");
    folder.write("out/part-00000", "1\n2");
    folder.write("out/_SUCCESS", "");
    folder.write("out/.part-00000.crc", "no");
    folder.write("out/deep/part", "no");
    folder.write("out/part-00002.gz", gzipSync("5\n6\n"));
    const engine = newEngine();
    for (const partitions of [1, 2, 3, 7, 50]) {
      const lines = engine.textFile(folder.at("out"), partitions);
      expect(lines.getNumPartitions()).toBe(partitions);
      expect(await lines.collect()).toEqual(["1", "2", "3", "4", "5", "6"]);
    }
  });

  it("has the lines of all that a glob matches", async () => {
    folder.write("2015/06/a.log", "1");
    folder.write("2015/06/b.txt", "no");
    folder.write("2015/07/a.log", "2");
    folder.write("2014/07/a.log", "no");
    const engine = newEngine();
    expect(await engine.textFile(folder.at("2015", "*", "*.log")).collect()).toEqual(["1", "2"]);
    expect(await engine.textFile(folder.at("201[45]", "07")).collect()).toEqual(["no", "2"]);
  });

  it("cuts at line borders, wherever they are", async () => {
    const engine = newEngine();
    let file = 0;
    await checkAsync(
      fc.asyncProperty(
        fc.stringMatching(/^[ab\r\n]{0,60}$/),
        fc.integer({ min: 1, max: 12 }),
        async (text, partitions) => {
          file += 1;
          const path = folder.write(`${file}`, text);
          const lines = engine.textFile(path, partitions);
          expect(await lines.collect()).toEqual(linesOf(new TextEncoder().encode(text)));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("cuts a large file into parts of about the same size", async () => {
    const lines = Array.from({ length: 200_000 }, (_, i) => `line number ${i}`);
    const path = folder.write("large", lines.join("\n"));
    const rdd = newEngine().textFile(path, 4);
    const sizes: number[] = [];
    await rdd.foreachPartition((rows) => void sizes.push([...rows].length));
    expect(sizes).toHaveLength(4);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThan(10_000);
    expect(await rdd.collect()).toEqual(lines);
  });

  it("counts words in the kernel", async () => {
    const path = folder.write("a.txt", "to be or\nnot to be");
    const counts = newEngine()
      .textFile(path, 3)
      .flatMap((line) => line.split(" "))
      .map((word) => [word, 1])
      .reduceByKey((a, b) => a + b, 1);
    expect(await counts.collect()).toEqual([
      ["to", 2],
      ["be", 2],
      ["or", 1],
      ["not", 1],
    ]);
  });

  it("looks for its files when an action needs them, again where there were none", async () => {
    const lines = newEngine().textFile(folder.at("later"));
    const error = { name: "SourceError", code: "no-such-file", details: { path: folder.at("later") } };
    await expect(lines.collect()).rejects.toMatchObject(error);
    folder.write("later", "there");
    expect(await lines.collect()).toEqual(["there"]);
  });

  it("fails where a file has changed since", async () => {
    const path = folder.write("a.txt", "one\n", 1000);
    const lines = newEngine().textFile(path);
    expect(await lines.collect()).toEqual(["one"]);
    folder.write("a.txt", "one\ntwo\n", 2000);
    await expect(lines.collect()).rejects.toMatchObject({ name: "SourceError", code: "file-changed" });
  });

  test.each([
    ["invalid-path", "", 1],
    ["invalid-glob", "a{b", 1],
  ])("refuses %s", (code, path, partitions) => {
    expect(() => newEngine().textFile(path, partitions)).toThrow(
      expect.objectContaining({ name: "ConfigError", code }),
    );
  });

  test.each([0, -1, 1.5])("refuses %i parts", (partitions) => {
    expect(() => newEngine().textFile("a", partitions)).toThrow(expect.objectContaining({ code: expect.any(String) }));
  });
});
