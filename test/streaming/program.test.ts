import type { Worker } from "node:worker_threads";
import { setEnvironmentData } from "node:worker_threads";
import { type DStream, Engine } from "millrace";
import { collected } from "millrace/testing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type * as Broken from "../programs/broken.js";
import type * as Model from "../programs/model.js";
import type * as Words from "../programs/words.js";
import { type ContextOptions, manualContext, stopContexts, until, utf8 } from "../support/batches.js";
import { runningOf, withoutSharedMemory } from "../support/internals.js";
import { random } from "../support/property.js";

/** Programs are imported as they were built, as workers import them. */
const load = async <M>(name: string): Promise<M> => (await import(/* @vite-ignore */ urlOf(name))) as M;
const urlOf = (name: string, query = "") =>
  new URL(`../../build/programs/test/programs/${name}.js`, import.meta.url).href + query;

/** Node's module as the library asks for it, whose workers are noted here. */
const threads = process.getBuiltinModule("node:worker_threads") as { Worker: typeof Worker };
const Original = threads.Worker;
let workers: Worker[];
/** Messages of a kind that workers have sent. */
let received: Array<{ readonly type: string; readonly outcomes?: ReadonlyArray<Record<string, unknown>> }>;

beforeEach(() => {
  workers = [];
  received = [];
  threads.Worker = class extends Original {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args);
      workers.push(this);
      this.on("message", (message) => received.push(message));
    }
  };
});

afterEach(async () => {
  await stopContexts();
  vi.restoreAllMocks();
  threads.Worker = Original;
  setEnvironmentData("millrace-test-gate", undefined);
  setEnvironmentData("millrace-test-deaths", undefined);
});

/** What tasks that ran in workers came to. */
const outcomes = () => received.flatMap(({ type, outcomes = [] }) => (type === "closures" ? outcomes : []));

function textOf(seed: number, lines: number): string {
  const next = random(seed);
  const words = ["a", "The", "the", "b", "zebra", "Zoo", "c3", "é", "", "𝄞x", "abc"];
  const word = () => words[Math.floor(next() * words.length)]!;
  return Array.from({ length: lines }, () => `${Array.from({ length: 6 }, word).join(" ")}\n`).join("");
}

interface Results {
  readonly batches: Record<string, unknown[][]>;
  readonly seen: number;
  readonly lists: readonly string[];
}

async function runWords(
  options: ContextOptions,
  batches: readonly string[],
  by: "shared memory" | "transfers" = "shared memory",
): Promise<Results> {
  const words = await load<typeof Words>("words");
  const { ssc, clock } = manualContext(options);
  if (by === "transfers") withoutSharedMemory(ssc.engine);
  const { lines, counts, lengths, windowed, joined, total } = words.default(ssc);
  const { seen, lists } = words.accumulators;
  const outputs = Object.entries({ counts, lengths, windowed, joined, total }).map(
    ([name, stream]) => [name, collected(stream as typeof counts)] as const,
  );
  void ssc.start();
  for (const text of batches) {
    await lines.pushBytes(utf8(text));
    await clock.advance(1000);
  }
  await ssc.stop();
  await ssc.awaitTermination();
  return { batches: Object.fromEntries(outputs), seen: seen.value, lists: lists.value };
}

