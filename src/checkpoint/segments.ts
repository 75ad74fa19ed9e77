import { encodeRows } from "../block/codec.js";
import type { PartitionChange } from "../plan/durable-state.js";
import { Cursor } from "./cursor.js";
import type { Part } from "./merge-runs.js";
import type { PatientStore } from "./patient-store.js";
import { damaged, SealedBuilder, unseal } from "./sealed.js";
import { goneOf, joined, slotsOf, withoutGone } from "./slots.js";
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
        const { length } = piece.slots.sequences;
        if (openSlots + length > SEGMENT_SLOTS) await close();
        open.push(encodeRows(fieldsOf(piece)));
        openSlots += length;
        await turn();
      }
    }
    await close();
    return slots === 0 && resets.length === 0 ? undefined : { segments, slots, resets };
  }

  async #writeSegment(parts: readonly Uint8Array[]): Promise<SegmentRef> {
    const [job, epoch, number] = [this.#job, this.#epoch, this.#number++];
    const size = parts.reduce((sum, { length }) => sum + length, 0);
    const segment = new SealedBuilder(size);
    for (const part of parts) segment.add(part);
    await this.#store.write(segmentKey({ epoch, number }), segment.seal({ kind: "segment", job, epoch, number }));
    return { epoch, number };
  }
}

function* piecesOf({ partition, slots }: Part): Iterable<Part> {
  const { length } = slots.sequences;
  for (let begin = 0; begin < length; begin += PART_SLOTS) {
    yield { partition, slots: joined([{ slots, begin, end: Math.min(length, begin + PART_SLOTS) }]) };
  }
}

function fieldsOf({ partition, slots }: Part): unknown[] {
  return partitionFields({ partition, isReset: false, deleted: goneOf(slots), put: withoutGone(slots) });
}

function partOf({ partition, deleted, put }: PartitionChange): Part {
  return { partition, slots: slotsOf(put, deleted) };
}
