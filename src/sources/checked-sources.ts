/** What is checked of a source when its stream is made; the sources themselves come with the start. */
import { ConfigError } from "../errors.js";
import type { Host } from "../host.js";
import { checkStorageLevel, type StorageLevel } from "../plan/storage-level.js";
import type { SocketAddress } from "./socket-client.js";
import type { Converter } from "./socket-stream.js";
import type { ByteSource } from "./text-stream.js";

/** Checks what a socket stream is given. `ConfigError` where the host has no TCP, for a wrong address, and for what is no storage level. */
export function checkedAddress(
  stream: string,
  [hostname, port, storageLevel]: readonly [hostname: string, port: number, storageLevel: StorageLevel | undefined],
  host: Host,
): SocketAddress {
  if (storageLevel !== undefined) checkStorageLevel(storageLevel, `storageLevel of ${stream}`);
  if (!host.connectTcp) {
    throw new ConfigError(
      `${stream} needs raw TCP, which this host does not have: bring the bytes with pushStream() and pushBytes(), or with textStream().`,
      { code: "no-tcp" },
    );
  }
  if (typeof hostname !== "string" || hostname === "" || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new ConfigError(
      `${stream} needs a host name and a port from 1 to 65535, got ${JSON.stringify(hostname)} and ${JSON.stringify(port)}.`,
      { code: "invalid-address", details: { hostname, port } },
    );
  }
  return { hostname, port };
}

/** The converter of `socketStream`, checked. */
export function checkedConverter<T>(converter: Converter<T>): Converter<T> {
  if (typeof converter === "function") return converter;
  throw new ConfigError(
    `socketStream needs a converter, a function of the bytes of a connection, got ${typeof converter}.`,
    {
      code: "invalid-converter",
      details: { got: converter },
    },
  );
}

/** A source of bytes that `operator` was given, checked. */
export function checkedBytes(operator: string, source: ByteSource): ByteSource {
  const isObject = typeof source === "object" && source !== null;
  if (!isObject || !(isReadableStream(source) || isBlob(source) || Symbol.asyncIterator in source)) {
    throw new ConfigError(
      `${operator} needs a ReadableStream or an AsyncIterable of bytes, a File or a Blob, got ${source === null ? "null" : typeof source}.`,
      { code: "invalid-source", details: { got: source } },
    );
  }
  if (isReadableStream(source) && source.locked) {
    throw new ConfigError(`${operator} needs a ReadableStream that nobody else reads: this one is locked.`, {
      code: "locked-source",
    });
  }
  return source;
}

/** Whether bytes are there already, as of a file that a user has chosen. */
export function isBlob(source: object): source is Blob {
  return "stream" in source && typeof source.stream === "function";
}

/** Whether a source is read with a reader of its own. */
export function isReadableStream(source: object): source is ReadableStream<Uint8Array> {
  return "getReader" in source && typeof source.getReader === "function";
}

/** The iterable of `iterableStream`, checked. */
export function checkedIterable<T>(source: AsyncIterable<T>): AsyncIterable<T> {
  if (typeof source === "object" && source !== null && Symbol.asyncIterator in source) return source;
  throw new ConfigError(
    `iterableStream needs an AsyncIterable, got ${source === null ? "null" : typeof source}: hand rows that are there already to queueStream.`,
    { code: "invalid-source", details: { got: source } },
  );
}
