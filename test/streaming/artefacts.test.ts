import { readFileSync } from "node:fs";
import { Engine, ManualClock, StreamingContext } from "millrace";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { formatRow } from "../../src/block/format-row.js";
import { type Run, run } from "../model/build.js";
import { same } from "../model/compare.js";
import { generate } from "../model/generate.js";
import { showProgram } from "../model/show.js";
import { withoutSharedMemory, withoutSimd } from "../support/internals.js";
import { random } from "../support/property.js";

/** How an engine is brought to run each artefact; the first is what the others are compared with. */
const WAYS = [
  { name: "scalar", artefact: "scalar", master: "local[1]", prepare: withoutSimd },
  { name: "scalar in workers", artefact: "scalar", master: "local[2]", prepare: withoutSimd },
  { name: "unshared", artefact: "unshared", master: "local[1]", prepare: () => {} },
  { name: "unshared in workers", artefact: "unshared", master: "local[2]", prepare: withoutSharedMemory },
  { name: "shared", artefact: "shared", master: "local[2]", prepare: () => {} },
] as const;
type Way = (typeof WAYS)[number];

const PROGRAMS = 100;
const TEXTS = 40;
const first = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000_000);
const engines = new Map<string, Engine>();

beforeAll(() => void vi.spyOn(console, "warn").mockImplementation(() => {}));
afterAll(async () => {
  for (const engine of engines.values()) await engine.stop();
  vi.restoreAllMocks();
});

function newEngine({ master, prepare }: Way, defaultParallelism: number): Engine {
  const engine = new Engine({ master, defaultParallelism });
  prepare(engine);
  return engine;
}

/** Engines are shared by the programs that run alike. */
function engineOf(way: Way, defaultParallelism: number): Engine {
  const key = `${way.name}, ${defaultParallelism}`;
  const engine = engines.get(key) ?? newEngine(way, defaultParallelism);
  engines.set(key, engine);
  return engine;
}

/** All that a program gave, as text. */
function printed({ outputs, error }: Run): string {
  const batches = outputs.map((output) => {
    const rows = "rows" in output ? output.rows.map(formatRow) : [];
    return [`Time: ${output.time} ms`, ...rows].join("\n");
  });
  return [...batches, error ?? "no error"].join("\n\n");
}

test.each(WAYS)("an engine made for $name compiles $artefact", async (way) => {
  const compile = vi.spyOn(WebAssembly, "compile");
  const engine = newEngine(way, 2);
  expect(await engine.parallelize(["b", "a", "b"]).countByValue()).toEqual(
    new Map([
      ["b", 2],
      ["a", 1],
    ]),
  );
  const [[binary]] = compile.mock.calls as unknown as [[Uint8Array]];
  compile.mockRestore();
  expect(Buffer.from(binary).equals(readFileSync(`build/kernel/${way.artefact}.wasm`))).toBe(true);
  await engine.stop();
});

describe("every artefact gives the same, byte by byte", () => {
  test(`on ${PROGRAMS} random programs`, { timeout: 120_000 }, async () => {
    for (let seed = first; seed < first + PROGRAMS; seed++) {
      const program = generate(seed);
      const [wanted, ...others] = await runs((way) => run(program, engineOf(way, program.parallelism)));
      for (const [at, got] of others.entries()) {
        const where = `MILLRACE_SEED=${seed}, ${WAYS[at + 1]!.name}:\n${showProgram(program)}`;
        expect(printed(got), where).toBe(printed(wanted!));
        expect(same(got.outputs, wanted!.outputs), where).toBe(true);
      }
    }
  });

  test(`on ${TEXTS} texts that are not all UTF-8`, { timeout: 60_000 }, async () => {
    for (let seed = first; seed < first + TEXTS; seed++) {
      const bytes = hostileText(seed);
      const [wanted, ...others] = await runs((way) => countWords(engineOf(way, 3), bytes));
      expect(wanted!.split("\n").length).toBeGreaterThan(1);
      for (const got of others) expect(got, `MILLRACE_SEED=${seed}`).toBe(wanted);
    }
  });
});

async function runs<T>(body: (way: Way) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (const way of WAYS) results.push(await body(way));
  return results;
}

/** Words of one to forty bytes, most of them of UTF-8, some of any bytes, with line ends of all kinds. */
function hostileText(seed: number): Uint8Array {
  const next = random(seed);
  const upTo = (max: number) => Math.floor(next() * max);
  const texts = ["a", "the", "é", "€uro", "𝄞", "\ufeff", "\u0000", "x".repeat(40)];
  const pieces = Array.from({ length: upTo(2000) + 20 }, () => {
    const odd = upTo(10) === 0 ? Buffer.from([0x80 + upTo(128), 0x80 + upTo(128)]) : Buffer.from(texts[upTo(8)]!);
    return [odd, Buffer.from(["\n", "\r\n", "\r", " ", " ", " "][upTo(6)]!)];
  });
  return Buffer.concat([...pieces.flat(), Buffer.from("\n")]);
}

async function countWords(engine: Engine, bytes: Uint8Array): Promise<string> {
  const clock = new ManualClock();
  const ssc = new StreamingContext({ engine, batchInterval: 1000, clock });
  const lines = ssc.pushStream();
  const printed: string[] = [];
  lines
    .flatMap((line) => line.split(" "))
    .map((word): [string, number] => [word, 1])
    .reduceByKey((x, y) => x + y)
    .foreachRDD(async (rdd) => void printed.push(...(await rdd.collect()).map(formatRow)));
  void ssc.start();
  await lines.pushBytes(bytes);
  await clock.advance(1000);
  await ssc.stop();
  await ssc.awaitTermination();
  return printed.join("\n");
}
