import { createHash } from "node:crypto";
import type { CheckpointStore } from "millrace";
import { type Batch, expectedRows, textOf } from "./oracle.js";
import type { Pair, SinkName } from "./pipelines.js";
import { INTERVAL_MS, type Program, runBatch, type Seen, SimulatedProcess, type World } from "./process.js";
import { pump } from "./virtual-host.js";

export interface TraceOptions {
  readonly sinks: readonly SinkName[];
  readonly isLogged: boolean;
  readonly seed: number;
  readonly batchCount: number;
}

export interface CrashPointsOptions extends TraceOptions {
  /** Recovery happens in the store in a folder, over the model of a disk, rather than in one in memory. */
  readonly inFolder?: boolean;
  readonly tearsMax?: number;
  /** Of the different contents of the store every so many-th is recovered from. Default: 1. */
  readonly every?: number;
}

export interface CrashPointsResult {
  readonly calls: number;
  readonly states: number;
  /** Different contents of the store that were recovered from. `states` counts the states that hold one of these. */
  readonly recoveries: number;
  readonly problems: readonly string[];
}

/** Batches of random records, each of its own. */
export function batchesOf(random: () => number, count: number): Pair[][] {
  const below = (limit: number) => Math.floor(random() * limit);
  let sequence = 0;
  return Array.from({ length: count }, () =>
    Array.from({ length: below(4) }, (): Pair => ["abcde"[below(5)]!, sequence++ * 16 + below(16)]),
  );
}

/** What was seen that is not what the oracle says of these batches. */
export function wrongRows(seen: readonly Seen[], batches: readonly Pair[][]): string[] {
  const history = batches.map((rows, index): Batch => ({ timeMs: (index + 1) * INTERVAL_MS, rows }));
  return seen.flatMap(({ sink, timeMs, rows }) => {
    const expected = expectedRows(sink, history.slice(0, timeMs / INTERVAL_MS));
    if (expected && textOf(expected) === textOf(rows)) return [];
    return [`${sink} at ${timeMs}: ${textOf(rows)}, not ${expected && textOf(expected)}`];
  });
}

/** How far a run was when so many steps of its store had been made. */
export interface Progress {
  readonly pushedAt: number[];
  readonly doneAt: number[];
}

/** Runs all batches on a store, from an empty one. */
export async function runTrace(
  world: World,
  { sinks, isLogged }: TraceOptions,
  batches: readonly Pair[][],
  store: CheckpointStore & { readonly stepCount?: number },
): Promise<Progress & { seen: Seen[] }> {
  const seen: Seen[] = [];
  const process = new SimulatedProcess(world, { program: { sinks, isLogged }, store, seen: (each) => seen.push(each) });
  await pump(world.host, process.begin());
  const progress: Progress = { pushedAt: [], doneAt: [] };
  for (const records of batches) {
    if (records.length > 0) await pump(world.host, process.push(records));
    progress.pushedAt.push(store.stepCount ?? 0);
    await pump(world.host, process.advance(INTERVAL_MS));
    progress.doneAt.push(store.stepCount ?? 0);
  }
  await pump(world.host, process.stop());
  return { ...progress, seen };
}

export interface Recovery {
  /** The batch that came next, from 0. */
  readonly next: number;
  /** Its records had been received. */
  readonly hasPending: boolean;
  readonly wrong: readonly string[];
}

/** Goes on from what a store holds, for three batches. Rejects with what keeps the job from going on. */
export async function recover(
  world: World,
  program: Program,
  batches: readonly Pair[][],
  store: CheckpointStore,
): Promise<Recovery> {
  const seen: Seen[] = [];
  const process = new SimulatedProcess(world, { program, store, seen: (each) => seen.push(each) });
  try {
    await pump(world.host, process.begin());
    await pump(world.host, process.advance(0));
    const next = process.nowMs / INTERVAL_MS;
    const { hasPending } = process;
    let has = hasPending;
    for (let at = next; at < Math.min(next + 3, batches.length) && process.isRunning; at += 1) {
      await runBatch(world, process, has ? [] : batches[at]!);
      has = false;
    }
    if (!process.isRunning) throw process.error ?? new Error("The context has stopped.");
    return { next, hasPending, wrong: wrongRows(seen, batches) };
  } finally {
    process.end();
  }
}

/** Every state of its store that a crash can leave behind a run: from each the job must go on as if nothing had been. */
export async function checkCrashPoints(world: World, options: CrashPointsOptions): Promise<CrashPointsResult> {
  const { sinks, isLogged, seed, batchCount, inFolder = false, tearsMax = 8, every = 1 } = options;
  const { CrashStore, crashStates, seededRandom } = world.library;
  world.host.reset(seededRandom(seed));
  const random = seededRandom(seed);
  const batches = batchesOf(random, batchCount);
  const store = new CrashStore();
  const { pushedAt, doneAt, seen } = await runTrace(world, options, batches, store);
  const problems = wrongRows(seen, batches);
  const { trace } = store;
  const known = new Map<string, Recovery | string | undefined>();
  let states = 0;
  let recoveries = 0;
  for (const state of crashStates(trace, { seed, tearsMax })) {
    const content = await contentOf(state.toMemoryStore());
    let recovery = known.get(content);
    if (!known.has(content)) {
      known.set(content, undefined);
      if (known.size % every !== 0) continue;
      recoveries += 1;
      const from = inFolder ? state.toCrashStore({ keepsTrace: false }) : state.toMemoryStore();
      recovery = await recover(world, { sinks, isLogged }, batches, from).catch((error: unknown) => String(error));
      known.set(content, recovery);
    }
    if (recovery === undefined) continue;
    states += 1;
    const wrong = typeof recovery === "string" ? [recovery] : [...recovery.wrong];
    if (typeof recovery !== "string") {
      const done = doneAt.filter((step) => step <= state.step).length;
      const { next, hasPending } = recovery;
      if (next < done) wrong.push(`goes on with batch ${next} where ${done} were done`);
      const isReceived = isLogged && (pushedAt[next] ?? Number.POSITIVE_INFINITY) <= state.step;
      if (isReceived && batches[next]!.length > 0 && !hasPending) wrong.push(`what batch ${next} received is lost`);
    }
    for (const what of wrong) problems.push(`seed ${seed}, state ${state.name}: ${what}; ${state.description}`);
    if (problems.length > 5) break;
  }
  return { calls: trace.calls.length, states, recoveries, problems };
}

/** What tells the content of a store from others. */
export async function contentOf(store: CheckpointStore): Promise<string> {
  const hash = createHash("sha1");
  for (const key of await store.list("")) hash.update(`${key}:`).update((await store.read(key))!);
  return hash.digest("base64");
}
