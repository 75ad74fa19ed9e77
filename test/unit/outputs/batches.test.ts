import { Time } from "millrace";
import { describe, expect, test } from "vitest";
import { type Batch, BatchesOutput } from "../../../src/outputs/batches.js";

const batch = (n: number): Batch<number> => ({ time: new Time(n * 1000), rdd: n });

/** What settles, in order. */
function recorder() {
  const log: string[] = [];
  const note = <R>(name: string, promise: Promise<R>): Promise<R> => {
    promise.then(
      () => log.push(name),
      () => log.push(`${name} failed`),
    );
    return promise;
  };
  return { log, note };
}

async function turns(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

describe("batches", () => {
  test("a batch is processed when the loop asks for the next one", async () => {
    const output = new BatchesOutput<number>(false);
    const { log, note } = recorder();
    note(
      "first",
      output.put(batch(1), (done) => note("rows of the first", done)),
    );
    const iterator = output[Symbol.asyncIterator]();
    expect(await iterator.next()).toMatchObject({ done: false, value: { rdd: 1 } });
    await turns();
    expect(log).toEqual([]);
    const next = iterator.next();
    await turns();
    expect(log.sort()).toEqual(["first", "rows of the first"]);
    note(
      "second",
      output.put(batch(2), () => {}),
    );
    expect(await next).toMatchObject({ value: { rdd: 2 } });
    output.end();
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  test("several that ask at once each get one, in the order in which they asked", async () => {
    const output = new BatchesOutput<number>(true);
    const iterator = output[Symbol.asyncIterator]();
    const asked = [iterator.next(), iterator.next(), iterator.next()];
    await output.put(batch(1), () => {});
    await output.put(batch(2), () => {});
    expect((await Promise.all(asked.slice(0, 2))).map(({ value }) => (value as Batch<number>).rdd)).toEqual([1, 2]);
    output.end();
    expect(await asked[2]).toEqual({ done: true, value: undefined });
  });

  test("a third batch that waits on a manual clock ends the output with an error, after the two before", async () => {
    const output = new BatchesOutput<number>(true);
    await output.put(batch(1), () => {});
    await output.put(batch(2), () => {});
    await expect(output.put(batch(3), () => {})).rejects.toMatchObject({ name: "OutputError", code: "batches-full" });
    await output.put(batch(4), () => {});
    const seen: number[] = [];
    const loop = (async () => {
      for await (const { rdd } of output) seen.push(rdd);
    })();
    await expect(loop).rejects.toMatchObject({ code: "batches-full" });
    expect(seen).toEqual([1, 2]);
  });

  test("leaving the loop ends the output: later batches are nobody's", async () => {
    const output = new BatchesOutput<number>(false);
    const { log, note } = recorder();
    note(
      "first",
      output.put(batch(1), (done) => note("rows of the first", done)),
    );
    for await (const { rdd } of output) {
      expect(rdd).toBe(1);
      break;
    }
    await turns();
    expect(log.sort()).toEqual(["first", "rows of the first"]);
    let retained = false;
    await output.put(batch(2), () => {
      retained = true;
    });
    expect(retained).toBe(false);
    for await (const _ of output) expect.fail("there is nothing");
  });

  test("the end of a context lets go of batches that no loop ever asked for", async () => {
    const output = new BatchesOutput<number>(false);
    const { log, note } = recorder();
    note(
      "first",
      output.put(batch(1), (done) => note("rows of the first", done)),
    );
    output.end();
    await turns();
    expect(log.sort()).toEqual(["first", "rows of the first"]);
  });
});
