import { evaluate } from "./evaluate.js";
import { type Expression, type Refusal, refuse } from "./expression.js";
import { visitParts } from "./parts.js";
import type { Lambda } from "./row.js";

const WORD_COUNT_LONG = 300;
const VALUES = ["", "a", "b c", "1", "\u00e9\u{1f600}", 0, -0, 1, -1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53];
// Steps without a common factor with most counts, so that the parameters meet in several combinations.
const STEPS = [0, 1, 5] as const;

/**
 * Nothing when a lambda and its expression give the same for a few fixed arguments on this standard library, as it is now; else the
 * refusal. The lambda is run: its source must have been lowered, and so be free of effects.
 * **Order**: some tens of calls on short values, so it is done whenever a lambda is lowered and never remembered.
 */
export function disprove(fn: Lambda, expression: Expression, parameters: number): Refusal | undefined {
  const separators = new Set<string>();
  collectSeparators(expression, separators);
  const values = separators.size === 0 ? VALUES : textProbes(separators);
  const call = fn as (...args: unknown[]) => unknown;
  for (const step of parameters > 1 ? STEPS : STEPS.slice(0, 1)) {
    for (let probe = 0; probe < values.length; probe++) {
      const args = Array.from({ length: parameters }, (_, i) => values[(probe + i * step) % values.length]);
      const expected = outcome(() => evaluate(expression, args));
      const actual = outcome(() => call(...args));
      if (!same(expected, actual)) return differs(separators.size > 0, args);
    }
  }
  return undefined;
}

function differs(splits: boolean, args: readonly unknown[]): Refusal {
  const shown = args.map((value) => (typeof value === "string" ? JSON.stringify(value.slice(0, 20)) : String(value)));
  const why = splits ? "; String.prototype.split may be changed" : "";
  const on = args.length === 0 ? "" : ` on ${shown.join(", ")}`;
  return refuse(`gives another result than its source says${on}${why}`, splits ? "split" : undefined);
}

function collectSeparators(expression: Expression, into: Set<string>): void {
  visitParts(expression, (part) => {
    if (part.kind !== "method" || part.name !== "split") return;
    const [separator] = part.args;
    if (separator?.kind === "literal" && typeof separator.value === "string") into.add(separator.value);
  });
}

function textProbes(separators: Iterable<string>): string[] {
  const probes = ["", " ", "a", " a  b ", "A.b\tc\r\n", "\u00e9 \u{1f600} \u4e2d"];
  for (const separator of separators) {
    const long = Array.from({ length: WORD_COUNT_LONG }, (_, i) => `w${i}`).join(separator);
    const around = `${separator}\u00e9${separator}\u{1f600}${separator}`;
    probes.push(separator, `a${separator}b`, separator + separator + separator, around, separator.slice(1), long);
  }
  return probes;
}

interface Outcome {
  readonly threw: boolean;
  readonly value?: unknown;
}

function outcome(run: () => unknown): Outcome {
  try {
    return { threw: false, value: run() };
  } catch {
    return { threw: true };
  }
}

function same(expected: Outcome, actual: Outcome): boolean {
  return expected.threw === actual.threw && sameValue(expected.value, actual.value);
}

/** The same to every bit: -0 is not 0, NaN is NaN, an array is the same elements. */
function sameValue(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return Object.is(a, b);
  return a.length === b.length && a.every((item, i) => sameValue(item, b[i]));
}
