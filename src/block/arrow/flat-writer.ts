/**
 * FlatBuffers, as Arrow's metadata is written in. A buffer starts with the offset of its root table. Offsets to what a field refers to count from the
 * field itself and point forward, so tables are written before what they refer to.
 */
export type FlatValue =
  /** A whole number of so many bytes. */
  | { readonly kind: "number"; readonly bytes: 1 | 2 | 4 | 8; readonly value: number }
  | { readonly kind: "text"; readonly text: string }
  /** Fields in the order of their ids; those that are undefined are absent. */
  | FlatTable
  | { readonly kind: "tables"; readonly items: readonly FlatTable[] }
  /** Structs of two 64-bit numbers. */
  | { readonly kind: "pairs"; readonly items: ReadonlyArray<readonly [number, number]> };

export interface FlatTable {
  readonly kind: "table";
  readonly fields: ReadonlyArray<FlatValue | undefined>;
}

export const table = (...fields: ReadonlyArray<FlatValue | undefined>): FlatTable => ({ kind: "table", fields });
export const tables = (items: readonly FlatTable[]): FlatValue => ({ kind: "tables", items });
export const pairs = (items: ReadonlyArray<readonly [number, number]>): FlatValue => ({ kind: "pairs", items });
export const text = (value: string): FlatValue => ({ kind: "text", text: value });
export const u8 = (value: number): FlatValue => ({ kind: "number", bytes: 1, value });
export const i16 = (value: number): FlatValue => ({ kind: "number", bytes: 2, value });
export const i32 = (value: number): FlatValue => ({ kind: "number", bytes: 4, value });
export const i64 = (value: number): FlatValue => ({ kind: "number", bytes: 8, value });

const encoder = new TextEncoder();
const REFERENCE_BYTES = 4;
const FIRST_BYTES = 1024;

/** The buffer that has `root`, its length a multiple of eight. */
export function flatBuffer(root: FlatTable): Uint8Array<ArrayBuffer> {
  const writer = new FlatWriter();
  writer.refer(writer.take(REFERENCE_BYTES, 4), root);
  return writer.finish();
}

class FlatWriter {
  #bytes = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  finish(): Uint8Array<ArrayBuffer> {
    this.take(0, 8);
    return this.#bytes.slice(0, this.#at);
  }

  /** The offset of `bytes` bytes more, all zero; what lies `ahead` bytes behind it is at a multiple of `alignment`. */
  take(bytes: number, alignment: number, ahead = 0): number {
    const offset = Math.ceil((this.#at + ahead) / alignment) * alignment - ahead;
    this.#at = offset + bytes;
    if (this.#at > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#at);
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return offset;
  }

  /** Writes a value, and at `field` how far from there it is. */
  refer(field: number, value: Exclude<FlatValue, { kind: "number" }>): void {
    const offset = this.#write(value);
    this.#view.setUint32(field, offset - field, true);
  }

  #write(value: Exclude<FlatValue, { kind: "number" }>): number {
    switch (value.kind) {
      case "table":
        return this.#table(value);
      case "text": {
        const encoded = encoder.encode(value.text);
        // A zero behind it, which its length does not count.
        const offset = this.take(4 + encoded.length + 1, 4);
        this.#view.setUint32(offset, encoded.length, true);
        this.#bytes.set(encoded, offset + 4);
        return offset;
      }
      case "tables": {
        const offset = this.take(4 + REFERENCE_BYTES * value.items.length, 4);
        this.#view.setUint32(offset, value.items.length, true);
        value.items.forEach((item, i) => {
          this.refer(offset + 4 + REFERENCE_BYTES * i, item);
        });
        return offset;
      }
      case "pairs": {
        const offset = this.take(4 + 16 * value.items.length, 8, 4);
        this.#view.setUint32(offset, value.items.length, true);
        value.items.forEach(([first, second], i) => {
          this.#number(offset + 4 + 16 * i, 8, first);
          this.#number(offset + 12 + 16 * i, 8, second);
        });
        return offset;
      }
    }
  }

  /** A table behind its list of where each field lies in it. */
  #table({ fields }: FlatTable): number {
    const places: number[] = [];
    let size = 4;
    for (const field of fields) {
      const bytes = field === undefined ? 0 : field.kind === "number" ? field.bytes : REFERENCE_BYTES;
      size = bytes > 0 ? Math.ceil(size / bytes) * bytes : size;
      places.push(bytes > 0 ? size : 0);
      size += bytes;
    }
    const list = this.take(4 + 2 * fields.length, 2);
    this.#view.setUint16(list, 4 + 2 * fields.length, true);
    this.#view.setUint16(list + 2, size, true);
    places.forEach((place, i) => {
      this.#view.setUint16(list + 4 + 2 * i, place, true);
    });
    const offset = this.take(size, 8);
    this.#view.setInt32(offset, offset - list, true);
    fields.forEach((field, i) => {
      if (field === undefined) return;
      if (field.kind === "number") this.#number(offset + places[i]!, field.bytes, field.value);
      else this.refer(offset + places[i]!, field);
    });
    return offset;
  }

  #number(offset: number, bytes: 1 | 2 | 4 | 8, value: number): void {
    if (bytes === 1) this.#view.setUint8(offset, value);
    else if (bytes === 2) this.#view.setInt16(offset, value, true);
    else if (bytes === 4) this.#view.setInt32(offset, value, true);
    else this.#view.setBigInt64(offset, BigInt(value), true);
  }
}
