// npm run test:model -- [--runs N] [--seed S] [--failures F] [--only map,filter,...]: the library against the naive model on N random programs, those
// of the seeds from S on. Ends after F programs (one by default) on which they differ. With --only, programs use these methods alone.
import { parseArgs } from "node:util";
import { check, stopEngines, WAYS } from "./check.js";

const PROGRESS_MS = 10_000;

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "1000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000_000) },
    failures: { type: "string", default: "1" },
    only: { type: "string" },
  },
});
const [runs, first, failuresMax] = [values.runs, values.seed, values.failures].map(Number) as [number, number, number];
if (![runs, first, failuresMax].every(Number.isSafeInteger)) {
  console.error("--runs, --seed and --failures need whole numbers.");
  process.exit(1);
}
const only = values.only?.split(",");
// Programs may have batches that cannot be made, of which the library warns.
console.warn = () => {};

console.log(`${runs} programs from seed ${first}, each in ${WAYS.map(({ name }) => name).join(", ")}`);
const begin = performance.now();
const seconds = () => `${((performance.now() - begin) / 1000).toFixed(0)} s`;
let told = begin;
let failures = 0;
let done = 0;
for (; done < runs && failures < failuresMax; done++) {
  const found = await check(first + done, only && ((method) => only.includes(method)));
  if (found) {
    failures++;
    console.error(found);
  }
  if (performance.now() - told < PROGRESS_MS) continue;
  told = performance.now();
  console.log(`${done + 1} of ${runs} programs, ${failures} differ, ${seconds()}`);
}
await stopEngines();
console.log(`${done} programs, ${failures} differ, ${seconds()}`);
process.exitCode = failures > 0 ? 1 : 0;
