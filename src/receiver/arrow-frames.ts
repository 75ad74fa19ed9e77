import { declaredColumns, OtherSchema } from "../block/arrow/declared-columns.js";
import { Unsupported } from "../block/arrow/read-schema.js";
import { readStream, type TypedBatch } from "../block/arrow/read-stream.js";
import { frameColumns, UnsafeInteger } from "../block/arrow/to-frame.js";
import type { FrameBlock } from "../block/block.js";
import { writeFrame } from "../block/row-encoder.js";
import type { Threads } from "../engine/threads.js";
import { messageOf, SourceError } from "../errors.js";
import type { RowSchema } from "../schema/row-schema.js";

/** Rows of a frame at most: frames are what partitions are made of. */
const FRAME_ROWS_MAX = 32_768;

/** Frames with the rows of a record batch, by a schema where one is declared, in kernel memory: they belong to the caller. All of them or, with an error, none. */
export function framesOfBatch(given: TypedBatch, threads: Threads, schema?: RowSchema): FrameBlock[] {
  const { fields, batch } = schema ? declaredColumns(given, schema) : given;
  const frames: FrameBlock[] = [];
  try {
    for (let from = 0; from < batch.rows; from += FRAME_ROWS_MAX) {
      const count = Math.min(FRAME_ROWS_MAX, batch.rows - from);
      const { type, columns } = frameColumns(fields, batch, { from, count });
      const finished = threads.guard((kernel) => writeFrame(columns, count, kernel));
      if (finished === undefined) throw new Unsupported(`${count} rows of more than 2 GiB`);
      const frame: FrameBlock = { kind: "frame", type, home: 0, ...finished };
      threads.blocks.add(frame);
      frames.push(frame);
    }
    return frames;
  } catch (error) {
    threads.free(frames);
    throw error;
  }
}

/**
 * The record batches of Arrow IPC streams as frames, as `framesOfBatch`. **Errors:** `SourceError` "arrow-unsupported", "arrow-unsafe-integer",
 * "arrow-damaged", "arrow-other-schema"; what the kernel's memory throws.
 */
export function arrowFrames(subject: string, bytes: Uint8Array, threads: Threads, schema?: RowSchema): FrameBlock[] {
  const frames: FrameBlock[] = [];
  try {
    for (const batch of readStream(bytes)) frames.push(...framesOfBatch(batch, threads, schema));
    return frames;
  } catch (error) {
    threads.free(frames);
    throw arrowError(subject, error);
  }
}

/** What reading Arrow threw, as an error that names what was read; anything else as it is. */
export function arrowError(subject: string, error: unknown): unknown {
  const details = { reason: error instanceof Error ? error.message : messageOf(error) };
  if (error instanceof Unsupported) {
    return new SourceError(
      `${subject} takes Arrow streams of uncompressed columns of strings, numbers, integers and booleans: ${error.message}. ` +
        "Convert it where the stream is written.",
      { code: "arrow-unsupported", details },
    );
  }
  if (error instanceof OtherSchema) {
    return new SourceError(
      `${subject} takes Arrow batches with the columns of its schema: ${error.message}. Declare what they have, or convert them where they are written.`,
      { code: "arrow-other-schema", details },
    );
  }
  if (error instanceof UnsafeInteger) {
    return new SourceError(
      `${subject} takes integers up to 2 ** 53 - 1: ${error.message}. Write the column as strings or as Float64.`,
      { code: "arrow-unsafe-integer", details },
    );
  }
  if (!(error instanceof RangeError || error instanceof TypeError)) return error;
  return new SourceError(`${subject} takes whole Arrow IPC streams, and these bytes are none: ${error.message}`, {
    code: "arrow-damaged",
    details,
    cause: error,
  });
}
