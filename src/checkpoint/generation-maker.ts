import { CheckpointError } from "../errors.js";
import type { Host } from "../host.js";
import { encodeGeneration, generationKey, readGeneration } from "./generations.js";
import type { JobImage } from "./job-image.js";
import { type CheckpointLog, generationNumbers, logKey, logNumbers } from "./log.js";
import { mergeLayers, type Part } from "./merge-runs.js";
import type { PatientStore } from "./patient-store.js";
import { seal } from "./sealed.js";
import { readSegment, SEGMENT, SegmentWriter, segmentEpoch, segmentKey } from "./segments.js";
import { withoutGone } from "./slots.js";
import { type Flush, layerOf, type Run, type StateImage } from "./state-image.js";

/** A generation is made after so many batches, or so many bytes of commits. */
const BATCHES_MAX = 12;
const BYTES_MAX = 8 * 1024 * 1024;
/** A run is merged with all newer ones once those have half of what it has. */
const GROWTH = 2;

/** Turns that the host has between two steps while a batch is under way. */
const TURNS_FOR_BATCHES = 16;
const GIVEN_UP = Symbol("given up");

export interface GenerationMakerOptions {
  readonly store: PatientStore;
  readonly host: Host;
  readonly log: CheckpointLog;
  readonly image: JobImage;
  /** The generation that the image was read from, 0 where there is none. */
  readonly generation: number;
  readonly failed: (error: unknown) => void;
}

/**
 * Makes generations while batches go on: writes what the log has changed since the last one as runs, merges runs, and deletes what neither of the two newest generations needs. It
 * gives the host a turn after each thousand entries or so, and more of them while a batch is under way.
 *
 * A process that others have passed does not know it yet, and may do all of that at any later time. So a process deletes only segments of its own epoch or of those before, which no
 * generation needs that is there after its own, and makes a generation only after an entry that it began to write when the one before was there: whoever opened the job before that entry would have kept it out of the log, and whoever opens it
 * later finds that generation.
 */
export class GenerationMaker {
  readonly #options: GenerationMakerOptions;
  readonly #segments: SegmentWriter;
  #batches = 0;
  #bytes = 0;
  /** The newest generation that can be read, 0 where there is none. */
  #newest: number;
  /** Keys of the segments that it needs. */
  #needed: ReadonlySet<string>;
  /** The newest entry that may have been begun before that generation was there. */
  #begunBefore = 0;
  #making: Promise<void> | undefined;
  #failed = false;
  #closed = false;

  constructor(options: GenerationMakerOptions) {
    this.#options = options;
    const { store, log, image, generation } = options;
    this.#segments = new SegmentWriter(store, log.job, log.epoch);
    this.#newest = generation;
    this.#needed = segmentsOf(image);
  }

