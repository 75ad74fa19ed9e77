/**
 * How large are the kernel and what a program loads of the package?
 *
 * The kernel is the largest of the released modules as it is. The core is everything that the entry imports, minified and compressed with gzip: enough for
 * programs whose lambdas stay JavaScript. What reads lambdas and compiles them comes at the start, and its limit is with the core; the lambda parser and one of
 * the kernels, each in base64, come then too and are told apart. Everything that a program loads only if it asks for it is in the last row. `npm run bench`
 * fails where one is over its limit. 1 KiB = 1,024 bytes.
 *
 * Not measured: `millrace/testing`, other compressions.
 */
import { readFileSync } from "node:fs";
import type { Bench } from "./support/bench.js";
import { coreBundle } from "./support/core-bundle.js";
import { fileOf } from "./support/files.js";
import { rowOfBytesInAll } from "./support/measure.js";

const KERNELS = ["unshared", "shared", "scalar"];
/** Chunks by what is in them: their names begin so. */
const LOWERING = "lowering-";
const PARSER = "acorn-";
const KERNEL = "unshared-";

const bench: Bench<object> = {
  name: "size",
  question: "How large are the kernel and what a program loads of the package?",
  notMeasured: "millrace/testing, other compressions",
  computesNothing: true,
  sizes: { small: {}, large: {} },
  async run() {
    const kernel = Math.max(...KERNELS.map((name) => readFileSync(fileOf("build/kernel", `${name}.wasm`)).length));
    const { gzipBytes, later } = await coreBundle();
    const bytesOf = (prefix: string): number => {
      const names = [...later.keys()].filter((name) => name.startsWith(prefix));
      if (names.length !== 1)
        throw new Error(`One chunk is named ${prefix}..., there are: ${[...later.keys()].join(", ")}.`);
      return later.get(names[0]!)!;
    };
    const atStart = [LOWERING, PARSER, KERNEL].map(bytesOf);
    const others =
      [...later.values()].reduce((sum, bytes) => sum + bytes, 0) - atStart.reduce((sum, bytes) => sum + bytes, 0);
    return [
      rowOfBytesInAll("kernel, released .wasm", kernel, { target: { atMost: 96, isLimit: true } }),
      rowOfBytesInAll("core and lowering, gzip, without parser and kernel", gzipBytes + bytesOf(LOWERING), {
        target: { atMost: 60, isLimit: true },
      }),
      rowOfBytesInAll("core alone, gzip", gzipBytes),
      rowOfBytesInAll("lambda parser, gzip", bytesOf(PARSER)),
      rowOfBytesInAll("kernel in base64, gzip", bytesOf(KERNEL)),
      rowOfBytesInAll("loaded only where it is asked for, gzip", others),
    ];
  },
};

export default bench;
