import type { InputBlock } from "../block/block.js";
import { readObjectFile } from "../block/object-file.js";
import type { FileEntry, Files } from "../host.js";
import type { SourceDataset } from "../plan/dataset.js";
import { FoundFiles } from "./found-files.js";
import type { PathPattern } from "./path-pattern.js";
import { readFile } from "./read-file.js";

/** The rows of the object files that a path means, each file whole in one of `partitions` parts, in the order of paths. */
export function objectFileDataset(files: Files, pattern: PathPattern, partitions: number): SourceDataset {
  const found = new FoundFiles(files, pattern);
  const load = async (index: number): Promise<readonly InputBlock[]> => {
    const entries = await found.entries();
    const border = (part: number) => Math.floor((part * entries.length) / partitions);
    const blocks: InputBlock[] = [];
    for (const entry of entries.slice(border(index), border(index + 1))) blocks.push(...(await blocksOf(files, entry)));
    return blocks;
  };
  return {
    kind: "source",
    scope: undefined,
    partitions: Array.from({ length: partitions }, (_, index) => ({ load: () => load(index) })),
  };
}

function blocksOf(files: Files, entry: FileEntry): Promise<InputBlock[]> {
  return readFile(files, entry, async (bytes) => {
    const blocks: InputBlock[] = [];
    for await (const rows of readObjectFile(bytes, entry.path)) blocks.push({ kind: "rows", rows });
    return blocks;
  });
}
