import type { InputLog, Logged } from "../plan/input-log.js";
import type { CheckpointLog } from "./log.js";
import type { PatientStore } from "./patient-store.js";
import {
  type FoundSegments,
  type Operation,
  RECEIVED,
  type ReceivedSegment,
  readReceived,
} from "./received-segments.js";
import { SealedBuilder } from "./sealed.js";

/**
 * Bytes that are not durable yet before whoever brings more waits: half of them are written while the other half gathers. Disks take twice as long for the same bytes in groups of a quarter
 * of that.
 */
const UNSYNCED_BYTES_MAX = 8 * 1024 * 1024;
/** Bytes of a segment, after which the next one begins. */
const SEGMENT_BYTES_MAX = 64 * 1024 * 1024;
/** About so many bytes name a segment that was found. */
const FOUND_BYTES = 64;
/** What an operation counts for besides its bytes. */
const OPERATION_BYTES = 32;

export interface ReceivedLogOptions {
  readonly store: PatientStore;
  readonly log: CheckpointLog;
  /** Nothing can be logged any more. */
  readonly failed: (error: unknown) => void;
  readonly warn: (line: string) => void;
}

/** Operations that are written together. */
class Group {
  readonly #sealed = new SealedBuilder(0);
  /** Of each input that it has operations of, the position after the last one. */
  readonly ends = new Map<string, number>();
  /** What its operations count for. */
  bytes = 0;

  get count(): number {
    return this.#sealed.count;
  }

  add(input: string, position: number, logged: Logged): void {
    this.#sealed.add([input, position, ...fieldsOf(logged)]);
    this.ends.set(input, position + 1);
    this.bytes += OPERATION_BYTES + bytesOf(logged);
  }

  seal({ job, epoch }: CheckpointLog, number: number): Uint8Array {
    return this.#sealed.seal({ kind: "received", job, epoch, number });
  }

  /** Nothing again, in the same memory. */
  clear(): void {
    this.#sealed.clear();
    this.ends.clear();
    this.bytes = 0;
  }
}

/**
 * The write-ahead log of what inputs receive: groups of operations, each a sealed value, one after the other in segments. While one group is being written the next one gathers: what
 * is received costs one write for many records, and a lone record waits for one write. **Order:** that of the calls, for all inputs together.
 */
export class ReceivedLog {
  readonly #store: PatientStore;
  readonly #log: CheckpointLog;
  readonly #failed: (error: unknown) => void;
  readonly #warn: (line: string) => void;
  readonly #inputs = new Map<string, LoggedInput>();
  /** Segments that are there, oldest first. */
  #segments: ReceivedSegment[] = [];
  #open: ReceivedSegment | undefined;
  #nextSegment = 0;
  #groups = 0;
  /** What the next write takes. */
  #gathering = new Group();
  /** Has been written: what gathers next takes its memory. */
  #written: Group | undefined;
  /** What is not durable counts for so many bytes. */
  #unsyncedBytes = 0;
  #flushing: Promise<void> | undefined;
  /** Operations that were added, and those of them that are durable. */
  #added = 0;
  #durable = 0;
  /** Who waits until so many operations are durable, in that order. */
  #waiters: Array<{ readonly count: number; readonly settle: () => void }> = [];
  #error: unknown;

  constructor({ store, log, failed, warn }: ReceivedLogOptions) {
    this.#store = store;
    this.#warn = warn;
    this.#log = log;
    this.#failed = failed;
  }

  /**
   * Reads what other processes have left and, where there is something or `willLog`, says what it was: what they write from now on counts for nobody.
   * **Errors:** `CheckpointError` "log-damaged"; what the store says.
   */
  async begin(needed: ReadonlyMap<string, number>, willLog: boolean): Promise<void> {
    const { segments, operations, cut, found, newest } = await readReceived(this.#store, this.#log.job, needed);
    this.#segments = segments;
    for (const what of cut)
      this.#warn(
        `millrace: the log of received data is cut: ${what} are not whole, and are not needed or were never acknowledged`,
      );
    for (const [input, { first, logged }] of operations)
      this.#inputs.set(input, new LoggedInput(this, input, first, logged));
    if (segments.length > 0 || willLog) await this.#tellFound(found, newest);
  }

