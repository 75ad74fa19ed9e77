import { encodeRows } from "../block/codec.js";
import { CheckpointError } from "../errors.js";
import type { SavedState } from "../plan/durable-state.js";
import { Cursor } from "./cursor.js";
import { decodeOpened, decodePlanned, encodeOpened, encodePlanned } from "./entries.js";
import { JobImage } from "./job-image.js";
import { GENERATION, generationNumbers, logNumbers, readEntry } from "./log.js";
import type { PatientStore } from "./patient-store.js";
import { damaged, unseal } from "./sealed.js";
import { readSegment } from "./segments.js";
import { type Run, type SegmentRef, StateImage } from "./state-image.js";

const DIGITS = 16;
/** How often a job is read anew that somebody writes meanwhile. */
const LOOKS_MAX = 4;

/** The image of a job as of some entry of its log: what is before that entry is needed no more to know it. */
export function encodeGeneration(image: JobImage): Uint8Array {
  const { newest, pending, inputs, states, rates, opened, wallMs } = image;
  return encodeRows([
    encodeOpened(opened),
    wallMs,
    newest.id,
    newest.timeMs,
    [...pending.values()].map(({ planned, epoch }) => [epoch, encodePlanned(planned)]),
    [...inputs].map(([name, { rememberMs, takes }]) => [
      name,
      rememberMs,
      takes.map(({ timeMs, took }) => [timeMs, took]),
    ]),
    [...states].map(([name, { signature, numPartitions, timeMs, note, runs }]) => [
      name,
      signature,
      numPartitions,
      timeMs,
      note,
      runs.map(runFields),
    ]),
    [...rates],
  ]);
}

export function generationKey(at: number): string {
  return GENERATION + String(at).padStart(DIGITS, "0");
}

/** What was found of a job. */
export interface Found {
  readonly image: JobImage;
  /** The generation that it was read from, 0 where it was read from the log alone. */
  readonly generation: number;
  /** What its states had when the last batch was committed, by name. */
  readonly saved: Map<string, SavedState>;
  /** Newer generations that could not be read, and why. */
  readonly damaged: ReadonlyMap<string, CheckpointError>;
}

/**
 * The job that is in a store, read from its newest generation that can be read and the log since then; undefined where the store is empty. Nothing is written.
 *
 * **Errors:** `CheckpointError` "checkpoint-damaged", "checkpoint-unrecoverable" where no generation can be read, "format-too-new", "not-a-checkpoint", and what the store says.
 */
export async function findJob(store: PatientStore): Promise<Found | undefined> {
  for (let looksLeft = LOOKS_MAX; ; looksLeft--) {
    const [newest] = (await logNumbers(store)).slice(-1);
    try {
      return await readFound(store);
    } catch (error) {
      const { code } = error as { readonly code?: unknown };
      const isDamage = code === "checkpoint-damaged" || code === "checkpoint-unrecoverable";
      // Whoever writes there now deletes what is older, while it is being read.
      if (isDamage && looksLeft > 1 && (await logNumbers(store)).at(-1) !== newest) continue;
      throw error;
    }
  }
}

async function readFound(store: PatientStore): Promise<Found | undefined> {
  const keys = await store.list("");
  if (keys.length === 0) return undefined;
  // Before the generations: what is in the log by now rests on none that is deleted before they are listed.
  const numbers = await logNumbers(store);
  if (numbers[0] !== 1) throw foreign(keys);
  const { job } = await readEntry(store, 1);
  const unreadable = new Map<string, CheckpointError>();
  for (const at of (await generationNumbers(store)).reverse()) {
    try {
      const read = await readJob(store, await readGeneration(store, at, job), numbers);
      return { ...read, generation: at, damaged: unreadable };
    } catch (error) {
      if (!(error instanceof CheckpointError) || error.code !== "checkpoint-damaged") throw error;
      unreadable.set(generationKey(at), error);
    }
  }
  // The log alone says it all, until its oldest entries are deleted; what others write too late may take their places.
  const isWhole = numbers.length === numbers.at(-1);
  if (!isWhole) throw unrecoverable(unreadable);
  return { ...(await readJob(store, new JobImage(job), numbers)), generation: 0, damaged: unreadable };
}

