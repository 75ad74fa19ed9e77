// npm run test:fuzz -- --streams [--cases N] [--seed S] [--failures F]: random programs on lines of text, those of the seeds from S on, with the kernel
// and without it. Ends after F that differ.
import { parseArgs } from "node:util";
import { checkProgramSeed, stopEngines } from "./check-streams.js";

const PROGRESS_MS = 10_000;

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "10000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000_000) },
    failures: { type: "string", default: "1" },
  },
});
const [cases, first, failuresMax] = [values.cases, values.seed, values.failures].map(Number) as [
  number,
  number,
  number,
];
if (![cases, first, failuresMax].every(Number.isSafeInteger)) {
  console.error("--cases, --seed and --failures need whole numbers.");
  process.exit(1);
}

// Programs may have batches that fail, of which the library warns.
console.warn = () => {};

console.log(`${cases} programs from seed ${first}`);
const begin = performance.now();
const seconds = () => `${((performance.now() - begin) / 1000).toFixed(0)} s`;
let told = begin;
const counts = { differ: 0, inKernel: 0, failed: 0 };
let done = 0;
for (; done < cases && counts.differ < failuresMax; done++) {
  const { differs, inKernel, failed } = await checkProgramSeed(first + done);
  if (inKernel) counts.inKernel++;
  if (failed) counts.failed++;
  if (differs !== undefined) {
    counts.differ++;
    console.error(`seed ${first + done}: ${differs}`);
  }
  if (performance.now() - told < PROGRESS_MS) continue;
  told = performance.now();
  console.log(`${done + 1} of ${cases} programs, ${JSON.stringify(counts)}, ${seconds()}`);
}
await stopEngines();
console.log(`${done} programs, ${JSON.stringify(counts)}, ${seconds()}`);
process.exitCode = counts.differ > 0 ? 1 : 0;
