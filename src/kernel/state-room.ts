import { abi } from "#kernel";
import { KernelError } from "../errors.js";
import { EntryPlaces } from "./entry-places.js";
import type { Kernel } from "./kernel.js";
import type { StateLayout } from "./state-layout.js";

/** Slots at first: 2 to the power of this. */
const SLOT_BITS_AT_FIRST = 10;
/** Bytes of a segment, which never moves while programs run; the more there is, the larger the next: it adds one part of so many. */
const SEGMENT_BYTES_AT_FIRST = 16_384;
const SEGMENT_BYTES_MAX = 4 * 2 ** 20;
const SEGMENT_PART = 8;
const JOURNAL_BYTES_AT_FIRST = 4096;
const LOG_BYTES_AT_FIRST = 4096;
const ENTRY_ALIGNMENT = 8;

/** Codes of errors for lack of room. */
const LIMITS: ReadonlySet<string> = new Set(["table-limit", "memory-limit", "memory-refused"]);

interface Region {
  readonly ptr: number;
  readonly bytes: number;
}

/** The regions of a state in a kernel's memory: given as it grows, taken back when a version is undone or the state is made smaller. */
export class StateRoom {
  readonly statePtr: number;
  /** Bytes of text in cells at which text is moved together. */
  textBytesNext = 131_072;
  readonly #kernel: Kernel;
  #stateBytes = 0;
  #slots: Region;
  #slotBits: number;
  /** In the order in which they were given. */
  readonly #entries: Region[] = [];
  #texts: Region[] = [];
  #journal: Region;
  #log: Region | undefined;
  #marked = { entries: 0, texts: 0 };

