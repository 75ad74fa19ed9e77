/**
 * What does a chain of opaque lambdas cost: map, filter and flatMap, fused into one pass?
 *
 * A run sends the numbers of an RDD through the chain and gathers what comes out. The hand-written loop does the same in one function, with the same
 * lambdas called where the chain calls them.
 *
 * Not measured: decoding, shuffles, what the kernel does.
 */
import { Engine } from "millrace";
import type { Bench } from "./support/bench.js";
import { checksumOf } from "./support/checksum.js";
import { type Alternation, agreed, alternate, ratio, rowOfMs } from "./support/measure.js";

interface Size extends Alternation {
  readonly rows: number;
}

const bench: Bench<Size> = {
  name: "chain",
  question: "What does a chain of map, filter and flatMap cost as JavaScript, beside one hand-written loop?",
  notMeasured: "decoding, shuffles, what the kernel does",
  sizes: {
    small: { rows: 2000, rounds: 2, warmUpRounds: 1 },
    large: { rows: 1_000_000, rounds: 21, warmUpRounds: 5 },
  },
  async run({ rows, ...alternation }) {
    const engine = new Engine({ master: "local[1]" });
    const numbers = Array.from({ length: rows }, (_, i) => i + 1);
    // Closed over, so that nobody can read what they do.
    const [three, one] = [3, 1];
    const grow = (n: number) => n * three + one;
    const isWanted = (n: number) => n % three !== 0;
    const twice = (n: number) => [n, n + one];
    const halve = (n: number) => n >> one;
    const chain = engine.parallelize(numbers, 1).map(grow).filter(isWanted).flatMap(twice).map(halve);
    const byHand = () => {
      const out: number[] = [];
      for (const number of numbers) {
        const grown = grow(number);
        if (!isWanted(grown)) continue;
        for (const n of twice(grown)) out.push(halve(n));
      }
      return out;
    };
    const times = await alternate(
      [
        { what: "chain", run: () => chain.collect() },
        { what: "by hand", run: byHand },
      ],
      alternation,
    );
    const own = rowOfMs("map, filter, flatMap, map", times[0]!, {
      checksum: checksumOf(byIndex(await chain.collect())),
    });
    const loop = rowOfMs("hand-written loop", times[1]!, { checksum: checksumOf(byIndex(byHand())) });
    await engine.stop();
    return agreed([{ ...own, ratios: [ratio(own, loop, { atLeast: 0.8 })] }, loop]);
  },
};

/** Each number as the count of the word that its index is. */
function* byIndex(numbers: readonly number[]): Generator<[string, number]> {
  for (const [index, number] of numbers.entries()) yield [String(index), number];
}

export default bench;
