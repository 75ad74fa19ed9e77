import { encodeRows } from "../block/codec.js";
import type { DurableEntry } from "../plan/durable-state.js";
import { Cursor } from "./cursor.js";
import { Gone, type Part, type Slot } from "./merge-runs.js";
import type { PatientStore } from "./patient-store.js";
import { damaged, sealFields, unseal } from "./sealed.js";
import { partitionFields, readPartition } from "./state-change.js";
import type { Run, SegmentRef } from "./state-image.js";

export const SEGMENT = "segment/";
/** Slots of a segment, about. */
const SEGMENT_SLOTS = 16_384;
/** Slots that are encoded, or decoded, before the host has a turn: about a millisecond's work. */
const PART_SLOTS = 1024;

export function segmentKey({ epoch, number }: SegmentRef): string {
  return `${SEGMENT}${String(epoch).padStart(8, "0")}-${String(number).padStart(10, "0")}`;
}

/** The epoch of the process that wrote the segment; 0 of a key that no process gives. */
export function segmentEpoch(key: string): number {
  return Number(/^segment\/(\d+)-\d+$/.exec(key)?.[1] ?? 0);
}

/** The parts of a segment, each decoded when it is asked for. **Errors:** `CheckpointError` "checkpoint-damaged". */
export async function* readSegment(
  store: PatientStore,
  job: string,
  ref: SegmentRef,
): AsyncGenerator<Part, void, void> {
  const key = segmentKey(ref);
  const bytes = await store.read(key);
  if (bytes === undefined) throw damaged(key, "is not there, and a generation needs it", 0);
  const { kind, payload, ...sealed } = unseal(key, bytes);
  if (kind !== "segment" || sealed.job !== job || sealed.epoch !== ref.epoch || sealed.number !== ref.number) {
    throw damaged(key, `is ${kind} ${sealed.epoch}-${sealed.number} of job ${sealed.job}`, 0);
  }
  for (const fields = Cursor.of(key, payload); !fields.isAtEnd; ) {
    yield partOf(readPartition(Cursor.of(key, fields.bytes())));
  }
}

/** Writes the segments of runs under numbers that its epoch has not used. */
export class SegmentWriter {
  readonly #store: PatientStore;
  readonly #job: string;
  readonly #epoch: number;
  #number = 0;

  constructor(store: PatientStore, job: string, epoch: number) {
    this.#store = store;
    this.#job = job;
    this.#epoch = epoch;
  }

  /** A run of parts, ascending by partition and sequence; undefined where there is nothing in it. */
  async write(
    parts: AsyncIterable<Part> | Iterable<Part>,
    resets: readonly number[],
    turn: () => Promise<void>,
  ): Promise<Run | undefined> {
    const segments: SegmentRef[] = [];
    let open: Uint8Array[] = [];
    let openSlots = 0;
    let slots = 0;
    const close = async () => {
      if (openSlots === 0) return;
      segments.push(await this.#writeSegment(open));
      slots += openSlots;
      open = [];
      openSlots = 0;
    };
    for await (const part of parts) {
      for (const piece of piecesOf(part)) {
        if (openSlots + piece.slots.length > SEGMENT_SLOTS) await close();
        open.push(encodeRows(fieldsOf(piece)));
        openSlots += piece.slots.length;
        await turn();
      }
    }
    await close();
    return slots === 0 && resets.length === 0 ? undefined : { segments, slots, resets };
  }

  async #writeSegment(parts: readonly Uint8Array[]): Promise<SegmentRef> {
    const [job, epoch, number] = [this.#job, this.#epoch, this.#number++];
    const size = parts.reduce((sum, { length }) => sum + length, 0);
    const bytes = sealFields({ kind: "segment", job, epoch, number }, parts, size);
    await this.#store.write(segmentKey({ epoch, number }), bytes);
    return { epoch, number };
  }
}

function* piecesOf({ partition, slots }: Part): Iterable<Part> {
  for (let at = 0; at < slots.length; at += PART_SLOTS) yield { partition, slots: slots.slice(at, at + PART_SLOTS) };
}

function fieldsOf({ partition, slots }: Part): unknown[] {
  const deleted = slots.flatMap((slot) => (slot instanceof Gone ? [slot.sequence] : []));
  const put = slots.filter((slot): slot is DurableEntry => !(slot instanceof Gone));
  return partitionFields({ partition, isReset: false, deleted, put });
}

function partOf({ partition, deleted, put }: ReturnType<typeof readPartition>): Part {
  if (deleted.length === 0) return { partition, slots: put };
  const slots: Slot[] = [...put, ...deleted.map((sequence) => new Gone(sequence))];
  return { partition, slots: slots.sort((a, b) => a.sequence - b.sequence) };
}
