import { batchOfFrame, columnsOfType } from "../block/arrow/from-frame.js";
import { type ArrowPart, streamOfParts } from "../block/arrow/stream-of-parts.js";
import type { InputBlock } from "../block/block.js";
import type { JobOptions } from "../engine/job.js";
import { addressOf } from "../engine/live-blocks.js";
import type { LocalEngine } from "../engine/local-engine.js";

/** How a job makes the parts of an Arrow stream: frames are copied as they lie where they have columns that Arrow has, other rows are values. */
export function arrowParts(engine: LocalEngine): Pick<JobOptions<ArrowPart[]>, "open" | "copy"> {
  const copiedFrame = (block: InputBlock): ArrowPart | undefined => {
    const columns = block.kind === "frame" ? columnsOfType(block.type) : undefined;
    if (block.kind !== "frame" || columns === undefined) return undefined;
    const batch = batchOfFrame(block.type, columns, engine.threads.memoryOf(block.home), addressOf(block), block.rows);
    return { kind: "columns", columns, batch };
  };
  return {
    open: () => {
      const rows: unknown[] = [];
      return { push: (row) => rows.push(row), end: () => {}, result: () => [{ kind: "rows", rows }] };
    },
    copy: (blocks) => {
      const parts: ArrowPart[] = [];
      for (const block of blocks) {
        const part = copiedFrame(block);
        if (part === undefined) return undefined;
        parts.push(part);
      }
      return parts;
    },
  };
}

export { streamOfParts };
