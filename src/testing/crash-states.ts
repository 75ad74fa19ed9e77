import { MemoryStore } from "../checkpoint/memory-store.js";
import { CrashStore, type CrashStoreOptions, type CrashTrace, STORE_FOLDER } from "./crash-store.js";
import { BLOCK_BYTES, type DiskImage, DiskModel, type Fate, type Pending } from "./disk-model.js";
import { replay } from "./model-machine.js";
import { seededRandom } from "./seeded-random.js";

/** All subsets of so many changes are tried; of more changes, this many at random. */
const SUBSET_CHANGES_MAX = 8;
const SUBSETS_DRAWN = 64;
/** A write is torn after each of its first bytes. */
const HEADER_BYTES = 64;

/** Which of the crash states of a trace are wanted. */
export interface CrashStatesOptions {
  /** For subsets and torn writes that are drawn at random. */
  readonly seed: number;
  /** The name of the one state that is wanted. Default: all. */
  readonly only?: string;
  /** At how many ends of blocks a write is torn at most; of more of them so many are drawn. Default: 1,024. */
  readonly tearsMax?: number;
}

/** What a store may hold after a power cut. */
export interface CrashState {
  /** Tells it from the others of its trace: `crashStates` with `only` gives it again. */
  readonly name: string;
  /** What happened, in words. */
  readonly description: string;
  /** The steps of the trace that had been made. */
  readonly step: number;
  /** A store in memory that holds it: one of its own for each call. */
  toMemoryStore(): MemoryStore;
  /** The store in a folder over a disk that holds it: one of its own for each call. */
  toCrashStore(options?: Omit<CrashStoreOptions, "image">): CrashStore;
}

/**
 * All that may be found after a crash at some point of a trace: before the first step, and after each, every change that is not durable yet is there, or none,
 * or any subset (64 at random where there are more than 8); the last write torn at each of its first 64 bytes and at the end of each block of 512, or full of
 * zeros; names without the bytes. Deterministic: the same trace and seed give the same states under the same names.
 *
 * ```ts
 * const store = new CrashStore();
 * await store.write("a", Uint8Array.of(1));
 * for (const state of crashStates(store.trace, { seed: 1 })) {
 *   const found = await state.toMemoryStore().read("a"); // undefined, or Uint8Array [1]
 * }
 * ```
 */
export function* crashStates(trace: CrashTrace, options: CrashStatesOptions): Generator<CrashState> {
  const disk = new DiskModel(trace.start);
  for (let step = 0; step <= trace.steps.length; step += 1) {
    if (step > 0) replay(disk, trace.steps[step - 1]!);
    const random = seededRandom(options.seed + step);
    for (const { label, fates } of outcomes(disk.pending, random, options.tearsMax ?? 1024)) {
      const name = `${step}/${label}`;
      if (options.only !== undefined && options.only !== name) continue;
      yield stateOf(
        disk.image((index) => fates[index]!),
        {
          name,
          step,
          description: describe(trace, step, disk.pending, fates),
        },
      );
    }
  }
}

interface Outcome {
  readonly label: string;
  readonly fates: readonly Fate[];
}

function* outcomes(pending: readonly Pending[], random: () => number, tearsMax: number): Generator<Outcome> {
  const all = (fate: Fate) => pending.map(() => fate);
  yield { label: "durable", fates: all("lost") };
  if (pending.length === 0) return;
  yield { label: "all", fates: all("kept") };
  yield* subsets(pending, random);
  const last = pending.findLastIndex(({ change }) => "write" in change);
  if (last < 0) return;
  const isWrite = pending.map(({ change }) => "write" in change);
  yield { label: "names", fates: isWrite.map((is) => (is ? "lost" : "kept")) };
  yield { label: "zeros-all", fates: isWrite.map((is) => (is ? "zeros" : "kept")) };
  const withLast = (label: string, fate: Fate): Outcome => ({
    label,
    fates: pending.map((_, index) => (index === last ? fate : "kept")),
  });
  yield withLast("zeros", "zeros");
  yield withLast("first-block-zeros", "first-block-zeros");
  for (const bytes of tears(pending[last]!, random, tearsMax)) yield withLast(`torn-${bytes}`, { bytes });
}

function* subsets(pending: readonly Pending[], random: () => number): Generator<Outcome> {
  const chosen = (label: string, isKept: (index: number) => boolean): Outcome => ({
    label,
    fates: pending.map((_, index) => (isKept(index) ? "kept" : "lost")),
  });
  if (pending.length <= SUBSET_CHANGES_MAX) {
    for (let set = 1; set < 2 ** pending.length - 1; set += 1)
      yield chosen(`subset-${set}`, (index) => (set & (1 << index)) !== 0);
  } else {
    for (let drawn = 0; drawn < SUBSETS_DRAWN; drawn += 1) yield chosen(`drawn-${drawn}`, () => random() < 0.5);
  }
}

/** How many bytes of a write are there. Blocks are those of the file. */
function tears({ change }: Pending, random: () => number, tearsMax: number): Iterable<number> {
  const { write, at } = change as { write: Uint8Array; at: number };
  const found = new Set<number>();
  for (let bytes = 0; bytes < Math.min(write.length, HEADER_BYTES); bytes += 1) found.add(bytes);
  const first = BLOCK_BYTES - (at % BLOCK_BYTES);
  const ends = Math.max(0, Math.ceil((write.length - first) / BLOCK_BYTES));
  if (ends <= tearsMax) for (let end = 0; end < ends; end += 1) found.add(first + end * BLOCK_BYTES);
  else for (let drawn = 0; drawn < tearsMax; drawn += 1) found.add(first + Math.floor(random() * ends) * BLOCK_BYTES);
  return found;
}

function describe(trace: CrashTrace, step: number, pending: readonly Pending[], fates: readonly Fate[]): string {
  const after =
    step === 0
      ? "before the first step"
      : `after step ${step} of ${trace.steps.length} (${trace.steps[step - 1]!.what})`;
  const kept = pending.map(({ what }, index) => {
    const fate = fates[index]!;
    return `${what}: ${typeof fate === "object" ? `torn after ${fate.bytes} bytes` : fate}`;
  });
  return `a crash ${after}${kept.length > 0 ? `; ${kept.join("; ")}` : ""}`;
}

function stateOf(image: DiskImage, told: Pick<CrashState, "name" | "description" | "step">): CrashState {
  return {
    ...told,
    toMemoryStore() {
      const store = new MemoryStore();
      const root = `${STORE_FOLDER.slice(1)}/`;
      for (const [path, bytes] of image.files) {
        // What is being made is no key. The store has taken the bytes when the call returns.
        if (path.startsWith(root) && !path.includes("~")) void store.write(path.slice(root.length), bytes);
      }
      return store;
    },
    toCrashStore: (options = {}) => new CrashStore({ ...options, image }),
  };
}
