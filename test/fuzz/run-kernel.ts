// npm run test:fuzz -- --kernel [--cases N] [--seed S] [--failures F]: random lambdas, those of the seeds from S on, compiled to programs of the kernel and
// compared with the lambdas themselves on columns of hostile values. Ends after F that differ. `--refused` prints the reasons, most frequent first,
// `--bailed` what left its rows to JavaScript.
import { parseArgs } from "node:util";
import { ensureParser } from "../../src/lowering/parser.js";
import { newKernel } from "../support/kernel.js";
import { checkKernelSeed } from "./check-kernel.js";

const PROGRESS_MS = 10_000;

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "100000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000_000) },
    failures: { type: "string", default: "1" },
    refused: { type: "boolean", default: false },
    bailed: { type: "boolean", default: false },
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

await ensureParser();
const kernel = newKernel("unshared");
console.log(`${cases} lambdas from seed ${first}`);
const begin = performance.now();
const seconds = () => `${((performance.now() - begin) / 1000).toFixed(0)} s`;
let told = begin;
const counts = { same: 0, refused: 0, bailed: 0, differs: 0 };
const reasons = new Map<string, number>();
let done = 0;
for (; done < cases && counts.differs < failuresMax; done++) {
  const seed = first + done;
  const outcome = checkKernelSeed(kernel, seed);
  counts[outcome.kind]++;
  if (outcome.kind === "differs") console.error(`seed ${seed}: ${outcome.what}`);
  if (outcome.kind === "refused") reasons.set(outcome.what, (reasons.get(outcome.what) ?? 0) + 1);
  if (outcome.kind === "bailed" && values.bailed) console.log(`seed ${seed} bails: ${outcome.what}`);
  if (performance.now() - told < PROGRESS_MS) continue;
  told = performance.now();
  console.log(`${done + 1} of ${cases} lambdas, ${JSON.stringify(counts)}, ${seconds()}`);
}
console.log(`${done} lambdas, ${JSON.stringify(counts)}, ${seconds()}`);
if (values.refused) {
  for (const [reason, count] of [...reasons].sort(([, a], [, b]) => b - a).slice(0, 60)) console.log(count, reason);
}
process.exitCode = counts.differs > 0 ? 1 : 0;
