/** Section of a module's imports, and kinds of imports. */
const IMPORTS = 2;
const FUNCTION = 0;
const MEMORY = 2;
const GLOBAL = 3;
/** The limits of a memory that threads can share: it has a maximum, and is shared. */
const SHARED_WITH_MAXIMUM = 3;
/** Bytes of "\0asm" and the version. */
const PREAMBLE_BYTES = 8;

/**
 * The same module for a memory that threads share: the memory that it imports is declared shared, with a maximum of pages. The code is the same,
 * as the kernel has no atomic instructions, so the package carries it once.
 * **Errors**: a `RangeError` where it imports no memory.
 */
export function withSharedMemory(module: Uint8Array, pagesMax: number): Uint8Array<ArrayBuffer> {
  const reader = new Reader(module, PREAMBLE_BYTES);
  while (reader.at < module.length) {
    const begin = reader.at;
    const id = reader.byte();
    const size = reader.u32();
    if (id !== IMPORTS) {
      reader.skip(size);
      continue;
    }
    const body = reader.at;
    const limits = limitsOfMemory(reader);
    const flags = reader.byte();
    const pagesMin = reader.u32();
    if (flags & 1) reader.u32();
    const section = [
      ...module.subarray(body, limits),
      SHARED_WITH_MAXIMUM,
      ...leb128(pagesMin),
      ...leb128(pagesMax),
      ...module.subarray(reader.at, body + size),
    ];
    return joined(
      module.subarray(0, begin),
      [IMPORTS, ...leb128(section.length), ...section],
      module.subarray(body + size),
    );
  }
  throw noMemory();
}

/** Where the limits of the memory begin; the reader stands before the imports. */
function limitsOfMemory(reader: Reader): number {
  for (let count = reader.u32(); count > 0; count--) {
    // The names of its module and its own.
    for (let name = 0; name < 2; name++) reader.skip(reader.u32());
    const kind = reader.byte();
    if (kind === MEMORY) return reader.at;
    if (kind === FUNCTION) reader.u32();
    else if (kind === GLOBAL) reader.skip(2);
    else break;
  }
  throw noMemory();
}

function noMemory(): RangeError {
  return new RangeError("The kernel's module must import its memory, behind functions and globals at most.");
}

class Reader {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  skip(bytes: number): void {
    this.at += bytes;
  }

  byte(): number {
    return this.#bytes[this.at++]!;
  }

  /** LEB128, unsigned. */
  u32(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }
}

function leb128(value: number): number[] {
  const bytes: number[] = [];
  let left = value;
  for (; left > 0x7f; left >>>= 7) bytes.push((left & 0x7f) | 0x80);
  return [...bytes, left];
}

function joined(...parts: ReadonlyArray<ArrayLike<number>>): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
