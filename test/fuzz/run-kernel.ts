// npm run test:fuzz -- --kernel [--cases N] [--seed S] [--failures F]: random lambdas, those of the seeds from S on, compiled to programs of the kernel and
// compared with the lambdas themselves on columns of hostile values. Ends after F that differ. `--refused` prints the reasons, most frequent first,
// `--bailed` what left its rows to JavaScript.
import { ensureParser } from "../../src/lowering/parser.js";
import { newKernel } from "../support/kernel.js";
import { asked, runCases } from "./cases.js";
import { checkKernelSeed } from "./check-kernel.js";

const given = asked("100000", ["refused", "bailed"]);
await ensureParser();
const kernel = newKernel("unshared");
const counts = { same: 0, refused: 0, bailed: 0, differs: 0 };
const reasons = new Map<string, number>();
const check = (seed: number) => {
  const outcome = checkKernelSeed(kernel, seed);
  counts[outcome.kind]++;
  if (outcome.kind === "refused") reasons.set(outcome.what, (reasons.get(outcome.what) ?? 0) + 1);
  if (outcome.kind === "bailed" && given.flags.has("bailed")) console.log(`seed ${seed} bails: ${outcome.what}`);
  return outcome.kind === "differs" ? outcome.what : undefined;
};
await runCases(given, "lambdas", check, () => `${counts.refused} refused, ${counts.bailed} bailed`);
if (given.flags.has("refused")) {
  for (const [reason, count] of [...reasons].sort(([, a], [, b]) => b - a).slice(0, 60)) console.log(count, reason);
}
