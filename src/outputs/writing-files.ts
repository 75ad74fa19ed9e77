/** All that writes rows into files: a module that comes when the first ones are saved. */
import { objectFilePieces } from "../block/object-file.js";

export { writePartFiles } from "./part-files.js";
export { textPieces } from "./text-files.js";

/** Rows of any value as an object file. */
export function objectPieces(rows: Iterable<unknown>): Iterable<Uint8Array> {
  return objectFilePieces([Array.isArray(rows) ? rows : [...rows]]);
}
