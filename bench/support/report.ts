/** What is printed of benches, for readers and for machines. */
import { availableParallelism, cpus, loadavg } from "node:os";
import type { Bench, Row, Target, Unit } from "./bench.js";

/** The machine and the runtime, which travel with every number. */
export interface Environment {
  readonly runtime: string;
  readonly versions: Readonly<Record<string, string | undefined>>;
  readonly millrace: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  /** Processes that wanted to run in the last minute, before the benches. */
  readonly load: number;
  readonly time: string;
}

export interface Answer {
  readonly bench: Pick<Bench, "name" | "question" | "notMeasured">;
  readonly rows: readonly Row[];
}

/** All that a run found. */
export interface Report {
  readonly environment: Environment;
  readonly answers: readonly Answer[];
}

export function environment(millrace: string): Environment {
  const { deno, bun, node, v8, webkit } = process.versions as Record<string, string | undefined>;
  return {
    runtime: deno ? `Deno ${deno}` : bun ? `Bun ${bun}` : `Node ${node}`,
    versions: { node, v8, deno, bun, webkit },
    millrace,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    load: loadavg()[0]!,
    time: new Date().toISOString(),
  };
}

export function isReached(value: number, { atLeast, atMost }: Target): boolean {
  return (atLeast === undefined || value >= atLeast) && (atMost === undefined || value <= atMost);
}

/** Whether no limit is missed: aims that are missed are news, limits are errors. */
export function keepsLimits({ answers }: Report): boolean {
  const rows = answers.flatMap(({ rows }) => rows);
  return rows.every(({ median, target }) => !target?.isLimit || isReached(median, target));
}

/** One JSON document: every target carries its verdict. */
export function jsonReport({ environment: about, answers }: Report): string {
  const benches = answers.map(({ bench: { name, question, notMeasured }, rows }) => ({
    name,
    question,
    notMeasured,
    rows: rows.map(({ target, ratios = [], ...row }) => ({
      ...row,
      ...(target && { target: judged(row.median, target) }),
      ratios: ratios.map((entry) => ({ ...entry, ...(entry.target && { target: judged(entry.value, entry.target) }) })),
    })),
  }));
  return JSON.stringify({ environment: about, benches }, null, 2);
}

function judged(value: number, target: Target) {
  return { ...target, reached: isReached(value, target) };
}

export function environmentText({ runtime, versions, millrace, platform, cpu, cores, load }: Environment): string {
  const engine = versions.bun ? `WebKit ${versions.webkit}` : `V8 ${versions.v8}`;
  return `millrace ${millrace}, ${runtime} (${engine}), ${platform}, ${cores} cores of ${cpu}, load ${load.toFixed(1)}`;
}

export function answerText({ bench: { name, question, notMeasured }, rows }: Answer): string {
  const width = Math.max(...rows.map(({ what }) => what.length));
  const checksums = new Set(rows.flatMap(({ checksum }) => checksum ?? []));
  return [
    `${name}: ${question}`,
    `  not measured: ${notMeasured}`,
    ...rows.flatMap((row) => rowLines(row, width)),
    ...[...checksums].map((checksum) => `  checksum${checksums.size === 1 ? " of all" : ""}: ${checksum}`),
    "",
  ].join("\n");
}

function rowLines(
  { what, unit, median, min, max, runs, bytesCopied, ratios = [], target }: Row,
  width: number,
): string[] {
  const figures = `${amount(median, unit)} (${amount(min, unit, false)} to ${amount(max, unit, false)}, ${runs} runs)`;
  const copied = bytesCopied ? `; copied in ${bytesCopied.in}, out ${bytesCopied.out} bytes` : "";
  const verdict = target ? verdictText(median, target, (value) => amount(value, unit)) : "";
  return [
    `  ${what.padEnd(width)}  ${figures}${verdict}${copied}`,
    ...ratios.map(({ to, value, target }) => {
      const verdict = target ? verdictText(value, target, times) : "";
      return `  ${"".padEnd(width)}  ${times(value)} ${to}${verdict}`;
    }),
  ];
}

export function times(value: number): string {
  return `${value < 0.1 ? value.toPrecision(2) : value.toFixed(2)} x`;
}

export function amount(value: number, unit: Unit, isNamed = true): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 4;
  return isNamed ? `${value.toFixed(digits)} ${unit}` : value.toFixed(digits);
}

function verdictText(value: number, target: Target, shown: (value: number) => string): string {
  const verdict = isReached(value, target) ? "reached" : "MISSED";
  const [rule, bound] = target.atLeast === undefined ? ["at most", target.atMost!] : ["at least", target.atLeast];
  return `; target ${rule} ${shown(bound)}: ${verdict}`;
}
