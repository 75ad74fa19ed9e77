import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { Child } from "./child.js";

const RACERS = 5;
/** Of the processor's time: how long that takes is up to what else the machine does. */
const REFUSED_CPU_MS_MAX = 2000;
const BATCHES_AFTER = 10;

/** Batch times of an output, and the processes whose rows they have. */
function written(output: string): Array<{ readonly timeMs: number; readonly rows: string[] }> {
  const folder = join(output, "..");
  return readdirSync(folder)
    .filter((name) => name.startsWith("batch-"))
    .map((name) => {
      const parts = readdirSync(join(folder, name)).filter((part) => part.startsWith("part-"));
      const rows = parts.flatMap((part) =>
        readFileSync(join(folder, name, part), "utf8")
          .split("\n")
          .slice(0, -1),
      );
      return { timeMs: Number(name.slice("batch-".length)), rows };
    })
    .sort((a, b) => a.timeMs - b.timeMs);
}

/** Processes that open one store at the same time: exactly one goes on; the others are refused soon, and show nothing. */
export async function race(folder: string): Promise<void> {
  const [store, output] = [join(folder, "store"), join(folder, "output", "batch")];
  const racers = Array.from({ length: RACERS }, () => new Child("writer.mjs", [store, output]));
  try {
    await Promise.all(racers.map((racer) => racer.line(["ready"])));
    for (const racer of racers) racer.say("go");
    const said = await Promise.all(racers.map((racer) => racer.line(["open", "failed"])));
    const winners = racers.filter((_, i) => said[i] === "open");
    expect(said.join(", ")).toMatch(/open/);
    expect(winners.length, said.join(", ")).toBe(1);
    for (const line of said.filter((each) => each !== "open")) {
      const [, code, ms] = line.split(" ");
      expect(["locked", "fenced"]).toContain(code);
      expect(Number(ms)).toBeLessThan(REFUSED_CPU_MS_MAX);
    }
    // It must have gone on after the others were refused.
    await winners[0]!.line(["batch"], winners[0]!.lines.length + 2);
    const others = racers.filter((racer) => racer !== winners[0]).map(({ pid }) => String(pid));
    for (const { rows } of written(output)) expect(rows.filter((row) => others.includes(row))).toEqual([]);
  } finally {
    await Promise.all(racers.map((racer) => racer.kill()));
  }
}

/** A process is stopped, another one takes over when it has been still for long enough, and the first one is woken: it finds that out, and nothing of it shows. */
export async function zombie(folder: string): Promise<void> {
  const [store, output] = [join(folder, "store"), join(folder, "output", "batch")];
  const [first, second] = [new Child("writer.mjs", [store, output]), new Child("writer.mjs", [store, output])];
  try {
    await Promise.all([first.line(["ready"]), second.line(["ready"])]);
    first.say("go");
    await first.line(["batch"], 3);
    first.signal("SIGSTOP");
    second.say("again");
    expect(await second.line(["open", "failed"])).toBe("open");
    await second.line(["batch"], BATCHES_AFTER);
    const before = new Set(written(output).map(({ timeMs }) => timeMs));
    const newest = Math.max(...before);
    first.signal("SIGCONT");
    // What it was writing when it was stopped fails first where the other one, who runs that batch again, has removed its unfinished files.
    expect(await first.line(["failed", "ended"])).toMatch(/^failed (fenced|output-failed) /);
    await second.line(["batch"], 2 * BATCHES_AFTER);
    const after = written(output);
    // Its rows are in batches that it planned before it was stopped, or in none.
    const late = after.filter(({ timeMs, rows }) => timeMs > newest && rows.includes(String(first.pid)));
    expect(late).toEqual([]);
    for (const { rows } of after) expect(new Set(rows).size).toBeLessThanOrEqual(1);
    expect(second.lines.filter((line) => line.startsWith("failed"))).toEqual([]);
  } finally {
    first.signal("SIGCONT");
    await Promise.all([first.kill(), second.kill()]);
  }
}
