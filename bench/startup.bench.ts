/**
 * How long does a fresh process take to import the package, count its first batch and have the result, beyond what an empty process takes?
 *
 * A run is a whole process, from its start to its exit, `stop()` included. What is told of each program is its time less the median of the empty
 * one; the runs alternate.
 *
 * Not measured: starting workers (`local[1]` has none), a package that is not in the file cache, other bundles than the published one.
 */
import { spawnSync } from "node:child_process";
import type { Bench } from "./support/bench.js";
import { childFile } from "./support/files.js";
import { type Alternation, agreed, alternate, median, ratio, rowOfMs } from "./support/measure.js";

/** Runs a program of bench/children/ to its end. Returns what it wrote. */
function output(program: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [childFile(program)], { encoding: "utf8" });
  if (status !== 0) throw new Error(`bench/children/${program} ended with ${status}: ${stderr}`);
  return stdout;
}

const bench: Bench<Alternation> = {
  name: "startup",
  question: "How long do import, first batch and result take in a fresh process, beyond an empty one?",
  notMeasured: "starting workers, a cold file cache, other bundles",
  sizes: {
    small: { rounds: 1, warmUpRounds: 0 },
    large: { rounds: 15, warmUpRounds: 2 },
  },
  async run(size) {
    const programs = ["startup-empty", "startup-first-batch", "startup-import", "startup-plain"];
    const contenders = programs.map((program) => ({ what: program, run: () => output(program) }));
    const [empty, firstBatch, importOnly, plain] = await alternate(contenders, size);
    const base = median(empty!);
    const beyond = (times: readonly number[]) => times.map((ms) => ms - base);
    const rows = [
      rowOfMs("import, first batch, result", beyond(firstBatch!), {
        checksum: output("startup-first-batch"),
        target: { atMost: 40 },
      }),
      rowOfMs("import only", beyond(importOnly!)),
      rowOfMs("plain JavaScript", beyond(plain!), { checksum: output("startup-plain") }),
      rowOfMs("empty process, in all", empty!),
    ];
    const whole = rowOfMs("import, first batch, result, in all", firstBatch!);
    const wholePlain = rowOfMs("plain JavaScript, in all", plain!);
    return agreed([...rows, { ...whole, ratios: [ratio(whole, wholePlain)] }, wholePlain]);
  },
};

export default bench;
