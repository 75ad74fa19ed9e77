import { encodeKey, isPrimitiveKey, type PrimitiveKey } from "../block/key.js";
import { type ChangedEntries, columnsOf, type DurableEntry } from "../plan/durable-state.js";

/** What a state has of one key. Replaced, never changed, once the batch that made it has ended. */
export interface StateEntry<S> {
  readonly key: unknown;
  state: S;
  /** Time of the batch that touched it last. */
  timeMs: number;
  /** Place in the order of insertion. */
  readonly sequence: number;
  /** Place in the order of touches. */
  touch: number;
  /** The batch, counted by the table, that made this entry. */
  readonly version: number;
  /** The pair as it was given out: the same one as long as nothing changes. */
  row: [unknown, S] | undefined;
}

/** Stands for a key that is no primitive, so that one map has both kinds in one order. */
class CompositeKey {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
type MapKey = PrimitiveKey | CompositeKey;

/**
 * The state of one partition: keys by value, in the order of their insertion. Changes belong to a version, which is committed or rolled back as a
 * whole: an update that fails leaves no trace.
 *
 * **Order:** one or two `Map` operations a change; a commit costs nothing, a rollback what was changed (all keys, where some were removed).
 */
export class StateTable<S> {
  #entries = new Map<MapKey, StateEntry<S>>();
  readonly #composites = new Map<string, CompositeKey>();
  /** Keys from the one touched longest ago, where time-outs ask for that. */
  #byTouch: Map<MapKey, StateEntry<S>> | undefined;
  /** What was there before, for each key that this version has touched. */
  #journal: Array<readonly [MapKey, StateEntry<S> | undefined]> = [];
  #version = 0;
  #sequence = 0;
  #touches = 0;