  /** A batch was committed by the entry with this number, of so many bytes. */
  committed(number: number, bytes: number): void {
    this.#batches++;
    this.#bytes += bytes;
    const isDue = this.#batches >= BATCHES_MAX || this.#bytes >= BYTES_MAX;
    if (!isDue || this.#making || this.#failed || this.#closed || number <= this.#begunBefore) return;
    this.#batches = 0;
    this.#bytes = 0;
    this.#making = this.#make()
      .catch((error: unknown) => {
        this.#failed = true;
        if (error !== GIVEN_UP) this.#options.failed(error);
      })
      .finally(() => {
        this.#making = undefined;
      });
  }

  /** Gives up what is being made: what it has written nobody needs. Resolves when nothing is being written. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#making;
  }

  async #make(): Promise<void> {
    const { store, log, image } = this.#options;
    const { job, epoch } = log;
    // From here on the log goes on without the generation.
    const frozen = image.frozen();
    const flushes = new Map([...image.states].map(([name, state]) => [name, state.flush()]));
    for (const [name, flush] of flushes) {
      const state = image.states.get(name)!;
      const runs = await this.#withFlush(state, flush);
      state.runs = runs;
      frozen.states.get(name)!.runs = runs;
    }
    const payload = encodeGeneration(frozen);
    await store.write(generationKey(frozen.at), seal({ kind: "generation", job, epoch, number: frozen.at, payload }));
    this.#begunBefore = log.newest + 1;
    const [before, needed] = [this.#newest, this.#needed];
    this.#newest = frozen.at;
    this.#needed = segmentsOf(frozen);
    if (before > 0) await this.#deleteBefore(before);
    const others = await this.#neededByOthers(new Set([before, frozen.at]));
    if (others) await this.#deleteSegments(new Set([...needed, ...this.#needed, ...others]));
  }

  /** The runs with one more, merged where some have become small beside the newer ones. */
  async #withFlush(state: StateImage, { parts, resets }: Flush): Promise<readonly Run[]> {
    const isWhole = resets.length === state.numPartitions;
    const run = await this.#segments.write(parts, resets, this.#turn);
    const runs = [...(isWhole ? [] : state.runs), ...(run ? [run] : [])];
    const from = firstToMerge(runs);
    if (from < 0) return runs;
    const { store, log } = this.#options;
    const layers = runs.slice(from).map((each) => layerOf(each, (segment) => readSegment(store, log.job, segment)));
    const allResets = from === 0 ? [] : [...new Set(runs.slice(from).flatMap((each) => each.resets))];
    const merged = mergeLayers(layers);
    const written = await this.#segments.write(from === 0 ? entriesAlone(merged) : merged, allResets, this.#turn);
    return [...runs.slice(0, from), ...(written ? [written] : [])];
  }

  readonly #turn = async (): Promise<void> => {
    const { host, image } = this.#options;
    let turns = 0;
    // A batch that is under way goes first, but not for ever: batches may follow each other without a pause.
    do await host.breathe();
    while (image.pending.size > 0 && ++turns < TURNS_FOR_BATCHES);
    if (this.#closed) throw GIVEN_UP;
  };

  /** What only generations before that at `oldest` need, the oldest entries of the log first. */
  async #deleteBefore(oldest: number): Promise<void> {
    const { store } = this.#options;
    for (const at of await generationNumbers(store)) if (at < oldest) await store.delete(generationKey(at));
    for (const number of await logNumbers(store))
      if (number > 1 && number <= oldest) await store.delete(logKey(number));
  }

  /** The segments of generations that others have written meanwhile, too late or as those who have passed this process; undefined where one cannot be read. */
  async #neededByOthers(own: ReadonlySet<number>): Promise<string[] | undefined> {
    const { store, log } = this.#options;
    const needed: string[] = [];
    for (const at of await generationNumbers(store)) {
      if (own.has(at)) continue;
      try {
        needed.push(...segmentsOf(await readGeneration(store, at, log.job)));
      } catch (error) {
        if (error instanceof CheckpointError && error.code === "checkpoint-damaged") return undefined;
        throw error;
      }
    }
    return needed;
  }

  /** Also those of runs that no generation came to name; those of later epochs are others'. */
  async #deleteSegments(needed: ReadonlySet<string>): Promise<void> {
    const { store, log } = this.#options;
    for (const key of await store.list(SEGMENT))
      if (!needed.has(key) && segmentEpoch(key) <= log.epoch) await store.delete(key);
  }
}

function segmentsOf({ states }: JobImage): ReadonlySet<string> {
  const runs = [...states.values()].flatMap((state) => state.runs);
  return new Set(runs.flatMap(({ segments }) => segments.map(segmentKey)));
}

/** The oldest run that the newer ones have outgrown, -1 where there is none. */
function firstToMerge(runs: readonly Run[]): number {
  let newer = 0;
  let first = -1;
  for (let i = runs.length - 1; i >= 0; i--) {
    const { slots } = runs[i]!;
    if (i < runs.length - 1 && slots < GROWTH * newer) first = i;
    newer += slots;
  }
  return first;
}

/** Nothing is older: what is gone need not be said. */
async function* entriesAlone(parts: AsyncIterable<Part>): AsyncGenerator<Part> {
  for await (const { partition, slots } of parts) yield { partition, slots: withoutGone(slots) };
}
