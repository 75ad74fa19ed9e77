import { describe, expect, test } from "vitest";
import { reduceByKey } from "../../../src/operators/reduce-by-key.js";
import { WindowByKeyStream } from "../../../src/operators/window-by-key.js";
import { type Dataset, type MergeDataset, partitionCount } from "../../../src/plan/dataset.js";
import { Origin } from "../../../src/plan/origin.js";
import { HashPartitioner } from "../../../src/plan/partitioner.js";
import type { BatchScope } from "../../../src/plan/scope.js";

interface TreeOptions {
  readonly windowMs: number;
  readonly paneMs: number;
  readonly slideMs?: number;
  readonly zeroMs?: number;
}

/** A window over panes that are made up: rows of a pane are its time. */
class Tree {
  readonly #stream: WindowByKeyStream;
  readonly #panes = new Map<number, Dataset>();
  readonly released = new Set<BatchScope>();
  /** Times of panes that were looked at. */
  asked: number[] = [];
  readonly #paneMs: number;
  readonly #zeroMs: number;

  constructor({ windowMs, paneMs, slideMs = paneMs, zeroMs = 0 }: TreeOptions) {
    const operator = reduceByKey(new Origin("reduceByKeyAndWindow", () => {}), (a) => a, new HashPartitioner(1));
    this.#stream = new WindowByKeyStream("reduceByKeyAndWindow", operator, { windowMs, slideMs, paneMs });
    this.#paneMs = paneMs;
    this.#zeroMs = zeroMs;
  }

  async at(time: number, isNone: (time: number) => boolean = () => false): Promise<Dataset> {
    this.asked = [];
    return this.#stream.compute({
      time,
      parent: async (_index, at = time) => {
        this.asked.push(at);
        if (at > time) throw new Error(`Pane ${at} is looked at in the window of ${time}.`);
        if (isNone(at)) return undefined;
        const pane = this.#panes.get(at) ?? {
          kind: "source",
          scope: undefined,
          partitions: [[{ kind: "rows", rows: [at] }]],
        };
        this.#panes.set(at, pane as Dataset);
        return pane as Dataset;
      },
      parentTimes: (beginMs, endMs) => {
        const times: number[] = [];
        for (let at = this.#zeroMs + this.#paneMs; at <= endMs; at += this.#paneMs) if (at > beginMs) times.push(at);
        return times;
      },
    });
  }

  done(time: number): void {
    this.#stream.doneUpTo(time, (scope) => {
      this.released.add(scope);
      scope.release(() => {});
    });
  }
}

/** Times of the panes that a dataset merges, in their order. */
function panesOf(dataset: Dataset): number[] {
  if (dataset.kind === "merge") return dataset.parents.flatMap(panesOf);
  return dataset.kind === "source"
    ? (dataset.partitions.flatMap((blocks) =>
        "load" in blocks ? [] : blocks.flatMap((b) => (b.kind === "rows" ? b.rows : [])),
      ) as number[])
    : [];
}

/** How values associate: "((1+2)+3)". */
function shapeOf(dataset: Dataset): string {
  return dataset.kind === "merge" ? `(${dataset.parents.map(shapeOf).join("+")})` : panesOf(dataset).join();
}

/** Merges that a slide makes: those of `dataset` that were not made before. */
function newMerges(dataset: Dataset, made: Set<Dataset>): number {
  if (dataset.kind !== "merge" || made.has(dataset)) return 0;
  made.add(dataset);
  return (dataset as MergeDataset).parents.reduce(
    (sum, parent) => sum + newMerges(parent, made),
    dataset.parents.length - 1,
  );
}

