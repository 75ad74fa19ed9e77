// npm run test:fuzz -- --streams [--cases N] [--seed S] [--failures F]: random programs on lines of text, those of the seeds from S on, with the kernel
// and without it. Ends after F that differ.
import { asked, runCases } from "./cases.js";
import { checkProgramSeed, stopEngines } from "./check-streams.js";

const given = asked("10000");
// Programs may have batches that fail, of which the library warns.
console.warn = () => {};
const counts = { inKernel: 0, failed: 0 };
const check = async (seed: number) => {
  const { differs, inKernel, failed } = await checkProgramSeed(seed);
  if (inKernel) counts.inKernel++;
  if (failed) counts.failed++;
  return differs;
};
await runCases(given, "programs", check, () => `${counts.inKernel} in the kernel, ${counts.failed} fail`);
await stopEngines();
