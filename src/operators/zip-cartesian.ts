import { type Dataset, partitionCount, type StageDataset } from "../plan/dataset.js";

/** Each row with its index, in the order of partitions. */
export function zippedWithIndex(parent: Dataset): StageDataset {
  return {
    kind: "stage",
    name: "zipWithIndex",
    parents: [parent],
    partitionCount: partitionCount(parent),
    run: async (runner) => {
      let index = 0;
      return (await runner.rowsOf(parent)).map((rows) => rows.map((row) => [row, index++]));
    },
  };
}

/** Every pair of a row on the left with a row on the right: a partition for each pair of partitions, the left one's rows in the outer loop. */
export function cartesian(left: Dataset, right: Dataset): StageDataset {
  return {
    kind: "stage",
    name: "cartesian",
    parents: [left, right],
    partitionCount: partitionCount(left) * partitionCount(right),
    run: async (runner) => {
      const rights = await runner.rowsOf(right);
      return (await runner.rowsOf(left)).flatMap((a) =>
        rights.map((b) => a.flatMap((x) => b.map((y): [unknown, unknown] => [x, y]))),
      );
    },
  };
}
