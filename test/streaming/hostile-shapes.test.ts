import { collected } from "millrace/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type * as Shapes from "../programs/shapes.js";
import { manualContext, stopContexts, utf8 } from "../support/batches.js";

const url = new URL("../../build/programs/test/programs/shapes.js", import.meta.url).href;
const shapes = (await import(/* @vite-ignore */ url)) as typeof Shapes;

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
});
afterEach(async () => {
  await stopContexts();
  vi.restoreAllMocks();
});

const cases = shapes.SHAPES.map(([name, code], shape) => [name, code, shape] as const);

describe.each(["inline", "worker"] as const)("a function that does not keep its contract, %s", (where) => {
  it.each(cases)("%s", async (_, code, shape) => {
    const program = `${url}?shape=${shape}`;
    const { ssc, clock } = manualContext(
      where === "inline" ? { master: "local[1]" } : { master: "local[2]", program, batchTimeout: 60_000 },
    );
    const { lines, wrong, counts } = shapes.default(ssc, shape);
    const rows = collected(wrong);
    const states = collected(counts);
    await ssc.start();
    for (const batch of ["good", "good\nbad\nlast", "good"]) {
      await lines.pushBytes(utf8(`${batch}\n`));
      await clock.advance(1000);
    }
    await ssc.stop();
    await expect(ssc.awaitTermination()).rejects.toMatchObject({ name: "PlanError", code });
    // The batch gives nothing at all; those before and after it are whole, and so is state beside it.
    expect(rows).toHaveLength(2);
    expect(new Map(states.at(-1)!)).toEqual(
      new Map([
        ["good", 3],
        ["bad", 1],
        ["last", 1],
      ]),
    );
    expect(states).toHaveLength(3);
  });
});
