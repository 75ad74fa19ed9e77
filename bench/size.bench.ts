/**
 * How large are the kernel and what a program loads of the package?
 *
 * The kernel is the largest of the released modules as it is. All else is minified and compressed with gzip, as it comes from an application's bundler. The core is
 * what the entry imports: with it a program describes streams, and receives records. What runs jobs comes when an engine starts, what reads lambdas and compiles
 * them too (not with `lowering: false`), and so do the lambda parser and one of the kernels, each in base64. Files, sockets, Arrow and others come only with
 * what needs them: they are in the last row. `npm run bench` fails where a limit is passed; the core and a whole word count are above what they should be. 1 KiB = 1,024 bytes.
 *
 * Not measured: `millrace/kernel`, `millrace/testing`, other compressions.
 */
import { readFileSync } from "node:fs";
import type { Bench } from "./support/bench.js";
import { bundleSizes } from "./support/core-bundle.js";
import { fileOf } from "./support/files.js";
import { rowOfBytesInAll } from "./support/measure.js";

const KERNELS = ["unshared", "shared", "scalar"];
const WHOLE = 'export * from "./dist/index.js";';
const WORD_COUNT = `import { Seconds, StreamingContext } from "./dist/index.js";
  const ssc = new StreamingContext({ master: "local[2]", appName: "NetworkWordCount", batchInterval: Seconds(1) });
  const words = ssc.socketTextStream("localhost", 9999).flatMap((line) => line.split(" "));
  words.map((word) => [word, 1]).reduceByKey((x, y) => x + y).print();
  ssc.start();`;

const bench: Bench<object> = {
  name: "size",
  question: "How large are the kernel and what a program loads of the package?",
  notMeasured: "millrace/kernel, millrace/testing, other compressions",
  computesNothing: true,
  sizes: { small: {}, large: {} },
  async run() {
    const wasm = Math.max(...KERNELS.map((name) => readFileSync(fileOf("build/kernel", `${name}.wasm`)).length));
    const whole = await bundleSizes(WHOLE);
    const wordCount = await bundleSizes(WORD_COUNT);
    const limit = (atMost: number) => ({ target: { atMost, isLimit: true } }) as const;
    return [
      rowOfBytesInAll("kernel, released .wasm", wasm, limit(96)),
      rowOfBytesInAll("core, gzip", whole.core, limit(80)),
      rowOfBytesInAll("core of a word count, gzip", wordCount.core, { target: { atMost: 60 } }),
      rowOfBytesInAll("what runs jobs, gzip", whole.running, limit(40)),
      rowOfBytesInAll("lowering, gzip", whole.lowering, limit(40)),
      rowOfBytesInAll(
        "a word count in all, gzip, without parser and kernel",
        wordCount.core + wordCount.running + wordCount.lowering,
        { target: { atMost: 60 } },
      ),
      rowOfBytesInAll("lambda parser, gzip", whole.parser),
      rowOfBytesInAll("kernel in base64, gzip", whole.kernel),
      rowOfBytesInAll("loaded only where it is asked for, gzip", whole.others),
    ];
  },
};

export default bench;
