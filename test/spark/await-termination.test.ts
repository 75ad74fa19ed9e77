// The cases of Spark's StreamingContextSuite on waiting for the end.
import { collected } from "millrace/testing";
import { afterEach, describe, expect, test } from "vitest";
import { INTERVAL_MS, type ManualContext, manualContext, stopContexts } from "../support/batches.js";

afterEach(stopContexts);

/** A context with an input and an output. */
function ready(): ManualContext {
  const context = manualContext({ master: "local[2]" });
  collected(context.ssc.queueStream([[1], [2]]));
  return context;
}

describe("waiting for the end", () => {
  test("awaitTermination waits for stop; with a time-out it says whether the context stopped", async () => {
    const { ssc } = ready();
    await ssc.start();
    let isOver = false;
    const waiting = ssc.awaitTermination().then(() => {
      isOver = true;
    });
    expect(await ssc.awaitTerminationOrTimeout(1)).toBe(false);
    expect(isOver).toBe(false);
    const waitingLong = ssc.awaitTerminationOrTimeout(10_000);
    await ssc.stop();
    await waiting;
    expect(await waitingLong).toBe(true);
  });

  test("awaitTermination after stop", async () => {
    const { ssc } = ready();
    await ssc.start();
    await ssc.stop();
    await ssc.awaitTermination();
    expect(await ssc.awaitTerminationOrTimeout(10_000)).toBe(true);
  });

  test.each(["awaitTermination", "awaitTerminationOrTimeout"] as const)("%s gets an error of a task", async (wait) => {
    const { ssc, clock } = manualContext({ master: "local[2]" });
    ssc
      .queueStream([[1]])
      .map((n): number => {
        throw new Error(`no ${n} in this map`);
      })
      .foreachRDD((rdd) => rdd.count());
    await ssc.start();
    await clock.advance(INTERVAL_MS);
    await expect(ssc[wait](5000)).rejects.toThrow("no 1 in this map");
  });

  test.each(["awaitTermination", "awaitTerminationOrTimeout"] as const)(
    "%s gets an error of making a batch",
    async (wait) => {
      const { ssc, clock } = manualContext({ master: "local[2]" });
      collected(
        ssc.queueStream([[1]]).transform(() => {
          throw new Error("no such transform");
        }),
      );
      await ssc.start();
      await clock.advance(INTERVAL_MS);
      await expect(ssc[wait](5000)).rejects.toThrow("no such transform");
    },
  );
});
