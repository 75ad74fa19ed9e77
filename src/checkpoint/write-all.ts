import type { DurableFile } from "../host.js";

/** Writes all of the bytes at the end of a file, in as many calls as the host needs. */
export async function writeAll(file: DurableFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length; ) written += await file.write(bytes.subarray(written));
}
