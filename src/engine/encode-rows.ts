import type { TextBlock } from "../block/block.js";
import type { Kernel } from "../kernel/kernel.js";
import { scanText } from "../kernel/text.js";

const encoder = new TextEncoder();
/** Bytes of UTF-8 that one UTF-16 unit can need. */
const BYTES_PER_UNIT_MAX = 3;

/**
 * Writes rows that are strings into the kernel's memory as lines; undefined where a row is no string, has a line end in it, or has a lone
 * surrogate, which UTF-8 cannot hold. Cost: one join and one encode for all rows.
 */
export function encodeRows(rows: readonly unknown[], kernel: Kernel): TextBlock | undefined {
  for (const row of rows) if (typeof row !== "string") return undefined;
  const text = rows.length > 0 ? `${rows.join("\n")}\n` : "";
  if (!text.isWellFormed()) return undefined;
  const { memory } = kernel;
  const room = memory.allocate(text.length * BYTES_PER_UNIT_MAX);
  const region = memory.region(room, text.length * BYTES_PER_UNIT_MAX);
  // Hosts differ on whether text may be encoded straight into shared memory.
  const isShared = !(region.buffer instanceof ArrayBuffer);
  let bytes: number;
  if (isShared) {
    const encoded = encoder.encode(text);
    region.set(encoded);
    bytes = encoded.length;
  } else bytes = encoder.encodeInto(text, region as Uint8Array<ArrayBuffer>).written;
  memory.counters.bytesIn += bytes;
  const { rows: lines, clean, checksum } = scanText(kernel, room, bytes);
  if (clean && lines === rows.length) {
    memory.shrink(room, bytes);
    return { kind: "text", home: 0, ptr: room, bytes, rows: lines, checksum };
  }
  memory.free(room);
  return undefined;
}
