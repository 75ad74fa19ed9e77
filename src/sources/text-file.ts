import type { InputBlock } from "../block/block.js";
import type { LocalEngine } from "../engine/local-engine.js";
import type { FileEntry, Files } from "../host.js";
import type { SourceDataset } from "../plan/dataset.js";
import type { BatchScope } from "../plan/scope.js";
import { textRows } from "./file-rows.js";
import { FoundFiles } from "./found-files.js";
import { lineRangeStart, linesBetween } from "./line-range.js";
import type { PathPattern } from "./path-pattern.js";
import { isGzip, readFile } from "./read-file.js";

/** Part of a file: all lines that begin in [begin, end). */
interface FileRange {
  readonly entry: FileEntry;
  readonly begin: number;
  readonly end: number;
}

/**
 * The lines of the files that a path means, cut at line borders into `partitions` parts of about as many bytes. A compressed file is in one of them.
 */
export function textFileDataset(
  engine: LocalEngine,
  files: Files,
  pattern: PathPattern,
  partitions: number,
): SourceDataset {
  const found = new FoundFiles(files, pattern);
  const read = async ({ entry, begin, end }: FileRange, scope: BatchScope): Promise<readonly InputBlock[]> => {
    const isWhole = isGzip(entry);
    const lines = (bytes: AsyncIterable<Uint8Array>) => (isWhole ? bytes : linesBetween(bytes, begin, end));
    const rows = (bytes: AsyncIterable<Uint8Array>) => textRows(lines(bytes), scope, engine);
    const { blocks } = await readFile(files, entry, rows, isWhole ? 0 : lineRangeStart(begin));
    return blocks;
  };
  const load = async (index: number, scope: BatchScope): Promise<readonly InputBlock[]> => {
    const blocks: InputBlock[] = [];
    for (const range of rangesOf(await found.entries(), index, partitions)) blocks.push(...(await read(range, scope)));
    return blocks;
  };
  return {
    kind: "source",
    scope: undefined,
    partitions: Array.from({ length: partitions }, (_, index) => ({ load: (scope) => load(index, scope) })),
  };
}

/** What part `index` of `count` has of the files, taken as one run of bytes. */
export function rangesOf(entries: readonly FileEntry[], index: number, count: number): FileRange[] {
  const total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  const border = (part: number) => (part === count ? total : Math.floor((part * total) / count));
  const [partBegin, partEnd] = [border(index), border(index + 1)];
  const ranges: FileRange[] = [];
  let fileBegin = 0;
  for (const entry of entries) {
    const begin = Math.max(0, partBegin - fileBegin);
    const end = Math.min(entry.bytes, partEnd - fileBegin);
    fileBegin += entry.bytes;
    if (begin < end && (begin === 0 || !isGzip(entry))) ranges.push({ entry, begin, end });
  }
  return ranges;
}
