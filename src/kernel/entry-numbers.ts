/**
 * The sequence numbers of a state's entries by their places in the order of insertion. Where nothing was moved together they are the places; when it
 * is, what is left keeps its numbers. 8 bytes a key from then on.
 */
export class EntryNumbers {
  /** Numbers of the entries at the first places. */
  #noted: Float64Array = new Float64Array(0);
  /** The number of the entry behind those. */
  #next = 0;

  /** The number of the entry at a place. */
  of(place: number): number {
    const noted = this.#noted;
    return place < noted.length ? noted[place]! : this.#next + place - noted.length;
  }

  /** The numbers of the entries at some places. */
  all(places: Float64Array): Float64Array {
    return places.map((place) => this.of(place));
  }

  /** The entries at these places, of so many, have moved together. */
  moveTogether(places: Float64Array, count: number): void {
    const next = this.of(count);
    this.take(this.all(places), next);
  }

  /** These are the numbers of the first entries; `next`: that of the one behind them. */
  take(numbers: Float64Array, next: number): void {
    this.#noted = numbers;
    this.#next = next;
  }
}
