import { afterEach, expect, test } from "vitest";
import { manualContext, stopContexts, utf8, wordCount } from "../support/batches.js";
import { threadsOf } from "../support/internals.js";

afterEach(stopContexts);

test("20,000 tiny batches leave nothing behind", async () => {
  const { ssc, clock } = manualContext();
  const lines = ssc.pushStream();
  const plain = ssc.queueStream<string>([]);
  let sum = 0;
  wordCount(lines).foreachRDD(async (rdd) => {
    sum += await rdd.count();
  });
  lines
    .union(plain)
    .count()
    .foreachRDD(async (rdd) => {
      sum += await rdd.first();
    });
  void ssc.start();
  const line = utf8("the mill on the floss\n");
  const run = async (batches: number) => {
    for (let i = 0; i < batches; i++) {
      await lines.pushBytes(line);
      if (i % 3 === 0) await lines.push("x y");
      await clock.advance(1000);
    }
  };
  await run(2000);
  const { memoryBytes } = threadsOf(ssc.engine);
  const { bytesTaken } = threadsOf(ssc.engine).kernel.memory;
  const heapBytes = process.memoryUsage().heapUsed;
  await run(18_000);
  expect(threadsOf(ssc.engine).memoryBytes).toBe(memoryBytes);
  expect(threadsOf(ssc.engine).kernel.memory.bytesTaken).toBe(bytesTaken);
  expect(process.memoryUsage().heapUsed - heapBytes).toBeLessThan(64 * 1024 * 1024);
  await clock.advance(1000);
  expect(threadsOf(ssc.engine).blocks.size).toBe(0);
  const pushed = [2000, 18_000].reduce((total, n) => total + Math.ceil(n / 3), 0);
  expect(sum).toBe(20_000 * 4 + pushed * 2 + 20_000 + pushed);
  await ssc.stop();
  await ssc.awaitTermination();
}, 60_000);

test("an endless line of small pieces, and memory given back at the end", async () => {
  const { ssc, clock } = manualContext();
  const lines = ssc.pushStream();
  const lengths: number[] = [];
  lines.foreachRDD(async (rdd) => {
    for (const row of await rdd.collect()) lengths.push(row.length);
  });
  void ssc.start();
  for (let i = 0; i < 500; i++) {
    await lines.pushBytes(new Uint8Array(1000).fill(97));
    if (i % 50 === 0) await clock.advance(1000);
  }
  lines.close();
  await clock.advance(1000);
  expect(lengths).toEqual([500_000]);
  await clock.advance(1000);
  expect(threadsOf(ssc.engine).blocks.size).toBe(0);
});
