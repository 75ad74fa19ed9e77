// npm run test:fuzz -- [--cases N] [--seed S] [--failures F]: random lambdas, those of the seeds from S on, against the expressions that they are lowered
// to, each on several hostile arguments. Ends after F lambdas (one by default) that differ. `--refused` prints what was refused.
import { ensureParser } from "../../src/lowering/parser.js";
import { asked, runCases } from "./cases.js";
import { checkSeed } from "./check.js";

const given = asked("100000", ["refused"]);
await ensureParser();
let refused = 0;
const check = (seed: number) => {
  const outcome = checkSeed(seed);
  if (outcome.kind === "differs") return outcome.what;
  if (outcome.kind === "refused") {
    refused++;
    if (given.flags.has("refused")) console.log(`seed ${seed}: ${outcome.what}`);
  }
  return undefined;
};
await runCases(given, "lambdas", check, () => `${refused} refused`);
