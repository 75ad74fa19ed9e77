// The conformance set in every host, or in those whose names begin with an argument: a table, and the totals.
import { buildConformance } from "./conformance/build.mjs";
import { HOSTS } from "./conformance/hosts.mjs";

const only = process.argv.slice(2);
await buildConformance();
const [[first, expect], ...others] = Object.entries(HOSTS);
const expected = await expect();
const nameOf = (line) => line?.split("\t")[0];
const CASES_MIN = 300;
if (expected.length < CASES_MIN) throw new Error(`${first} gives ${expected.length} cases, fewer than ${CASES_MIN}`);
console.log(`${first.padEnd(36)} ${expected.length} cases: what the others are compared with`);
let failed = 0;
let passed = 1;
for (const [name, run] of others) {
  if (only.length > 0 && !only.some((each) => name.startsWith(each))) continue;
  const begun = performance.now();
  let lines;
  try {
    lines = await run();
  } catch (error) {
    lines = [`${error?.stack ?? error}`];
  }
  const differing = expected.filter((line, at) => line !== lines[at]);
  const isSame = differing.length === 0 && lines.length === expected.length;
  if (isSame) passed++;
  else failed++;
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  console.log(
    `${name.padEnd(36)} ${expected.length - differing.length} of ${expected.length} cases, ${seconds} s${isSame ? "" : "  FAILED"}`,
  );
  if (isSame) continue;
  const at = expected.findIndex((line, index) => line !== lines[index]);
  console.log(
    `  first: ${nameOf(expected[at])}\n  wanted ${String(expected[at]).slice(0, 600)}\n  got    ${String(lines[at] ?? lines.at(-1)).slice(0, 1500)}`,
  );
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
