// npm run build: the kernel, then the package, the examples and the benches.
import { spawnSync } from "node:child_process";

for (const command of ["node scripts/build-kernel.mjs", "node scripts/build-bench.mjs", "npx tsup --silent"]) {
  const { status } = spawnSync(command, { shell: true, stdio: ["ignore", 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
}
