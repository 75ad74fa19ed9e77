/** The figures of docs/benchmarks.md. */
import type { Ratio, Row, Target } from "./bench.js";
import { amount, environmentText, isReached, type Report, times } from "./report.js";

const BEGIN = "<!-- figures: written by npm run bench:peers -->";
const END = "<!-- end of figures -->";

/**
 * The document with these figures in place of those between its two marks.
 * **Errors**: throws where the document has no marks.
 */
export function withFigures(document: string, report: Report, peers: Readonly<Record<string, string>>): string {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`The document needs the marks ${BEGIN} and ${END}.`);
  return `${document.slice(0, begin)}${BEGIN}\n${figures(report, peers)}${document.slice(end)}`;
}

function figures({ environment, answers }: Report, peers: Readonly<Record<string, string>>): string {
  const versions = Object.entries(peers).map(([name, version]) => `${name} ${version}`);
  return [
    `${environment.time.slice(0, 10)}: ${environmentText(environment)}; ${versions.join(", ")}.`,
    "",
    "![Speed of each side as a multiple of plain JavaScript's](benchmarks.svg)",
    "",
    "| bench | side | median | times as fast as | aim |",
    "|---|---|---|---|---|",
    ...answers.flatMap(({ bench, rows }) =>
      rows.map((row, index) => tableRow(index === 0 ? `\`${bench.name}\`` : "", row)),
    ),
    "",
  ].join("\n");
}

function tableRow(name: string, { what, median, unit, ratios = [], target }: Row): string {
  const aims = ratios.map((ratio) => (ratio.target ? aim(ratio.value, ratio.target, times) : ""));
  if (target) aims.unshift(aim(median, target, (value) => amount(value, unit)));
  const comparisons = ratios.map(({ value, to }: Ratio) => `${times(value)} ${to}`);
  if (target) comparisons.unshift("");
  // Of lines without an aim at the end nothing is to be seen.
  while (aims.at(-1) === "") aims.pop();
  return `| ${name} | ${what} | ${amount(median, unit)} | ${comparisons.join("<br>")} | ${aims.join("<br>")} |`;
}

function aim(value: number, target: Target, shown: (value: number) => string): string {
  const bound = target.atLeast === undefined ? `at most ${shown(target.atMost!)}` : shown(target.atLeast);
  return isReached(value, target) ? bound : `${bound}, **missed**`;
}