describe("the tree of panes", () => {
  test.each([
    { panes: 60, slide: 1 },
    { panes: 256, slide: 1 },
    { panes: 240, slide: 1 },
    { panes: 43, slide: 1 },
    { panes: 64, slide: 7 },
  ])("of $panes panes by $slide: few panes are looked at, and few merges made", async ({ panes, slide }) => {
    const tree = new Tree({ windowMs: panes, paneMs: 1, slideMs: slide });
    const made = new Set<Dataset>();
    const merges: number[] = [];
    const looks: number[] = [];
    for (let time = slide; time < panes * 4; time += slide) {
      const dataset = await tree.at(time);
      const first = Math.max(1, time - panes + 1);
      const seen = panesOf(dataset);
      expect(seen.length).toBe(time - first + 1);
      expect(seen.every((pane, i) => pane === first + i)).toBe(true);
      merges.push(newMerges(dataset, made));
      looks.push(tree.asked.length);
      tree.done(time);
    }
    const steady = Math.ceil(merges.length / 2);
    const mean = (numbers: number[]) => numbers.slice(steady).reduce((a, b) => a + b, 0) / (numbers.length - steady);
    // Each pane enters the tree once: about one merge; then the nodes that cover the window.
    const most = slide + 2 * Math.ceil(Math.log2(panes));
    expect(mean(merges)).toBeLessThanOrEqual(most);
    expect(Math.max(...looks.slice(steady))).toBeLessThanOrEqual(2 * slide + 2 * Math.ceil(Math.log2(panes)));
  });

  test("associates by the numbers of panes alone: dropping nodes changes nothing", async () => {
    const kept = new Tree({ windowMs: 13, paneMs: 1 });
    for (let time = 1; time <= 50; time++) {
      const dropped = new Tree({ windowMs: 13, paneMs: 1 });
      expect(shapeOf(await kept.at(time))).toBe(shapeOf(await dropped.at(time)));
      kept.done(time);
    }
    expect(shapeOf(await kept.at(51))).toBe("(39+(((40+41)+(42+43))+((44+45)+(46+47)))+((48+49)+(50+51)))");
  });

  test("of large windows, too", async () => {
    const kept = new Tree({ windowMs: 43, paneMs: 1 });
    for (let time = 1; time <= 200; time++) {
      const dropped = new Tree({ windowMs: 43, paneMs: 1 });
      expect(shapeOf(await kept.at(time))).toBe(shapeOf(await dropped.at(time)));
      kept.done(time);
    }
  });

  test.each([60, 240, 960])(
    "a slide of %d panes reads few merges, and makes few, none much more than others",
    async (panes) => {
      const tree = new Tree({ windowMs: panes, paneMs: 1 });
      const made = new Set<Dataset>();
      const reads: number[] = [];
      const merges: number[] = [];
      for (let time = 2; time < panes * 4; time++) {
        const window = (await tree.at(time)) as MergeDataset;
        const ahead = window.ahead.reduce((sum, dataset) => sum + newMerges(dataset, made), 0);
        if (time >= panes * 2) {
          reads.push(window.parents.length);
          merges.push(newMerges(window, made) - window.parents.length + 1 + ahead);
        } else newMerges(window, made);
        tree.done(time);
      }
      // Below chunks of 32 panes there is a tree at each end; one slide in so many completes a node of each of its levels.
      const levels = panes < 256 ? 3 : 5;
      expect(Math.max(...reads)).toBeLessThanOrEqual(2 + 2 * levels);
      expect(Math.max(...merges)).toBeLessThanOrEqual(2 + levels);
    },
  );

  test("of slides off the grid from the epoch", async () => {
    const tree = new Tree({ windowMs: 6, paneMs: 2, zeroMs: 7 });
    expect(panesOf(await tree.at(9))).toEqual([9]);
    expect(panesOf(await tree.at(15))).toEqual([11, 13, 15]);
    tree.done(15);
    expect(panesOf(await tree.at(17))).toEqual([13, 15, 17]);
  });

  test("panes without a batch take no part, and a window of none has no rows", async () => {
    const tree = new Tree({ windowMs: 4, paneMs: 1 });
    expect(shapeOf(await tree.at(4, (at) => at !== 2))).toBe("2");
    const none = await tree.at(4, () => true);
    expect(panesOf(none)).toEqual(expect.any(Array));
    const empty = new Tree({ windowMs: 4, paneMs: 1 });
    const dataset = await empty.at(4, () => true);
    expect([dataset.kind, panesOf(dataset), partitionCount(dataset)]).toEqual(["merge", [], 1]);
  });

  test("gives back nodes when no window to come has them, not before", async () => {
    const tree = new Tree({ windowMs: 8, paneMs: 1 });
    const window = (await tree.at(8)) as MergeDataset;
    // Later windows are made while this one waits.
    for (let time = 9; time <= 16; time++) await tree.at(time);
    expect(tree.released.size).toBe(0);
    tree.done(8);
    expect(tree.released.size).toBe(0);
    const live = () => window.parents.flatMap((node) => (node.keep ? [node.keep.scope.released] : []));
    expect(live().length).toBeGreaterThan(0);
    expect(live()).not.toContain(true);
    tree.done(16);
    expect(live()).not.toContain(false);
    tree.done(Number.POSITIVE_INFINITY);
    const count = tree.released.size;
    tree.done(Number.POSITIVE_INFINITY);
    expect(tree.released.size).toBe(count);
  });
});
