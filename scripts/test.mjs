// npm test: installs, builds, checks types and style, runs every test. Ends with the totals of vitest.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

function step(command) {
  const { status } = spawnSync(command, { shell: true, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

if (!existsSync("node_modules/tsup")) step("npm ci");
step("node scripts/build.mjs");
step("npx tsc --noEmit");
step("npx biome check .");
step("npx vitest run");
