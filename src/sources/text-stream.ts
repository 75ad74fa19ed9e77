import { SourceError } from "../errors.js";
import type { Intake } from "../receiver/intake.js";
import type { Receiving } from "../receiver/receiver-input.js";
import { isBlob, isReadableStream } from "./checked-sources.js";
import { IterableSource } from "./iterable-stream.js";

/** Where bytes come from: a stream (a `fetch` body), any asynchronous iterable of them, or a `File` or `Blob`. */
export type ByteSource = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | Blob;

/**
 * Lines of a byte stream, written into kernel memory as they are read; nothing is read while there is no room. The end of the stream ends its last line,
 * and so does an error.
 */
export function textSource(source: ByteSource, intake: Intake): Receiving {
  const store = (bytes: Uint8Array) => {
    if (bytes instanceof Uint8Array) return intake.storeText(bytes) ?? intake.breather(bytes.length);
    throw new SourceError(`${intake.name} reads bytes, and its source gave a ${typeof bytes}: encode text first.`, {
      code: "invalid-bytes",
      details: { got: bytes },
    });
  };
  return new IterableSource(intake, () => iteratorOf(source), store);
}

/** A reader of its own for a `ReadableStream`: its iterator cannot be ended while a read is pending, and not every host has one. */
export function iteratorOf(source: ByteSource): AsyncIterator<Uint8Array> {
  const stream = isBlob(source) ? source.stream() : source;
  if (!isReadableStream(stream)) return stream[Symbol.asyncIterator]();
  const reader = stream.getReader();
  return {
    next: () => reader.read() as Promise<IteratorResult<Uint8Array>>,
    return: async () => {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
}
