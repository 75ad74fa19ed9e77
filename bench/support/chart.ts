/** A chart of answers as SVG, on a logarithmic scale; it reads on light and on dark pages. */
import { PLAIN } from "./question.js";
import type { Answer, Report } from "./report.js";

const TITLE = "Speed as a multiple of plain JavaScript's over the same bytes, one core; more is faster";

interface Bar {
  readonly side: string;
  /** As a multiple of plain JavaScript's. */
  readonly speed: number;
}

interface Group {
  readonly name: string;
  readonly bars: readonly Bar[];
}

const COLOURS: Readonly<Record<string, string>> = {
  Millrace: "#2f81f7",
  "DuckDB, 1 thread": "#d29922",
  RxJS: "#db61a2",
  Arquero: "#3fb950",
  "db-ivm": "#a371f7",
};
const OTHER_COLOUR = "#8b949e";

const WIDTH = 860;
const LEFT = 150;
const RIGHT = 130;
const TOP = 44;
const BAR = 11;
const BAR_STEP = 14;
const GROUP_GAP = 14;
const GRID = [0.1, 0.3, 1, 3, 10, 30];
const [LOW, HIGH] = [0.05, 40];

const STYLE =
  "text{font:12px system-ui,sans-serif;fill:#1f2328}.grid{stroke:#8b949e;stroke-opacity:.35}.one{stroke:#8b949e}" +
  "@media(prefers-color-scheme:dark){text{fill:#e6edf3}}";

/** A bar for each side of each question that plain JavaScript answers too. */
export function chart({ answers }: Report): string {
  const groups = answers.flatMap(groupOf);
  const parts: string[] = [];
  let y = TOP;
  for (const { name, bars } of groups) {
    parts.push(text(LEFT - 10, y + BAR, name, "end"));
    for (const { side, speed } of bars) {
      const [from, to] = [Math.min(x(1), x(speed)), Math.max(x(1), x(speed))];
      const shape = `x="${round(from)}" y="${y}" width="${round(Math.max(to - from, 1))}" height="${BAR}" rx="1"`;
      parts.push(
        `<rect ${shape} fill="${COLOURS[side] ?? OTHER_COLOUR}"><title>${escaped(`${side}: ${speed}`)}</title></rect>`,
      );
      parts.push(text(to + 5, y + BAR - 1, `${speed.toPrecision(2)} x  ${side}`));
      y += BAR_STEP;
    }
    y += GROUP_GAP;
  }
  const lines = GRID.map((value) => {
    const style = value === 1 ? "one" : "grid";
    const line = `<line class="${style}" x1="${round(x(value))}" x2="${round(x(value))}" y1="${TOP - 12}" y2="${y}"/>`;
    return line + text(x(value), TOP - 18, `${value} x`, "middle");
  });
  const title = text(LEFT, 14, TITLE);
  const size = `width="${WIDTH}" height="${y}" viewBox="0 0 ${WIDTH} ${y}"`;
  const body = [title, ...lines, ...parts].join("\n");
  const head = `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="${TITLE}">\n<title>${TITLE}</title>`;
  return `${head}\n<style>${STYLE}</style>\n${body}\n</svg>\n`;
}

/** Nothing where the answer has no plain side. */
function groupOf({ bench, rows }: Answer): Group[] {
  const ratios = rows[0]?.ratios ?? [];
  const own = ratios.find(({ to }) => to === PLAIN)?.value;
  if (own === undefined) return [];
  const others = ratios.filter(({ to }) => to !== PLAIN).map(({ to, value }) => ({ side: to, speed: own / value }));
  return [{ name: bench.name, bars: [{ side: "Millrace", speed: own }, ...others] }];
}

/** Where a speed lies from left to right. */
function x(speed: number): number {
  const share = Math.log(Math.min(Math.max(speed, LOW), HIGH) / LOW) / Math.log(HIGH / LOW);
  return LEFT + share * (WIDTH - LEFT - RIGHT);
}

const round = (value: number) => Math.round(value * 10) / 10;

const text = (left: number, top: number, words: string, anchor = "start") =>
  `<text x="${round(left)}" y="${top}" text-anchor="${anchor}">${escaped(words)}</text>`;

const escaped = (words: string) => words.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