/** Brings an image up to the newest entry of the log, and reads its states. */
async function readJob(store: PatientStore, image: JobImage, numbers: readonly number[]) {
  const newest = numbers.at(-1)!;
  while (image.at < newest) image.apply(await readEntry(store, image.at + 1));
  const saved = new Map<string, SavedState>();
  for (const [name, state] of image.states) {
    if (!state.isEmpty) saved.set(name, await state.saved((segment) => readSegment(store, image.job, segment)));
  }
  return { image, saved };
}

/** **Errors:** `CheckpointError` "checkpoint-damaged", also where it is not there any more. */
export async function readGeneration(store: PatientStore, at: number, job: string): Promise<JobImage> {
  const key = generationKey(at);
  const bytes = await store.read(key);
  if (bytes === undefined) throw damaged(key, "is not there any more", 0);
  const sealed = unseal(key, bytes);
  if (sealed.kind !== "generation" || sealed.number !== at || sealed.job !== job) {
    throw damaged(key, `is ${sealed.kind} ${sealed.number} of job ${sealed.job}`, 0);
  }
  const fields = Cursor.of(key, sealed.payload);
  const image = new JobImage(job);
  image.at = at;
  image.epoch = sealed.epoch;
  image.opened = decodeOpened(key, fields.bytes());
  image.wallMs = fields.number();
  image.newest = { id: fields.number(), timeMs: fields.number() };
  for (const [epoch, bytesOfPlan] of fields.each((plan) => [plan.count(), plan.bytes()] as const)) {
    const planned = decodePlanned(key, bytesOfPlan);
    image.pending.set(planned.timeMs, { planned, epoch });
  }
  for (const [name, input] of fields.each(readInput)) image.inputs.set(name, input);
  for (const [name, state] of fields.each(readState)) image.states.set(name, state);
  image.rates = new Map(fields.each((rate) => [rate.text(), rate.number()]));
  return image;
}

function readInput(fields: Cursor) {
  const name = fields.text();
  const rememberMs = fields.number();
  const takes = fields.each((take) => ({ timeMs: take.number(), took: take.value() }));
  return [name, { rememberMs, takes }] as const;
}

function readState(fields: Cursor) {
  const name = fields.text();
  const shape = { signature: fields.text(), numPartitions: fields.count() };
  const saved = { timeMs: fields.number(), note: fields.value(), runs: fields.each(readRun) };
  return [name, new StateImage(shape, saved)] as const;
}

function runFields({ slots, resets, segments }: Run): unknown[] {
  return [slots, resets, segments.map(({ epoch, number }) => [epoch, number])];
}

function readRun(fields: Cursor): Run {
  const slots = fields.count();
  const resets = fields.list() as number[];
  const segments = fields.each((segment): SegmentRef => ({ epoch: segment.count(), number: segment.count() }));
  return { slots, resets, segments };
}

function foreign(keys: readonly string[]): CheckpointError {
  return new CheckpointError(
    `The store for checkpoints must be empty or hold a checkpoint, and it holds ${keys.length} keys, such as ${JSON.stringify(keys[0])}, without the beginning of a log: ` +
      "give an empty store, or the one that the job has written.",
    { code: "not-a-checkpoint", details: { keyCount: keys.length, firstKey: keys[0] } },
  );
}

function unrecoverable(causes: ReadonlyMap<string, CheckpointError>): CheckpointError {
  return new CheckpointError(
    `No generation of the checkpoint can be read: ${[...causes.values()].map(({ message }) => message).join(" ")}`,
    {
      code: "checkpoint-unrecoverable",
      details: { generations: [...causes.keys()] },
      cause: causes.values().next().value,
    },
  );
}
