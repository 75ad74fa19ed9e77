// Compiles the yardstick of the benches, bench/support/bare-word-count.ts, to build/bench/bare-word-count.wasm.
import { mkdirSync } from "node:fs";
import { main as asc } from "assemblyscript/asc";

mkdirSync("build/bench", { recursive: true });
const { error, stderr } = await asc([
  "bench/support/bare-word-count.ts",
  "assembly/fail.ts",
  ...["-o", "build/bench/bare-word-count.wasm", "-O3", "--noAssert", "--runtime", "stub", "--enable", "simd"],
  ...["--importMemory", "--initialMemory", "2048", "--use", "abort=assembly/fail/fail"],
]);
if (error) {
  console.error(stderr.toString());
  process.exit(1);
}
