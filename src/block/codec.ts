/** Rows of JavaScript values as bytes, and back; see docs/formats.md. */
export { decodeRows } from "./codec/decode.js";
export { ChunkBuilder, encodeExactly, encodeRows } from "./codec/encode.js";
