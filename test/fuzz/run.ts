// npm run test:fuzz -- [--cases N] [--seed S] [--failures F]: random lambdas, those of the seeds from S on, against the expressions that they are lowered
// to, each on several hostile arguments. Ends after F lambdas (one by default) that differ. `--refused` prints what was refused.
import { parseArgs } from "node:util";
import { ensureParser } from "../../src/lowering/parser.js";
import { checkSeed } from "./check.js";

const PROGRESS_MS = 10_000;

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "100000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000_000) },
    failures: { type: "string", default: "1" },
    refused: { type: "boolean", default: false },
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
console.log(`${cases} lambdas from seed ${first}`);
const begin = performance.now();
const seconds = () => `${((performance.now() - begin) / 1000).toFixed(0)} s`;
let told = begin;
let [done, failures, refused] = [0, 0, 0];
for (; done < cases && failures < failuresMax; done++) {
  const outcome = checkSeed(first + done);
  if (outcome.kind === "differs") {
    failures++;
    console.error(`seed ${first + done}: ${outcome.what}`);
  } else if (outcome.kind === "refused") {
    refused++;
    if (values.refused) console.log(`seed ${first + done}: ${outcome.what}`);
  }
  if (performance.now() - told < PROGRESS_MS) continue;
  told = performance.now();
  console.log(`${done + 1} of ${cases} lambdas, ${failures} differ, ${refused} refused, ${seconds()}`);
}
console.log(`${done} lambdas, ${failures} differ, ${refused} refused, ${seconds()}`);
process.exitCode = failures > 0 ? 1 : 0;