describe("a program", () => {
  test.each([
    ["local[2]", "shared memory"],
    ["local[3]", "shared memory"],
    ["local[2]", "transfers"],
    ["local[4]", "transfers"],
  ] as const)("gives the same results in workers, %s, %s", async (master, by) => {
    const batches = [textOf(1, 300), textOf(2, 500), "", textOf(3, 200), textOf(4, 1)];
    const expected = await runWords({ master: "local[1]", defaultParallelism: 4 }, batches);
    expect(expected.seen).toBeGreaterThan(0);
    expect(outcomes()).toEqual([]);
    const results = await runWords({ master, defaultParallelism: 4, program: urlOf("words") }, batches, by);
    expect(results).toEqual(expected);
    expect(outcomes().filter((outcome) => "declined" in outcome || "error" in outcome)).toEqual([]);
    expect(received.filter(({ type }) => type === "closures").length).toBeGreaterThan(0);
    const ready = received.filter(({ type }) => type === "ready");
    for (const message of ready) expect("memory" in message).toBe(by === "shared memory");
  });

  test("partitions are claimed one by one: a slow one holds up no other, and workers take their share", async () => {
    const gate = new Int32Array(new SharedArrayBuffer(4));
    setEnvironmentData("millrace-test-gate", gate);
    const words = await load<typeof Words>("words");
    const { ssc, clock } = manualContext({ master: "local[2]", defaultParallelism: 6, program: urlOf("words") });
    const { lines, threads } = words.default(ssc);
    const [rows] = [collected(threads)];
    void ssc.start();
    // Of six partitions the first one waits for all of the others.
    await lines.pushBytes(utf8("slow5\nword1\nword2\nword3\nword4\nword5\n"));
    await clock.advance(1000);
    const [slow, ...others] = rows[0]!;
    expect(rows[0]!.map(([word]) => word)).toEqual(["slow5", "word1", "word2", "word3", "word4", "word5"]);
    expect(new Set(others.map(([, thread]) => thread)).size).toBe(1);
    expect(others[0]![1]).not.toBe(slow![1]);
    expect([slow![1], others[0]![1]]).toContain(0);
  });

  test("what a closure throws in a worker has operator, place, record and cause", async () => {
    const words = await load<typeof Words>("words");
    const errorOf = async (program: string | undefined, text: string) => {
      const { ssc, clock } = manualContext({
        master: "local[2]",
        defaultParallelism: 3,
        ...(program !== undefined && { program }),
      });
      const { lines, throwing } = words.default(ssc);
      collected(throwing);
      vi.spyOn(console, "warn").mockImplementation(() => {});
      void ssc.start();
      await lines.pushBytes(utf8(text));
      await clock.advance(1000);
      await ssc.stop();
      const error = await ssc.awaitTermination().catch((error: unknown) => error);
      return error as Error & { code: string; details: Record<string, unknown>; cause: Error & { extra: unknown } };
    };
    const text = `${"fine\n".repeat(40)}odd one\n${"fine\n".repeat(40)}odd two\n`;
    const expected = await errorOf(undefined, text);
    const error = await errorOf(urlOf("words"), text);
    expect(error.name).toBe("PlanError");
    expect(error.code).toBe("function-threw");
    const withoutPlace = (message: string) => message.replace(/ \(map at .*\)$/, "");
    expect(withoutPlace(error.message)).toBe(withoutPlace(expected.message));
    expect(error.message).toMatch(
      /The function given to map threw on "odd one": odd: odd one \(map at .*words\.js:\d+:\d+\)$/,
    );
    expect(error.details).toMatchObject({ operator: "map", record: "odd one" });
    expect(error.cause).toBeInstanceOf(Error);
    expect(error.cause).toMatchObject({ name: "OddError", message: "odd: odd one", extra: { at: [1, 2] } });
    expect(error.cause.stack).toContain("words.js");
    expect(error.cause.cause).toBeInstanceOf(RangeError);
    expect(error.cause.cause).toMatchObject({ message: "below" });
  });

  test.each(["unsendable", "instances", "foreign"] as const)(
    "what cannot leave the thread that makes it is made on the host's, and says so once: %s",
    async (name) => {
      const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
      const words = await load<typeof Words>("words");
      const { ssc, clock } = manualContext({ master: "local[2]", defaultParallelism: 4, program: urlOf("words") });
      const handles = words.default(ssc);
      const rows = collected(handles[name] as DStream<unknown>);
      const texts = Array.from({ length: 40 }, (_, i) => `line ${i}`);
      void ssc.start();
      for (let batch = 0; batch < 3; batch++) {
        await handles.lines.pushBytes(utf8(`${texts.join("\n")}\n`));
        await clock.advance(1000);
      }
      const textOf = (row: unknown) =>
        typeof row === "function" ? row() : typeof row === "string" ? row : (row as { text: string; length: number });
      for (const batch of rows) {
        const shown = batch.map(textOf);
        expect(shown.map((row) => (typeof row === "string" ? row : row.text))).toEqual(texts);
        // Getters of the class are there: no row came back as a plain object.
        for (const row of shown) expect(row.length).toBeGreaterThan(4);
      }
      for (const outcome of outcomes()) expect(outcome).toMatchObject({ isLasting: true });
      expect(outcomes().length).toBeLessThanOrEqual(4);
      const lines = warn.mock.calls
        .flat()
        .filter((line) => String(line).includes("runs on the host's thread from now on"));
      expect(lines).toHaveLength(outcomes().length > 0 ? 1 : 0);
      if (name === "foreign") expect(words.accumulators.outside.value % 120).toBe(0);
    },
  );

  test("workers that die, by a closure or by others, cost nothing", async () => {
    // One that is killed before it is ready is given up, and says so.
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const words = await load<typeof Words>("words");
    const { ssc, clock } = manualContext({ master: "local[3]", defaultParallelism: 4, program: urlOf("words") });
    const { lines, throwing } = words.default(ssc);
    const rows = collected(throwing);
    const expected: string[][] = [];
    const deaths = new Int32Array(new SharedArrayBuffer(4));
    setEnvironmentData("millrace-test-deaths", deaths);
    void ssc.start();
    for (let batch = 0; batch < 8; batch++) {
      deaths[0] = 0;
      const texts = Array.from({ length: 50 }, (_, i) => (i % 25 === 7 && batch % 3 === 1 ? "dies" : `line ${i}`));
      expected.push(texts.map((text) => text.toUpperCase()));
      await lines.pushBytes(utf8(`${texts.join("\n")}\n`));
      const advanced = clock.advance(1000);
      if (batch % 3 === 2) void workers.at(-1)!.terminate();
      await advanced;
    }
    expect(rows).toEqual(expected);
  });

  test("what the context has besides runs on the host's thread, with the same results", async () => {
    const words = await load<typeof Words>("words");
    const { ssc, clock } = manualContext({ master: "local[2]", defaultParallelism: 3, program: urlOf("words") });
    const { lines, counts } = words.default(ssc);
    const more = counts.map(([word, count]) => `${word}=${count}`).filter((text) => text.length > 2);
    const rows = collected(more);
    let sum = 0;
    lines.foreachRDD(async (rdd) => {
      const lengths = rdd.map((line) => line.length + rows.length * 0);
      sum += await lengths.reduce((a, b) => a + b);
    });
    void ssc.start();
    await lines.pushBytes(utf8("a b\nb c\nc c\n"));
    await clock.advance(1000);
    expect(rows[0]!.toSorted()).toEqual(["a=1", "b=2", "c=3"]);
    expect(sum).toBe(9);
  });

  test("accumulators of the main module do not get in the way of those of the program", async () => {
    const words = await load<typeof Words>("words");
    const { ssc, clock } = manualContext({ master: "local[3]", defaultParallelism: 5, program: urlOf("words") });
    const before = ssc.engine.accumulator(0, "seen");
    const { lines, counts } = words.default(ssc);
    const after = ssc.engine.accumulator(0, "seen");
    collected(counts);
    void ssc.start();
    await lines.pushBytes(utf8(textOf(5, 400)));
    await clock.advance(1000);
    expect([before.value, words.accumulators.seen.value, after.value]).toEqual([0, 400, 0]);
    expect(words.accumulators.lists.value.every((word) => word.startsWith("z"))).toBe(true);
  });

  test("a worker that takes the place of another one, and fails to build the streams, leaves closures to the host's thread", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const { default: build } = await load<typeof Broken>("broken");
    const { ssc, clock } = manualContext({ master: "local[2]", program: urlOf("broken", "?how=later") });
    const { lines, lengths } = build!(ssc);
    const rows = collected(lengths);
    await ssc.start();
    setEnvironmentData("millrace-test-later", "throw");
    const gone = new Promise((resolve) => void workers[0]!.once("exit", resolve));
    void workers[0]!.terminate();
    await gone;
    await until(() => warn.mock.calls.flat().some((line) => String(line).includes("could not build the graph")));
    setEnvironmentData("millrace-test-later", undefined);
    await lines.pushBytes(utf8("a\nbb\nccc\n"));
    await clock.advance(1000);
    expect(rows).toEqual([[1, 1, 1]]);
    expect(outcomes().every((outcome) => "declined" in outcome)).toBe(true);
  });
});

