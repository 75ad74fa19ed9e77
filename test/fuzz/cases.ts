import { parseArgs } from "node:util";

const PROGRESS_MS = 10_000;

/** What the command line asks for. */
export interface Asked {
  readonly cases: number;
  /** The first seed. */
  readonly first: number;
  /** How many that differ end the run. */
  readonly failuresMax: number;
  readonly flags: ReadonlySet<string>;
}

/** Reads `--cases`, `--seed`, `--failures` and flags from the command line; ends the process where they are wrong. */
export function asked(cases: string, flags: readonly string[] = []): Asked {
  const { values } = parseArgs({
    options: {
      cases: { type: "string", default: cases },
      seed: { type: "string", default: String(Date.now() % 1_000_000_000) },
      failures: { type: "string", default: "1" },
      ...Object.fromEntries(flags.map((flag) => [flag, { type: "boolean" as const, default: false }])),
    },
  }) as { values: Record<string, string | boolean> };
  const numbers = [values.cases, values.seed, values.failures].map(Number);
  if (!numbers.every(Number.isSafeInteger)) {
    console.error("--cases, --seed and --failures need whole numbers.");
    process.exit(1);
  }
  const [count, first, failuresMax] = numbers as [number, number, number];
  return { cases: count, first, failuresMax, flags: new Set(flags.filter((flag) => values[flag] === true)) };
}

/** Runs the seeds one by one, tells of how far it has come, and ends the process with 1 where some differ: those of which `check` gives words. */
export async function runCases(
  { cases, first, failuresMax }: Asked,
  what: string,
  check: (seed: number) => string | undefined | Promise<string | undefined>,
  counted: () => string,
): Promise<void> {
  console.log(`${cases} ${what} from seed ${first}`);
  const begin = performance.now();
  const soFar = () => `${failures} differ, ${counted()}, ${((performance.now() - begin) / 1000).toFixed(0)} s`;
  let told = begin;
  let [done, failures] = [0, 0];
  for (; done < cases && failures < failuresMax; done++) {
    const differs = await check(first + done);
    if (differs !== undefined) {
      failures++;
      console.error(`seed ${first + done}: ${differs}`);
    }
    if (performance.now() - told < PROGRESS_MS) continue;
    told = performance.now();
    console.log(`${done + 1} of ${cases} ${what}, ${soFar()}`);
  }
  console.log(`${done} ${what}, ${soFar()}`);
  process.exitCode = failures > 0 ? 1 : 0;
}
