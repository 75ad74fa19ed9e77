import { encodeRows } from "./codec.js";

/** What a chunk aims at: large enough that its head costs nothing, small enough to be made and read in one go. */
const CHUNK_BYTES_AIM = 1 << 20;
const ROWS_FIRST = 64;
const ROWS_MAX = 1 << 16;
/** How much more rows than the chunk before, as rows may grow. */
const GROWTH_MAX = 8;

/** Some rows next to each other, as bytes. */
export interface RowChunk {
  readonly rowCount: number;
  /** What `encodeRows` made of them. */
  readonly bytes: Uint8Array;
}

/**
 * The rows as chunks of about a megabyte, in order, each encoded when it is asked for; none where there are no rows. How they are cut
 * follows from the rows alone. **Errors:** as `encode`, by default `encodeRows`.
 */
export function* chunksOf(rows: readonly unknown[], encode = encodeRows): Generator<RowChunk, void, void> {
  let rowCount = ROWS_FIRST;
  for (let begin = 0; begin < rows.length; ) {
    const part = rows.slice(begin, begin + rowCount);
    const bytes = encode(part, begin);
    yield { rowCount: part.length, bytes };
    begin += part.length;
    const fitting = Math.floor((CHUNK_BYTES_AIM / bytes.length) * part.length);
    rowCount = Math.max(1, Math.min(fitting, rowCount * GROWTH_MAX, ROWS_MAX));
  }
}
