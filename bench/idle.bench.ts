/**
 * How much CPU time does a started context take for each batch interval in which nothing comes?
 *
 * A child process runs a word count on the system clock; the CPU time of all its threads is taken over intervals without data, after one with a line. At
 * an interval of 1 s, 5 ms are 0.5 % of a core. The plain program is a timer and a `Map`.
 *
 * Not measured: receivers that poll, windows and state (tiny-batch.bench.ts), the start.
 */
import type { Bench } from "./support/bench.js";
import { startChild } from "./support/child.js";
import { agreed, ratio, rowOfMs } from "./support/measure.js";

interface Size {
  readonly intervalMs: number;
  readonly intervals: number;
  readonly rounds: number;
}

interface Idled {
  readonly cpuMs: number;
  readonly checksum: string;
}

const bench: Bench<Size> = {
  name: "idle",
  question: "How much CPU time does a context take for each interval in which nothing comes?",
  notMeasured: "receivers that poll, windows and state, the start",
  sizes: {
    small: { intervalMs: 10, intervals: 3, rounds: 1 },
    large: { intervalMs: 1000, intervals: 8, rounds: 3 },
  },
  async run({ intervalMs, intervals, rounds }) {
    const programs = ["idle-millrace", "idle-plain"];
    const cpuMs = programs.map((): number[] => []);
    const checksums: string[] = [];
    for (let round = 0; round < rounds; round++) {
      for (const [index, program] of programs.entries()) {
        const child = startChild(program, [String(intervalMs), String(intervals)]);
        const idled = await child.message<Idled>();
        await child.ended();
        cpuMs[index]!.push(idled.cpuMs / intervals);
        checksums[index] = idled.checksum;
      }
    }
    const own = rowOfMs("Millrace, CPU time an interval", cpuMs[0]!, {
      checksum: checksums[0]!,
      target: { atMost: 5 },
    });
    const plain = rowOfMs("plain JavaScript, CPU time an interval", cpuMs[1]!, { checksum: checksums[1]! });
    return agreed([{ ...own, ratios: [ratio(own, plain)] }, plain]);
  },
};

export default bench;