  /** `tracksTouches`: whether `idleSince` will be asked. */
  constructor({ tracksTouches = false } = {}) {
    if (tracksTouches) this.#byTouch = new Map();
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The entry of a key, or undefined. */
  get(key: unknown): StateEntry<S> | undefined {
    const mapKey = this.#find(key);
    return mapKey === NOT_THERE ? undefined : this.#entries.get(mapKey);
  }

  /** Gives a key a state; a key that is there keeps its place. */
  put(key: unknown, state: S, timeMs: number): void {
    const mapKey = this.#keyFor(key);
    const old = this.#entries.get(mapKey);
    const touch = this.#touches++;
    let entry: StateEntry<S>;
    if (old !== undefined && old.version === this.#version) {
      entry = old;
      if (!Object.is(entry.state, state)) entry.row = undefined;
      entry.state = state;
      entry.timeMs = timeMs;
      entry.touch = touch;
    } else {
      const row = old !== undefined && Object.is(old.state, state) ? old.row : undefined;
      const sequence = old?.sequence ?? this.#sequence++;
      entry = { key: old ? old.key : key === 0 ? 0 : key, state, timeMs, sequence, touch, version: this.#version, row };
      this.#journal.push([mapKey, old]);
      this.#entries.set(mapKey, entry);
    }
    if (this.#byTouch) {
      this.#byTouch.delete(mapKey);
      this.#byTouch.set(mapKey, entry);
    }
  }

  /** Removes a key that is there. */
  delete(key: unknown): void {
    const mapKey = this.#find(key);
    const old = mapKey === NOT_THERE ? undefined : this.#entries.get(mapKey);
    if (mapKey === NOT_THERE || old === undefined) return;
    if (old.version !== this.#version) this.#journal.push([mapKey, old]);
    this.#entries.delete(mapKey);
    this.#byTouch?.delete(mapKey);
    if (mapKey instanceof CompositeKey) this.#composites.delete(mapKey.text);
  }

  /** The entries in order of insertion. */
  values(): IterableIterator<StateEntry<S>> {
    return this.#entries.values();
  }

  /** The entries touched before `timeMs`, the one touched longest ago first. */
  idleSince(timeMs: number): Array<StateEntry<S>> {
    const idle: Array<StateEntry<S>> = [];
    for (const entry of this.#byTouch!.values()) {
      if (entry.timeMs >= timeMs) break;
      idle.push(entry);
    }
    return idle;
  }

  /** The pairs in order of insertion. What was given out before is given out again where it has not changed. */
  rows(): Array<[unknown, S]> {
    const rows: Array<[unknown, S]> = new Array(this.#entries.size);
    let i = 0;
    for (const entry of this.#entries.values()) {
      entry.row ??= [entry.key, entry.state];
      rows[i++] = entry.row;
    }
    return rows;
  }

  /** What has changed since the last commit: entries that are new or others, and the sequence numbers of those that are gone. */
  changes(): ChangedEntries {
    const put = new Map<number, DurableEntry>();
    const deleted: number[] = [];
    for (const [mapKey, old] of this.#journal) {
      const entry = this.#entries.get(mapKey);
      if (old && entry?.sequence !== old.sequence) deleted.push(old.sequence);
      if (entry) {
        const { sequence, key, state: value, timeMs, touch } = entry;
        put.set(sequence, { sequence, key, value, timeMs, touch });
      }
    }
    return { put: columnsOf([...put.values()]), deleted: Float64Array.from(deleted) };
  }

  /** Touches that there ever were: more than the place of any of them. */
  get touches(): number {
    return this.#touches;
  }

  /** Takes entries, in the order of their sequence, in the place of what is there; `touchesEver`: touches that there ever were, at least. */
  load(entries: Iterable<DurableEntry>, touchesEver = 0): void {
    const loaded = new Map<MapKey, StateEntry<S>>();
    const version = this.#version;
    let [newest, touches] = [-1, Math.max(this.#touches, touchesEver)];
    this.#composites.clear();
    for (const { sequence, key, value, timeMs, touch } of entries) {
      const entry = { key, state: value as S, timeMs, sequence, touch, version, row: undefined };
      loaded.set(typeof key === "string" ? key : this.#keyFor(key), entry);
      newest = sequence;
      if (touch >= touches) touches = touch + 1;
    }
    this.#entries = loaded;
    this.#sequence = newest + 1;
    this.#touches = touches;
    if (this.#byTouch) this.#byTouch = ordered(this.#entries, (entry) => entry.touch);
    this.commit();
  }

  /** Makes the changes since the last commit final. */
  commit(): void {
    this.#journal = [];
    this.#version += 1;
  }

  /** Undoes the changes since the last commit. */
  rollback(): void {
    let isOutOfOrder = false;
    for (const [mapKey, old] of this.#journal.reverse()) {
      if (old === undefined) {
        this.#entries.delete(mapKey);
        if (mapKey instanceof CompositeKey) this.#composites.delete(mapKey.text);
        continue;
      }
      isOutOfOrder ||= !this.#entries.has(mapKey);
      this.#entries.set(mapKey, old);
      if (mapKey instanceof CompositeKey) this.#composites.set(mapKey.text, mapKey);
    }
    if (isOutOfOrder) this.#entries = ordered(this.#entries, (entry) => entry.sequence);
    if (this.#byTouch && this.#journal.length > 0) this.#byTouch = ordered(this.#entries, (entry) => entry.touch);
    this.commit();
  }

  #find(key: unknown): MapKey | typeof NOT_THERE {
    if (typeof key === "string" || isPrimitiveKey(key)) return key;
    return this.#composites.get(encodeKey(key)) ?? NOT_THERE;
  }

  #keyFor(key: unknown): MapKey {
    if (typeof key === "string" || isPrimitiveKey(key)) return key;
    const text = encodeKey(key);
    let composite = this.#composites.get(text);
    if (composite === undefined) {
      composite = new CompositeKey(text);
      this.#composites.set(text, composite);
    }
    return composite;
  }
}

const NOT_THERE: unique symbol = Symbol("not there");

function ordered<S>(
  entries: ReadonlyMap<MapKey, StateEntry<S>>,
  place: (entry: StateEntry<S>) => number,
): Map<MapKey, StateEntry<S>> {
  return new Map([...entries].sort(([, a], [, b]) => place(a) - place(b)));
}
