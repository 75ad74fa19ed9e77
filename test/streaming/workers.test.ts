import type { Worker } from "node:worker_threads";
import { afterEach, beforeEach, expect, test } from "vitest";
import { collected, manualContext, stopContexts, until, utf8, wordCount } from "../support/batches.js";
import { withoutSharedMemory } from "../support/internals.js";
import { random } from "../support/property.js";

/** Node's module as the library asks for it, whose workers are noted here. */
const threads = process.getBuiltinModule("node:worker_threads") as { Worker: typeof Worker };
const Original = threads.Worker;
let workers: Worker[];
/** Workers that have said that they are ready. */
let ready: Set<Worker>;

beforeEach(() => {
  workers = [];
  ready = new Set();
  threads.Worker = class extends Original {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args);
      workers.push(this);
      this.once("message", () => ready.add(this));
    }
  };
});

afterEach(async () => {
  await stopContexts();
  threads.Worker = Original;
});

test.each([
  ["local[2]", "shared memory"],
  ["local[4]", "shared memory"],
  ["local[3]", "transfers"],
])("workers that are killed, at any moment of any batch, cost no record, %s, %s", async (master, by) => {
  const { ssc, clock } = manualContext({ master, defaultParallelism: 6 });
  if (by === "transfers") withoutSharedMemory(ssc.engine);
  const lines = ssc.pushStream();
  const outputs = collected(wordCount(lines, 3));
  const next = random(7);
  void ssc.start();
  await (ssc.engine as unknown as { start(): Promise<void> }).start();
  const started = workers.length;
  expect(started).toBe(Number(master.slice(6, 7)) - 1);
  const expected: Array<Map<string, number>> = [];
  for (let batch = 0; batch < 60; batch++) {
    const words = Array.from({ length: 3000 }, () => `w${Math.floor(next() * 500)}`);
    const counts = new Map<string, number>();
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
    expected.push(counts);
    for (let at = 0; at < words.length; at += 50)
      await lines.pushBytes(utf8(`${words.slice(at, at + 50).join(" ")}\n`));
    const advanced = clock.advance(1000);
    if (batch % 3 === 0) {
      const turns = Math.floor(next() * 6);
      for (let turn = 0; turn < turns; turn++)
        await (turn % 2 === 0 ? null : new Promise((resolve) => setImmediate(resolve)));
      void workers.at(-1)!.terminate();
    }
    await advanced;
    // One that is killed before it is ready is given up; half of the batches run without it, half with the next one.
    if (batch % 3 === 1) await until(() => ready.size === started + Math.floor(batch / 3) + 1);
  }
  await ssc.stop();
  await ssc.awaitTermination();
  expect(outputs.map((rows) => new Map(rows))).toEqual(expected);
  expect(workers.length).toBe(started + 20);
});

test("all workers end with the engine", async () => {
  const { ssc, clock } = manualContext({ master: "local[3]" });
  const outputs = collected(wordCount(ssc.queueStream([["a b", "b c", "c d"]])));
  void ssc.start();
  await clock.advance(1000);
  const ended = workers.map((worker) => new Promise((resolve) => void worker.once("exit", resolve)));
  expect(ended).toHaveLength(2);
  await ssc.stop();
  await Promise.all(ended);
  expect(new Map(outputs[0])).toEqual(
    new Map([
      ["a", 1],
      ["b", 2],
      ["c", 2],
      ["d", 1],
    ]),
  );
});
