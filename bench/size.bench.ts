/**
 * How large are the kernel and what a program loads of the package?
 *
 * The kernel is the largest of the released modules as it is, the core bundle everything that the entry imports, minified and compressed with gzip,
 * the lambda parser and the kernel that the host can run are loaded later and apart. `npm run bench` fails where one is over its limit. 1 KiB = 1,024 bytes.
 *
 * Not measured: the parser, `millrace/testing`, other compressions.
 */
import { readFileSync } from "node:fs";
import type { Bench } from "./support/bench.js";
import { coreBundle } from "./support/core-bundle.js";
import { fileOf } from "./support/files.js";
import { rowOfBytesInAll } from "./support/measure.js";

const KERNELS = ["unshared", "shared", "scalar"];
/** Loaded later: what lowers lambdas, its parser, and one of the kernels. */
const LATER = [/^acorn-/, /^lowering-/, /^scalar-/, /^unshared-/];

const bench: Bench<object> = {
  name: "size",
  question: "How large are the kernel and what a program loads of the package?",
  notMeasured: "the lambda parser, millrace/testing, other compressions",
  computesNothing: true,
  sizes: { small: {}, large: {} },
  async run() {
    const kernel = Math.max(...KERNELS.map((name) => readFileSync(fileOf("build/kernel", `${name}.wasm`)).length));
    const { gzipBytes, later } = await coreBundle();
    if (later.length !== LATER.length || !LATER.every((name) => later.some((file) => name.test(file)))) {
      throw new Error(
        `Lowering, its parser and the kernels alone are loaded later; it is ${later.join(", ") || "nothing"}.`,
      );
    }
    return [
      rowOfBytesInAll("kernel, released .wasm", kernel, { target: { atMost: 96, isLimit: true } }),
      rowOfBytesInAll("core bundle, gzip, without the lambda parser", gzipBytes, {
        target: { atMost: 60, isLimit: true },
      }),
    ];
  },
};

export default bench;
