import { ManualClock, StreamingContext } from "millrace";
import { describe, expect, it, vi } from "vitest";

describe("functions that cannot be lambdas", () => {
  const stream = () => new StreamingContext({ batchInterval: 1000, clock: new ManualClock() }).queueStream<string>([]);
  const given = (value: unknown) => value as () => never;

  it("an async function is refused where it is given", () => {
    const message = /needs a function that returns its result, got an async one/;
    expect(() => stream().map(async (row) => row)).toThrow(message);
    expect(() => stream().filter(async () => true)).toThrow(message);
    expect(() => stream().flatMap(given(async () => []))).toThrow(message);
  });

  it.each([undefined, null, "x", 1, {}])("%o is no function", (value) => {
    const message = /needs a function, got/;
    expect(() => stream().map(given(value))).toThrow(message);
    expect(() => stream().flatMap(given(value))).toThrow(message);
    expect(() => stream().filter(given(value))).toThrow(message);
    expect(() => stream().foreachRDD(given(value))).toThrow(message);
    const pairs = stream().map((row) => [row, 1]);
    expect(() => pairs.reduceByKey(given(value))).toThrow(message);
  });

  it("a failed output is said, with its batch", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const clock = new ManualClock();
    const ssc = new StreamingContext({ batchInterval: 1000, clock, master: "local[1]" });
    ssc.queueStream([["x"]]).foreachRDD(() => {
      throw new Error("no database");
    });
    await ssc.start();
    await clock.advance(1000);
    await ssc.stop();
    expect(warn.mock.calls.flat()).toEqual(["millrace: foreachRDD of the batch of 1000 ms failed: Error: no database"]);
    warn.mockRestore();
  });
});
