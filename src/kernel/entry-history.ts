import { abi } from "#kernel";
import { EntryNumbers } from "./entry-numbers.js";
import type { Kernel } from "./kernel.js";
import type { StateLayout } from "./state-layout.js";
import type { StateRoom } from "./state-room.js";
import type { StateList } from "./state-table.js";

/** The last touches of entries: when, and their places in the order of all touches. */
export interface Touches {
  readonly times: Float64Array;
  readonly places: Float64Array;
}

/** Of a touch in an entry. */
const TOUCH_TIME = 8;
const WORD_BYTES = 4;

/**
 * What a checkpoint has to know of a state's entries, and what does not change when they are moved: their sequence numbers, which rise in the order of
 * insertion, and the order of all touches that there ever were.
 */
export class EntryHistory {
  readonly #kernel: Kernel;
  readonly #layout: StateLayout;
  readonly #room: StateRoom;
  #numbers = new EntryNumbers();
  /** Touches before the version; and how many of them the state has listed. */
  #touchesBefore = 0;
  #listedBefore = 0;
  #timeMs = 0;

  constructor(kernel: Kernel, layout: StateLayout, room: StateRoom) {
    this.#kernel = kernel;
    this.#layout = layout;
    this.#room = room;
  }

  /** A version has begun. */
  begin(timeMs: number): void {
    this.#listedBefore = this.#listed;
    this.#timeMs = timeMs;
  }

  /** The version is about to be final. */
  commit(): void {
    this.#touchesBefore += this.#layout.touchCell > 0 ? this.#listed - this.#listedBefore : this.#changedCount;
    this.#listedBefore = this.#listed;
  }

  /** Entries of removed keys are about to go, the others to move together. */
  moveTogether(): void {
    const count = this.#room.area(abi.STATE_ENTRIES);
    this.#numbers = this.#numbers.left(this.#placesThere(count), count);
  }

  /** Touches up to the last version that is final: more than the place of any of them. */
  get touches(): number {
    return this.#touchesBefore;
  }

  /** Brings a list of entries into the order of insertion. */
  sort(list: StateList): void {
    const addresses = this.#addressesOf(list);
    const order = inTurn(this.#room.places.placesOf(addresses));
    const sorted = addresses.map((_, turn) => addresses[order[turn]!]!);
    this.#kernel.memory.copyIn(list.ptr, new Uint8Array(sorted.buffer));
  }

  /** The last touches of the entries that the open version has changed: in the order of their list where keys have no order of touches. */
  touchesOf(list: StateList): Touches {
    const { touchCell } = this.#layout;
    const before = this.#touchesBefore;
    const times = new Float64Array(list.count).fill(this.#timeMs);
    if (touchCell === 0) return { times, places: times.map((_, i) => before + i) };
    const { view } = this.#kernel.memory;
    const shift = before - this.#listedBefore;
    const addresses = this.#addressesOf(list);
    return { times, places: times.map((_, i) => view.getUint32(addresses[i]! + touchCell, true) + shift) };
  }

  /** When keys were touched last, and in which order, of all keys in the order of insertion. `idle`: all entries in the order of their touches. */
  allTouches(idle: StateList): Touches {
    const { view } = this.#kernel.memory;
    const addresses = this.#addressesOf(idle);
    const turns = inTurn(this.#room.places.placesOf(addresses));
    const timeAt = this.#layout.touchCell + TOUCH_TIME;
    return { places: turns, times: turns.map((turn) => view.getFloat64(addresses[turn]! + timeAt, true)) };
  }

  /** Sequence numbers of entries, of all that are there where none are given. */
  sequences(list?: StateList): Float64Array {
    return this.#numbers.all(
      list
        ? this.#room.places.placesOf(this.#addressesOf(list))
        : this.#placesThere(this.#room.area(abi.STATE_ENTRIES)),
    );
  }

  /** The sequence number of the entry at a place in the order of insertion, removed ones counted. */
  sequenceAt(place: number): number {
    return this.#numbers.of(place);
  }

  /** The entries of a state that has taken them one by one, and nothing else, have this history; `touches` in all. */
  adopt(sequences: Float64Array, last: Touches | undefined, touches: number): void {
    this.#numbers = EntryNumbers.of(sequences);
    if (last && this.#layout.touchCell > 0) this.#list(last);
    this.#touchesBefore = touches;
  }

  #list({ places, times }: Touches): void {
    const { view } = this.#kernel.memory;
    const { touchCell } = this.#layout;
    const addresses = this.#room.places.addresses(places.length);
    const log = this.#room.area(abi.STATE_LOG);
    inOrderOf(places).forEach((entry, turn) => {
      const address = addresses[entry]!;
      view.setUint32(log + WORD_BYTES * turn, address, true);
      view.setUint32(address + touchCell, turn, true);
      view.setFloat64(address + touchCell + TOUCH_TIME, times[entry]!, true);
    });
  }

  get #listed(): number {
    return this.#room.area(abi.STATE_LOG_COUNT);
  }

  get #changedCount(): number {
    return this.#kernel.call("stateChanged", this.#room.statePtr, 0);
  }

  #placesThere(count: number): Float64Array {
    return this.#room.places.placesThere(this.#kernel.memory.view, count);
  }

  #addressesOf({ ptr, count }: StateList): Uint32Array {
    return new Uint32Array(this.#kernel.memory.copyOut(ptr, WORD_BYTES * count).buffer);
  }
}

/** The indices of places, from the least place on. */
function inTurn(places: Float64Array): Float64Array {
  const { length } = places;
  // Numbers are sorted many times as fast without a comparator.
  return places
    .map((place, index) => place * length + index)
    .sort()
    .map((both) => both % length);
}

/** The indices of numbers that differ, from the least number on. */
function inOrderOf(numbers: Float64Array): Uint32Array {
  const indices = Uint32Array.from(numbers.keys());
  const isSorted = numbers.every((number, i) => i === 0 || number > numbers[i - 1]!);
  return isSorted ? indices : indices.sort((a, b) => numbers[a]! - numbers[b]!);
}