  /** In a segment of its own, with what is not known to be durable; the next process deletes it. */
  async #tellFound(found: FoundSegments, newest: readonly Operation[]): Promise<void> {
    const group = new SealedBuilder(FOUND_BYTES * found.size);
    group.add(["", 0, "found", [...found]]);
    for (const { input, position, logged } of newest) group.add([input, position, ...fieldsOf(logged)]);
    const { job, epoch } = this.#log;
    await this.#store.write(this.#nextKey(), group.seal({ kind: "received", job, epoch, number: this.#groups++ }));
  }

  /** The log of an input. */
  of(input: string): InputLog {
    const known = this.#inputs.get(input) ?? new LoggedInput(this, input, 0, []);
    this.#inputs.set(input, known);
    return known;
  }

  add(input: string, position: number, logged: Logged): void {
    this.#added++;
    // After a group that could not be written there would be a hole.
    if (this.#error !== undefined) return;
    const group = this.#gathering;
    const before = group.bytes;
    group.add(input, position, logged);
    this.#unsyncedBytes += group.bytes - before;
    this.#flushing ??= this.#flush();
  }

  get isFull(): boolean {
    return this.#unsyncedBytes > UNSYNCED_BYTES_MAX;
  }

  /** Resolves when all that was added before the call is durable, whatever is added later. Rejects where it cannot be. */
  async durable(): Promise<void> {
    const count = this.#added;
    if (count > this.#durable && this.#error === undefined) {
      await new Promise<void>((settle) => this.#waiters.push({ count, settle }));
    }
    if (this.#error !== undefined && count > this.#durable) throw this.#error;
  }

  get isDurable(): boolean {
    return this.#added === this.#durable;
  }

  /** Inputs will not be asked again for what is before these positions: segments that hold nothing else are deleted. */
  async forget(before: ReadonlyMap<string, number>): Promise<void> {
    for (const input of this.#inputs.keys()) if (before.has(input)) this.#inputs.get(input)!.forget(before.get(input)!);
    while (this.#segments.length > 0 && this.#segments[0] !== this.#open) {
      const oldest = this.#segments[0]!;
      for (const [input, end] of oldest.ends) if (end > (before.get(input) ?? 0)) return;
      await this.#store.delete(oldest.key);
      this.#segments.shift();
    }
  }

  async #flush(): Promise<void> {
    try {
      // What comes in the same turn goes into one group.
      await Promise.resolve();
      while (this.#gathering.count > 0) {
        const group = this.#gathering;
        this.#gathering = this.#written ?? new Group();
        this.#written = undefined;
        await this.#write(group);
        this.#unsyncedBytes -= group.bytes;
        await this.#log.assertOwner();
        this.#durable += group.count;
        this.#settle(this.#durable);
        if (!this.#store.givesBack || group.bytes > UNSYNCED_BYTES_MAX) continue;
        group.clear();
        this.#written = group;
      }
    } catch (error) {
      this.#error = error;
      this.#failed(error);
      this.#settle(Number.POSITIVE_INFINITY);
    } finally {
      this.#flushing = undefined;
    }
  }

  /** Those who wait for no more than so many operations know now. */
  #settle(count: number): void {
    while (this.#waiters.length > 0 && this.#waiters[0]!.count <= count) this.#waiters.shift()!.settle();
  }

  async #write(group: Group): Promise<void> {
    const bytes = group.seal(this.#log, this.#groups++);
    if (this.#open === undefined || this.#open.bytes + bytes.length > SEGMENT_BYTES_MAX || !this.#store.appends)
      this.#next();
    try {
      await this.#store.append(this.#open!.key, bytes);
    } catch {
      // Nothing is known of what is at the end of a segment that failed: another one, whole, takes the group.
      this.#next();
      await this.#store.write(this.#open!.key, bytes);
    }
    this.#open!.bytes += bytes.length;
    for (const [input, end] of group.ends) this.#open!.ends.set(input, end);
  }

  #next(): void {
    this.#open = { key: this.#nextKey(), bytes: 0, ends: new Map() };
    this.#segments.push(this.#open);
  }

  #nextKey(): string {
    return `${RECEIVED}${String(this.#log.epoch).padStart(8, "0")}-${String(this.#nextSegment++).padStart(10, "0")}`;
  }
}

class LoggedInput implements InputLog {
  readonly #log: ReceivedLog;
  readonly #input: string;
  #first: number;
  /** Operations of other processes, from `#first` on. */
  #logged: readonly Logged[];
  position: number;

  constructor(log: ReceivedLog, input: string, first: number, logged: readonly Logged[]) {
    this.#log = log;
    this.#input = input;
    this.#first = first;
    this.#logged = logged;
    this.position = first + logged.length;
  }

  after(position: number): readonly Logged[] {
    // Where nothing is logged from there on, positions go on all the same.
    if (position > this.position) {
      this.position = position;
      this.#first = position;
      this.#logged = [];
    }
    return this.#logged.slice(Math.max(0, position - this.#first));
  }

  add(logged: Logged): void {
    this.#log.add(this.#input, this.position++, logged);
  }

  durable(): Promise<void> | undefined {
    return this.#log.isDurable ? undefined : this.#log.durable();
  }

  ready(): Promise<void> | undefined {
    return this.#log.isFull ? this.#log.durable() : undefined;
  }

  forget(before: number): void {
    if (before <= this.#first) return;
    this.#logged = this.#logged.slice(before - this.#first);
    this.#first = before;
  }
}

function bytesOf(logged: Logged): number {
  if ("bytes" in logged) return logged.bytes.length;
  return "packed" in logged
    ? logged.packed.reduce<number>((sum, each) => sum + (each as [string, Uint8Array])[1].length, 0)
    : 0;
}

function fieldsOf(logged: Logged): unknown[] {
  if ("bytes" in logged) return [logged.kind, logged.bytes];
  return "packed" in logged ? [logged.kind, logged.packed] : [logged.kind];
}
