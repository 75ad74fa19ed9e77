import { describe, expect, test } from "vitest";
import type { Dataset, StageDataset, StageRunner } from "../../../src/plan/dataset.js";
import { StateVersions } from "../../../src/state/state-versions.js";

/** Runs stages once and keeps their rows, as a job does. */
class Runner implements StageRunner {
  readonly batch = { id: 0, time: 0, attempt: 1 };
  readonly #rows = new Map<Dataset, Promise<Array<readonly unknown[]>>>();

  rowsOf(dataset: Dataset): Promise<Array<readonly unknown[]>> {
    let rows = this.#rows.get(dataset);
    if (rows === undefined) {
      rows = (dataset as StageDataset)
        .run(this)
        .then((partitions) => partitions.map((rows) => rows as readonly unknown[]));
      this.#rows.set(dataset, rows);
    }
    return rows;
  }

  asTask<R>(body: () => R): R {
    return body();
  }

  readonly kernel = undefined;

  get blocksOf(): never {
    throw new Error("These stages read no blocks.");
  }

  get states(): never {
    throw new Error("These stages keep no state by key.");
  }
}

function sums() {
  const versions = new StateVersions("sum", 1);
  const order: number[] = [];
  let sum = 0;
  const next = (timeMs: number, value: number) =>
    versions.next({
      timeMs,
      parents: [],
      update: async () => {
        await Promise.resolve();
        if (value < 0) throw new Error(`no ${timeMs}`);
        order.push(timeMs);
        sum += value;
        return [[sum]];
      },
    });
  return { versions, next, order };
}

describe("versions of a state", () => {
  test("update in the order of their times, whoever is asked for first", async () => {
    const { next, order, versions } = sums();
    expect(versions.isEmpty).toBe(true);
    const stages = [next(1, 1), next(2, 2), next(3, 4)];
    expect(versions.isEmpty).toBe(false);
    expect(versions.lastMs).toBe(3);
    const runner = new Runner();
    const [third, first] = await Promise.all([runner.rowsOf(stages[2]!), runner.rowsOf(stages[0]!)]);
    expect([third, first, await runner.rowsOf(stages[1]!)]).toEqual([[[7]], [[1]], [[3]]]);
    expect(order).toEqual([1, 2, 3]);
    expect(stages.map((stage) => stage.isSettled())).toEqual([true, true, true]);
  });

  test("that fail are told to who asks for them, and the next goes on from the one before", async () => {
    const { next } = sums();
    const stages = [next(1, 1), next(2, -1), next(3, 4)];
    const runner = new Runner();
    expect(await runner.rowsOf(stages[2]!)).toEqual([[5]]);
    expect(stages[1]!.isSettled()).toBe(true);
    await expect(runner.rowsOf(stages[1]!)).rejects.toThrow("no 2");
    await expect(stages[1]!.run(runner)).rejects.toThrow("no 2");
  });

  test("run once: what they gave out is there as long as it is kept", async () => {
    const { next, order } = sums();
    const stage = next(1, 1);
    expect(stage.runsOnce).toBe(true);
    await stage.run(new Runner());
    await expect(stage.run(new Runner())).rejects.toMatchObject({ name: "StateError", code: "state-forgotten" });
    expect(order).toEqual([1]);
  });
});
