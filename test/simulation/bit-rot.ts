import { batchesOf, type Recovery, recover, runTrace } from "./crash-points.js";
import type { Pair, SinkName } from "./pipelines.js";
import type { World } from "./process.js";

/** A checkpoint as bytes by key, and what it is of. */
export interface Golden {
  readonly sinks: readonly SinkName[];
  readonly isLogged: boolean;
  readonly values: ReadonlyMap<string, Uint8Array>;
  /** Of the job; `done` of them are committed. */
  readonly batches: readonly Pair[][];
  readonly done: number;
}

/** What is done to a checkpoint. */
export interface Damage {
  readonly what: string;
  /** New values of keys. */
  readonly values: ReadonlyArray<readonly [key: string, bytes: Uint8Array]>;
}

export interface RotResult {
  readonly damaged: number;
  /** How many of them went on with the right answer; the others were refused with a typed error. */
  readonly recovered: number;
  readonly problems: readonly string[];
}

/** What a damaged checkpoint may be refused as. */
const REFUSALS: ReadonlySet<unknown> = new Set([
  "checkpoint-damaged",
  "checkpoint-unrecoverable",
  "log-damaged",
  "not-a-checkpoint",
]);

/** A checkpoint with two generations, of `done` batches. */
export async function goldenOf(world: World, sinks: readonly SinkName[], seed: number, done = 27): Promise<Golden> {
  const { MemoryStore, seededRandom } = world.library;
  world.host.reset(seededRandom(seed));
  const batches = batchesOf(seededRandom(seed), done + 3);
  const store = new MemoryStore();
  await runTrace(world, { sinks, isLogged: true, seed, batchCount: done }, batches.slice(0, done), store);
  const values = new Map<string, Uint8Array>();
  for (const key of await store.list("")) values.set(key, (await store.read(key))!);
  return { sinks, isLogged: true, values, batches, done };
}

/** Every byte changed in four ways, every length, every two values of one kind in each other's place. */
export function* damages({ values }: Golden, random: () => number): Generator<Damage> {
  const keys = [...values.keys()];
  for (const [key, bytes] of values) {
    for (let at = 0; at < bytes.length; at += 1) {
      const before = bytes[at]!;
      const changed = [before ^ (1 << Math.floor(random() * 8)), 0x00, 0xff, Math.floor(random() * 256)];
      for (const byte of new Set(changed)) {
        if (byte === before) continue;
        const copy = bytes.slice();
        copy[at] = byte;
        yield { what: `byte ${at} of ${key} is ${byte}, not ${before}`, values: [[key, copy]] };
      }
      yield { what: `${key} ends after ${at} bytes`, values: [[key, bytes.slice(0, at)]] };
    }
    const kind = key.slice(0, key.indexOf("/"));
    for (const other of keys) {
      if (other <= key || !other.startsWith(`${kind}/`)) continue;
      const swapped = [[key, values.get(other)!] as const, [other, bytes] as const];
      yield { what: `${key} and ${other} are swapped`, values: swapped };
    }
  }
}

/** Damages a checkpoint in every way, or in a share of them: each time the right answer or a typed error. */
export async function checkRot(world: World, golden: Golden, seed: number, share = 1): Promise<RotResult> {
  const random = world.library.seededRandom(seed);
  const problems: string[] = [];
  let damaged = 0;
  let recovered = 0;
  for (const damage of damages(golden, random)) {
    if (share < 1 && random() >= share) continue;
    damaged += 1;
    const outcome = await openDamaged(world, golden, damage);
    if ("wrong" in outcome) {
      recovered += 1;
      const { next, wrong } = outcome;
      if (next !== golden.done) problems.push(`${damage.what}: goes on with batch ${next}, not ${golden.done}`);
      else if (wrong.length > 0) problems.push(`${damage.what}: ${wrong[0]}`);
    } else if (!REFUSALS.has(outcome.code)) problems.push(`${damage.what}: ${String(outcome)}`);
    if (problems.length > 10) break;
  }
  return { damaged, recovered, problems };
}

async function openDamaged(
  world: World,
  golden: Golden,
  damage: Damage,
): Promise<Recovery | (Error & { readonly code?: unknown })> {
  const store = new world.library.MemoryStore();
  for (const [key, bytes] of golden.values) await store.write(key, bytes);
  for (const [key, bytes] of damage.values) await store.write(key, bytes);
  return recover(world, golden, golden.batches.slice(0, golden.done + 1), store).catch((error: Error) => error);
}