  constructor(kernel: Kernel, layout: StateLayout, keysExpected: number) {
    this.#kernel = kernel;
    this.#slotBits = Math.max(SLOT_BITS_AT_FIRST, Math.ceil(Math.log2(keysExpected + 1)) + 1);
    const { leaves, keyCells } = layout;
    const groupBytes = kernel.call("groupBytes", Math.max(1, keyCells.length), leaves.length);
    this.#stateBytes = groupBytes + kernel.call("stateBytes");
    const taken: Region[] = [];
    const take = (bytes: number) => {
      taken.push(this.#region(bytes));
      return taken.at(-1)!;
    };
    try {
      this.statePtr = take(this.#stateBytes).ptr;
      this.#slots = take(4 << this.#slotBits);
      this.#journal = take(JOURNAL_BYTES_AT_FIRST);
    } catch (error) {
      this.#release(taken);
      throw error;
    }
    this.#init(layout);
  }

  get bytes(): number {
    const sum = (regions: readonly Region[]) => regions.reduce((total, { bytes }) => total + bytes, 0);
    const others = [this.#slots, this.#journal, ...(this.#log ? [this.#log] : [])];
    return this.#stateBytes + sum(others) + sum(this.#entries) + sum(this.#texts);
  }

  /** Where entries lie. Valid until the state is given room or gives some back. */
  get places(): EntryPlaces {
    return new EntryPlaces(this.#entries, this.#header(abi.TABLE_STRIDE));
  }

  /** A word of the state's own part. */
  area(offset: number): number {
    return this.#kernel.memory.view.getUint32(this.#areaPtr + offset, true);
  }

  setArea(offset: number, value: number): void {
    this.#kernel.memory.view.setUint32(this.#areaPtr + offset, value, true);
  }

  /** What it stopped for. */
  get need(): number {
    return this.#header(abi.TABLE_NEED);
  }

  /** Gives the state what it stopped for. */
  serve(need: number): void {
    try {
      this.#give(need);
    } catch (error) {
      if (!(error instanceof KernelError) || !LIMITS.has(error.code)) throw error;
      const { message, code, details, cause } = error;
      const figures = { keys: this.area(abi.STATE_LIVE), bytes: this.bytes };
      throw new KernelError(message, { code, details: { ...details, ...figures }, cause });
    }
  }

  /** What is given from here on may be taken back by `backToMark`. */
  mark(): void {
    this.#marked = { entries: this.#entries.length, texts: this.#texts.length };
  }

  /** Takes back the segments that a version was given which the kernel has undone. */
  backToMark(): void {
    this.#release(this.#entries.splice(this.#marked.entries));
    this.#release(this.#texts.splice(this.#marked.texts));
  }

  /** A region that text is to be moved to. */
  newText(bytes: number): number {
    return this.#allocate(bytes);
  }

  /** Takes back what the kernel has left when it moved entries together, and text to the region at `textPtr`, if it is one. */
  compacted(textPtr: number, textBytes: number): void {
    const last = this.#entries.findIndex(({ ptr }) => ptr === this.#lastSegment);
    this.#release(this.#entries.splice(last + 1));
    if (textPtr === 0) return;
    this.#release(this.#texts);
    this.#texts = [{ ptr: textPtr, bytes: textBytes }];
  }

  free(): void {
    this.#release([...this.#entries.splice(0), ...this.#texts.splice(0), this.#slots, this.#journal]);
    if (this.#log) this.#release([this.#log]);
    this.#kernel.memory.free(this.statePtr);
  }

  get #areaPtr(): number {
    return this.#header(abi.STATE_AREA);
  }

  get #lastSegment(): number {
    return this.#header(abi.TABLE_SEGMENT_LAST);
  }

  #init({ form, stride, keyCells, leaves, touchCell, numberCell, cells, cellsBytes }: StateLayout): void {
    const { view } = this.#kernel.memory;
    const set = (offset: number, value: number) => view.setUint32(this.statePtr + offset, value, true);
    const keys = Math.max(1, keyCells.length);
    set(abi.GROUP_FORM, form);
    set(abi.GROUP_KEYS, keys);
    set(abi.GROUP_AGGREGATES, leaves.length);
    set(abi.GROUP_NUMBER_CELL, 0);
    for (let i = 0; i < keys; i++) set(abi.GROUP_LISTS + i * abi.GROUP_KEY_BYTES + 4, keyCells[i] ?? 0);
    const first = abi.GROUP_LISTS + keys * abi.GROUP_KEY_BYTES;
    leaves.forEach(({ cell, bytes }, i) => {
      set(first + i * abi.GROUP_AGGREGATE_BYTES + 12, cell);
      set(first + i * abi.GROUP_AGGREGATE_BYTES + 16, bytes);
    });
    const { probeSeedPtr } = this.#kernel;
    this.#kernel.call("groupInit", this.statePtr, probeSeedPtr, this.#slots.ptr, this.#slotBits, stride);
    this.#kernel.call("stateInit", this.statePtr);
    this.setArea(abi.STATE_CELLS, cells);
    this.setArea(abi.STATE_CELLS_BYTES, cellsBytes);
    this.setArea(abi.STATE_TOUCH, touchCell);
    this.setArea(abi.STATE_NUMBER, numberCell);
    this.#setJournal(0);
  }

  #give(need: number): void {
    const { memory } = this.#kernel;
    switch (need) {
      case abi.NEED_SLOTS:
        this.#moreSlots();
        break;
      case abi.NEED_ENTRIES: {
        const least = abi.TABLE_SEGMENT_HEADER_BYTES + this.#header(abi.TABLE_STRIDE);
        const segment = this.#segment(this.#entries, least);
        this.#kernel.call("tableAddEntries", this.statePtr, segment.ptr, segment.bytes);
        break;
      }
      case abi.NEED_BYTES: {
        const segment = this.#segment(this.#texts, this.#header(abi.TABLE_NEED_BYTES));
        this.#kernel.call("tableAddBytes", this.statePtr, segment.ptr, segment.bytes);
        break;
      }
      case abi.NEED_JOURNAL: {
        const old = this.#journal;
        const used = this.area(abi.STATE_JOURNAL_NEXT) - old.ptr;
        this.#journal = this.#region(2 * old.bytes);
        this.#kernel.call("moveBytes", this.#journal.ptr, old.ptr, used);
        memory.free(old.ptr);
        this.#setJournal(used);
        break;
      }
      default: {
        const old = this.#log;
        this.#log = this.#region(old ? 2 * old.bytes : LOG_BYTES_AT_FIRST);
        if (old) {
          this.#kernel.call("moveBytes", this.#log.ptr, old.ptr, old.bytes);
          memory.free(old.ptr);
        }
        this.setArea(abi.STATE_LOG, this.#log.ptr);
        this.setArea(abi.STATE_LOG_ROOM, this.#log.bytes / 4);
      }
    }
  }

  #setJournal(used: number): void {
    const { ptr, bytes } = this.#journal;
    this.setArea(abi.STATE_JOURNAL, ptr);
    this.setArea(abi.STATE_JOURNAL_NEXT, ptr + used);
    this.setArea(abi.STATE_JOURNAL_END, ptr + bytes);
  }

  /** Twice as many, unless keys that were removed have filled them. */
  #moreSlots(): void {
    const isFull = this.area(abi.STATE_LIVE) > 2 ** (this.#slotBits - 2);
    if (!isFull) {
      this.#kernel.call("stateRehash", this.statePtr, this.#slots.ptr, this.#slotBits);
      return;
    }
    if (this.#slotBits === abi.TABLE_SLOT_BITS_MAX) {
      const keysMax = 2 ** (abi.TABLE_SLOT_BITS_MAX - 1);
      throw new KernelError(`A partition of a state holds ${keysMax} keys at most: use more partitions.`, {
        code: "table-limit",
        details: { keysMax },
      });
    }
    const old = this.#slots;
    this.#slots = this.#region(2 * old.bytes);
    this.#slotBits += 1;
    this.#kernel.call("stateRehash", this.statePtr, this.#slots.ptr, this.#slotBits);
    this.#kernel.memory.free(old.ptr);
  }

  /** The next segment, of at least so many bytes. */
  #segment(others: Region[], least: number): Region {
    const soFar = others.reduce((sum, { bytes }) => sum + bytes, 0);
    const wanted = Math.ceil(soFar / SEGMENT_PART / SEGMENT_BYTES_AT_FIRST) * SEGMENT_BYTES_AT_FIRST;
    const bytes = Math.max(SEGMENT_BYTES_AT_FIRST, Math.min(SEGMENT_BYTES_MAX, wanted), least);
    const region = this.#region(Math.ceil(bytes / ENTRY_ALIGNMENT) * ENTRY_ALIGNMENT);
    others.push(region);
    return region;
  }

  #region(bytes: number): Region {
    return { ptr: this.#allocate(bytes), bytes };
  }

  #allocate(bytes: number): number {
    return this.#kernel.memory.allocate(bytes);
  }

  #release(regions: readonly Region[]): void {
    for (const { ptr } of regions) this.#kernel.memory.free(ptr);
  }

  #header(offset: number): number {
    return this.#kernel.memory.view.getUint32(this.statePtr + offset, true);
  }
}
