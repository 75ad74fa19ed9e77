import type { LoadedPartition, SourceDataset } from "../plan/dataset.js";

/** A source of `partitions` parts that `make` makes, once, when a job first needs one of them. A failure is tried again. */
export function sourceLater(partitions: number, make: () => Promise<SourceDataset>): SourceDataset {
  let made: Promise<SourceDataset> | undefined;
  const source = () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
  const partition = (index: number): LoadedPartition => ({
    load: async (scope) => ((await source()).partitions[index] as LoadedPartition).load(scope),
  });
  return { kind: "source", scope: undefined, partitions: Array.from({ length: partitions }, (_, i) => partition(i)) };
}
