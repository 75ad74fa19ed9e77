import { abi } from "#kernel";

/** A region of entries, in the order in which a state was given them: all but the last are full. */
interface EntryRegion {
  readonly ptr: number;
  readonly bytes: number;
}

interface Span {
  readonly begin: number;
  readonly end: number;
  /** Place of its first entry. */
  readonly place: number;
}

// As in assembly/table.ts and assembly/state/layout.ts.
const ENTRY_ADDRESS = 20;
const ABSENT = 2;

/**
 * Where the entries of a state lie, by their places in the order of insertion, those of removed keys among them. Valid until the state is given more
 * room, or gives some back.
 */
export class EntryPlaces {
  readonly #stride: number;
  readonly #inOrder: readonly Span[];
  readonly #byAddress: readonly Span[];

  constructor(regions: readonly EntryRegion[], stride: number) {
    let place = 0;
    this.#stride = stride;
    this.#inOrder = regions.map(({ ptr, bytes }) => {
      const count = Math.floor((bytes - abi.TABLE_SEGMENT_HEADER_BYTES) / stride);
      const begin = ptr + abi.TABLE_SEGMENT_HEADER_BYTES;
      place += count;
      return { begin, end: begin + count * stride, place: place - count };
    });
    this.#byAddress = [...this.#inOrder].sort((a, b) => a.begin - b.begin);
  }

  /** Places of the entries at some addresses. */
  placesOf(addresses: Uint32Array): Float64Array {
    const places = new Float64Array(addresses.length);
    let span = this.#byAddress[0]!;
    for (let i = 0; i < addresses.length; i++) {
      const address = addresses[i]!;
      if (address < span.begin || address >= span.end) span = this.#spanOf(address);
      places[i] = span.place + (address - span.begin) / this.#stride;
    }
    return places;
  }

  /** Places of the first `count` entries, without those of removed keys. */
  placesThere(view: DataView<ArrayBufferLike>, count: number): Float64Array {
    const places = new Float64Array(count);
    let there = 0;
    for (const { begin, end, place } of this.#inOrder) {
      const until = Math.min(end, begin + (count - place) * this.#stride);
      for (let at = begin, own = place; at < until; at += this.#stride, own++) {
        if ((view.getUint32(at + ENTRY_ADDRESS, true) & ABSENT) === 0) places[there++] = own;
      }
    }
    return places.subarray(0, there);
  }

  /** Addresses of the first `count` entries. */
  addresses(count: number): Uint32Array {
    const addresses = new Uint32Array(count);
    for (const { begin, end, place } of this.#inOrder) {
      for (let at = begin, own = place; at < end && own < count; at += this.#stride, own++) addresses[own] = at;
    }
    return addresses;
  }

  #spanOf(address: number): Span {
    let low = 0;
    let high = this.#byAddress.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#byAddress[middle]!.begin <= address) low = middle;
      else high = middle - 1;
    }
    return this.#byAddress[low]!;
  }
}
