// What npm start, npm test and npm run bench share: install once, build when something is newer than what was built.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const BUILT = [
  "dist/index.js",
  "build/programs/bench/run.js",
  "build/programs/test/model/run.js",
  "build/bench/bare-word-count.wasm",
];
const SOURCES = [
  "src",
  "assembly",
  "bench",
  "examples",
  "test/model",
  "test/reference/model",
  "asconfig.json",
  "tsup.config.ts",
  "package.json",
];

/** Packages of their own, built by themselves, and what is installed for them. */
const APART = /^examples[\\/]playground[\\/]|[\\/]node_modules[\\/]/;

/** Runs a command whose output goes to `stdio`; ends the process where it fails. */
export function step(command, stdio) {
  const { status } = spawnSync(command, { shell: true, stdio });
  if (status !== 0) process.exit(status ?? 1);
}

/**
 * Installs what the lockfile says where nothing is installed yet. Not by `npm ci`: the lockfile names the binaries of one platform alone, and that
 * command refuses it on every other.
 */
export function installOnce(stdio) {
  if (!existsSync("node_modules/tsup/package.json")) step("npm install --no-save --no-audit --no-fund", stdio);
}

export function buildIfStale(stdio) {
  if (!isBuilt()) step("node scripts/build.mjs", stdio);
}

function isBuilt() {
  if (!BUILT.every((file) => existsSync(file))) return false;
  return Math.min(...BUILT.map(newest)) >= Math.max(...SOURCES.map(newest));
}

function newest(path) {
  const files = statSync(path).isDirectory()
    ? readdirSync(path, { recursive: true })
        .map((file) => join(path, file))
        .filter((file) => !APART.test(file))
    : [path];
  return Math.max(...files.map((file) => statSync(file).mtimeMs));
}
