/**
 * The bytes of a gzip stream, decompressed a piece at a time by the host. Rejects with the error of `bytes`, or with the host's where they are no gzip
 * or end too early.
 */
export async function* gunzipped(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const { readable, writable } = new DecompressionStream("gzip") as {
    readable: ReadableStream<Uint8Array>;
    writable: WritableStream<Uint8Array>;
  };
  const reader = readable.getReader();
  const source: { failure?: unknown } = {};
  const feeding = feed(bytes, writable, source);
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } catch (error) {
    throw "failure" in source ? source.failure : error;
  } finally {
    // Where the caller looks at no more of it, reading ends too.
    await reader.cancel().catch(() => {});
    await feeding;
  }
}

/** Writes `bytes` as fast as they are taken. Never rejects: what goes wrong with the decompression shows where it is read. */
async function feed(
  bytes: AsyncIterable<Uint8Array>,
  writable: WritableStream<Uint8Array>,
  source: { failure?: unknown },
): Promise<void> {
  const writer = writable.getWriter();
  writer.closed.catch(() => {});
  const pieces = bytes[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await pieces.next().catch((error: unknown) => {
        source.failure = error;
        throw error;
      });
      if (next.done) break;
      await writer.write(next.value);
    }
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => {});
    await pieces.return?.().catch(() => {});
  }
}
