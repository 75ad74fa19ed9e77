const decoder = new TextDecoder();

/** A table of a FlatBuffer (see the writer). Fields are named by their ids. Reading beyond the buffer throws a `RangeError`. */
export class FlatTableReader {
  readonly #view: DataView;
  readonly #offset: number;

  constructor(view: DataView, offset: number) {
    this.#view = view;
    this.#offset = offset;
  }

  /** The root table of a buffer. */
  static root(bytes: Uint8Array): FlatTableReader {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new FlatTableReader(view, view.getUint32(0, true));
  }

  u8(id: number): number {
    const at = this.#field(id);
    return at === undefined ? 0 : this.#view.getUint8(at);
  }

  i16(id: number): number {
    const at = this.#field(id);
    return at === undefined ? 0 : this.#view.getInt16(at, true);
  }

  i32(id: number): number {
    const at = this.#field(id);
    return at === undefined ? 0 : this.#view.getInt32(at, true);
  }

  i64(id: number): number {
    const at = this.#field(id);
    return at === undefined ? 0 : Number(this.#view.getBigInt64(at, true));
  }

  text(id: number): string {
    const at = this.#target(id);
    if (at === undefined) return "";
    const { buffer, byteOffset, byteLength } = this.#view;
    const bytes = this.#view.getUint32(at, true);
    if (at + 4 + bytes > byteLength) throw new RangeError("A text reaches beyond the end of its buffer.");
    // Copied: hosts differ on whether text in shared memory may be decoded in place.
    return decoder.decode(new Uint8Array(new Uint8Array(buffer, byteOffset + at + 4, bytes)));
  }

  table(id: number): FlatTableReader | undefined {
    const at = this.#target(id);
    return at === undefined ? undefined : new FlatTableReader(this.#view, at);
  }

  tables(id: number): FlatTableReader[] {
    const at = this.#target(id);
    return this.#items(at, 4).map((item) => new FlatTableReader(this.#view, item + this.#view.getUint32(item, true)));
  }

  /** Structs of two 64-bit numbers. */
  pairs(id: number): Array<readonly [number, number]> {
    const number = (at: number) => Number(this.#view.getBigInt64(at, true));
    return this.#items(this.#target(id), 16).map((item) => [number(item), number(item + 8)] as const);
  }

  #items(at: number | undefined, bytes: number): number[] {
    if (at === undefined) return [];
    const count = this.#view.getUint32(at, true);
    if (at + 4 + bytes * count > this.#view.byteLength) throw new RangeError("A list reaches beyond its buffer.");
    return Array.from({ length: count }, (_, i) => at + 4 + bytes * i);
  }

  /** Where what a field refers to lies. */
  #target(id: number): number | undefined {
    const at = this.#field(id);
    return at === undefined ? undefined : at + this.#view.getUint32(at, true);
  }

  /** Where a field lies; undefined where it is absent. */
  #field(id: number): number | undefined {
    const list = this.#offset - this.#view.getInt32(this.#offset, true);
    if (4 + 2 * id >= this.#view.getUint16(list, true)) return undefined;
    const place = this.#view.getUint16(list + 4 + 2 * id, true);
    return place === 0 ? undefined : this.#offset + place;
  }
}
