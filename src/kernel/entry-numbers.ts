/**
 * The sequence numbers of a state's entries by their places in the order of insertion. Where nothing was moved together they are the places; when it
 * is, what is left keeps its numbers. 8 bytes a key from then on.
 */
export class EntryNumbers {
  /** Numbers of the entries at the first places. */
  readonly #noted: Float64Array;
  /** The number of the entry behind those. */
  readonly #next: number;

  constructor(noted: Float64Array = new Float64Array(0), next = 0) {
    this.#noted = noted;
    this.#next = next;
  }

  /** Of entries that have these numbers, and those to come. */
  static of(numbers: Float64Array): EntryNumbers {
    return new EntryNumbers(numbers, (numbers.at(-1) ?? -1) + 1);
  }

  /** The number of the entry at a place. */
  of(place: number): number {
    const noted = this.#noted;
    return place < noted.length ? noted[place]! : this.#next + place - noted.length;
  }

  /** The numbers of the entries at some places. */
  all(places: Float64Array): Float64Array {
    return places.map((place) => this.of(place));
  }

  /** Where of so many entries those at these places alone are left. */
  left(places: Float64Array, count: number): EntryNumbers {
    return new EntryNumbers(this.all(places), this.of(count));
  }

  /** Where of so many entries those at these places, rising, are gone. */
  without(gone: Uint32Array, count: number): EntryNumbers {
    if (gone.length === 0) return this;
    const noted = new Float64Array(count - gone.length);
    for (let place = 0, passed = 0; place < count; place++) {
      if (gone[passed] === place) passed++;
      else noted[place - passed] = this.of(place);
    }
    return new EntryNumbers(noted, this.of(count));
  }
}
