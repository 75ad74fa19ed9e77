// Installs what the lockfile says where nothing is installed yet. Not `npm ci`: the lockfile names the binaries of one platform alone, and that command
// refuses it on every other.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Runs a command whose output goes to `stdio`; ends the process where it fails. */
export function step(command, stdio) {
  const { status } = spawnSync(command, { shell: true, stdio });
  if (status !== 0) process.exit(status ?? 1);
}

export function installOnce(stdio) {
  if (!existsSync("node_modules/tsup/package.json")) step("npm install --no-save --no-audit --no-fund", stdio);
}
