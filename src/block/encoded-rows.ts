import type { RowsBlock } from "./block.js";
import { decodeRows, encodeExactly } from "./codec.js";
import { chunksOf, type RowChunk } from "./row-chunks.js";

/** Rows that came from another thread as bytes, decoded when somebody wants them as values: until then they can go on to a third thread as they are. */
export class EncodedRows implements RowsBlock {
  readonly kind = "rows";
  readonly chunks: readonly RowChunk[];
  /** What was decoded, as long as the host has room for it: it can be made again. */
  #decoded: WeakRef<readonly unknown[]> | undefined;

  /** `rows`: where they are known already. */
  constructor(chunks: readonly RowChunk[], rows?: readonly unknown[]) {
    this.chunks = chunks;
    this.#decoded = rows && new WeakRef(rows);
  }

  /** The number of rows, which are not decoded for it. */
  get rowCount(): number {
    return this.chunks.reduce((sum, { rowCount }) => sum + rowCount, 0);
  }

  get rows(): readonly unknown[] {
    const known = this.#decoded?.deref();
    if (known) return known;
    const rows = decodeChunks(this.chunks);
    this.#decoded = new WeakRef(rows);
    return rows;
  }
}

/** The number of rows of a block, which are not decoded for it. */
export function rowCountOf(block: RowsBlock): number {
  return block instanceof EncodedRows ? block.rowCount : block.rows.length;
}

/** The rows of chunks, in order. */
export function decodeChunks(chunks: readonly RowChunk[]): unknown[] {
  const all: unknown[] = [];
  // Hosts differ on whether text in shared memory may be decoded in place; not `push(...rows)`: a call may have fewer arguments.
  for (const { bytes } of chunks) for (const row of decodeRows(new Uint8Array(bytes))) all.push(row);
  return all;
}

/**
 * Each list of rows as chunks, the bytes of all of them in one buffer, which is shared where the host can and `isShared` asks for it.
 * **Errors:** as `encodeExactly`: another thread
 * gives the rows that this one would.
 */
export function encodeLists(lists: ReadonlyArray<readonly unknown[]>, isShared: boolean): RowChunk[][] {
  const encoded = lists.map((rows) => [...chunksOf(rows, encodeExactly)]);
  const total = encoded.flat().reduce((sum, { bytes }) => sum + bytes.length, 0);
  const buffer = isShared ? new SharedArrayBuffer(total) : new ArrayBuffer(total);
  let offset = 0;
  return encoded.map((chunks) =>
    chunks.map(({ rowCount, bytes }) => {
      const place = new Uint8Array(buffer, offset, bytes.length);
      place.set(bytes);
      offset += bytes.length;
      return { rowCount, bytes: place };
    }),
  );
}
