import { checkRot, goldenOf } from "./bit-rot.js";
import { checkCrashPoints } from "./crash-points.js";
import { checkIoErrors } from "./io-errors.js";
import { library } from "./library.js";
import { PIPELINES } from "./pipelines.js";
import { runSeeds } from "./run-seeds.js";
import { virtualEngine } from "./virtual-host.js";

// Prints what notices the bug that this copy of the library has, and ends with 0; nothing and 1 where nothing does.

const SEEDS_FIRST = 25;
/** How many seeds are tried at most, where nothing else notices it. */
const SEEDS_MAX = Number(process.argv[2]);

async function seeds(from: number, to: number): Promise<string | undefined> {
  const { failure } = await runSeeds(library, from, to - from, 30);
  return failure && `T1, ${failure.split("\n", 2).join(": ")}`;
}

async function crashPoints(isLogged: boolean): Promise<string | undefined> {
  const world = { library, ...(await virtualEngine(library, true)) };
  const options = { sinks: PIPELINES[5]!, isLogged, inFolder: true, seed: 1, batchCount: 27, tearsMax: 2, every: 5 };
  const { problems } = await checkCrashPoints(world, options);
  return problems[0] && `T2, ${problems[0]}`;
}

async function ioErrors(): Promise<string | undefined> {
  const world = { library, ...(await virtualEngine(library, true)) };
  const { problems } = await checkIoErrors(world, { sinks: PIPELINES[0]!, isLogged: true, seed: 1, batchCount: 13 });
  return problems[0] && `T4, ${problems[0]}`;
}

async function rot(): Promise<string | undefined> {
  const world = { library, ...(await virtualEngine(library, true)) };
  const { problems } = await checkRot(world, await goldenOf(world, ["raw", "update", "map"], 1), 1, 0.03);
  return problems[0] && `T6, ${problems[0]}`;
}

async function noticed(): Promise<string | undefined> {
  return (
    (await seeds(1, 1 + SEEDS_FIRST)) ??
    (await rot()) ??
    (await crashPoints(true)) ??
    (await crashPoints(false)) ??
    (await ioErrors()) ??
    (await seeds(1 + SEEDS_FIRST, 1 + SEEDS_MAX))
  );
}

const what = await noticed().catch((error: unknown) => `a check ended with ${String(error)}`);
if (what) console.log(what);
process.exit(what ? 0 : 1);