describe("explain() says which threads run closures", () => {
  const threadsOf = (text: string) => text.split("\n").filter((line) => line.startsWith("  threads "));
  const build = async (options: ContextOptions) => {
    const words = await load<typeof Words>("words");
    const { ssc } = manualContext(options);
    return { ssc, ...words.default(ssc) };
  };

  test("one thread, or no program", async () => {
    expect(threadsOf((await build({ master: "local[1]" })).counts.explain())).toEqual(
      Array(2).fill(expect.stringMatching(/threads +the host's, the only one$/)),
    );
    expect(threadsOf((await build({ master: "local[2]" })).counts.explain())).toEqual(
      Array(2).fill(
        expect.stringMatching(
          /threads +the host's, which nothing can interrupt: workers have no closures without a program$/,
        ),
      ),
    );
  });

  test("a program, what the context has besides, and state", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const { ssc, counts } = await build({ master: "local[3]", program: urlOf("words") });
    const besides = counts.map(([word]) => [word].join());
    const state = counts.updateStateByKey((values: number[]) => values.length).map((pair) => [...pair].length);
    for (const stream of [besides, state]) stream.foreachRDD(() => {});
    await ssc.start();
    expect(threadsOf(counts.explain())).toEqual(
      Array(2).fill(
        expect.stringMatching(
          /threads +3, of which batchTimeout ends all but the host's, where rows are received text/,
        ),
      ),
    );
    expect(threadsOf(besides.explain()).at(-1)).toMatch(/the host's, .*: the program does not make map$/);
    expect(threadsOf(state.explain()).at(-1)).toMatch(/the host's, where its rows are made$/);
  });
});

describe("a program that a worker cannot use is refused at the start", () => {
  const startError = async (module: string, how: string): Promise<Error & { code: string }> => {
    const { default: build } = await load<{ default: (ssc: unknown, how: string) => unknown }>(module);
    const { ssc } = manualContext({ master: "local[3]", program: urlOf(module, `?how=${how}`) });
    build(ssc, how);
    collected(ssc.queueStream([]));
    return ssc.start().then(
      () => expect.fail("it started"),
      (error) => error,
    );
  };

  test.each([
    [
      "source",
      /map \(stream 3\) is "\(line\) => line\.toLowerCase\(\)" there, and "\(line\) => line\.toUpperCase\(\)" here/,
    ],
    ["value", /map \(stream 2\) is .*values of \d+ bytes.* there, and .*values of .* here/],
    ["more", /filter \(stream 4\) is "filter" there, and "queueStream" here/],
    ["none", /makes no streams/],
  ])("other streams: %s", async (how, message) => {
    const error = await startError("differs", how);
    expect(error).toMatchObject({ name: "ConfigError", code: "program-mismatch" });
    expect(error.message).toMatch(message);
    expect(error.message).toContain("Call the function that it exports on the context");
  });

  test.each([
    ["context", "inside-worker", /cannot be made inside a worker.*isMainThread/],
    ["throw", "program-import", /not in a worker/],
    ["nothing", "program-module", /must export a function/],
  ])("modules: %s", async (how, code, message) => {
    const error = await startError("broken", how);
    expect(error).toMatchObject({ name: "ConfigError", code });
    expect(error.message).toMatch(message);
  });

  test("a module that ends the worker", async () => {
    expect(await startError("broken", "exit")).toMatchObject({ name: "KernelError", code: "worker-lost" });
  });

  test.each(["./program.js", "", 7])("what is no address of a module: %s", (program) => {
    expect(() => manualContext({ program: program as string })).toThrow(
      expect.objectContaining({ name: "ConfigError", code: "invalid-option" }),
    );
  });
});

test.each(["shared memory", "transfers"])(
  "random programs give the same in workers as the model, %s",
  { timeout: 120_000 },
  async (by) => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const { differenceOn, parallelismOf } = await load<typeof Model>("model");
    const first = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000_000);
    const engines = new Map<number, Engine>();
    for (let seed = first; seed < first + 60; seed++) {
      const defaultParallelism = parallelismOf(seed);
      const engine = engines.get(defaultParallelism) ?? new Engine({ master: "local[3]", defaultParallelism });
      if (by === "transfers" && !engines.has(defaultParallelism)) withoutSharedMemory(engine);
      engines.set(defaultParallelism, engine);
      // Queued rows are values, which would stay on the host's thread.
      (await runningOf(engine)).programs.encodesValues = true;
      const found = await differenceOn(seed, engine, urlOf("model"));
      if (found) expect.fail(`MILLRACE_SEED=${seed}: ${found}`);
    }
    for (const engine of engines.values()) await engine.stop();
    expect(outcomes().filter((outcome) => "blocks" in outcome).length).toBeGreaterThan(0);
  },
);
