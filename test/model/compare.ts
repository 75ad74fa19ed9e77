import type { Run } from "./build.js";
import type { Output, Program, Step } from "./program.js";
import { show } from "./show.js";

/** The first difference between what the library gave and what the model says (`expected`), in words; undefined where there is none. */
export function difference(program: Program, expected: readonly Output[], run: Run): string | undefined {
  const { error } = run;
  const failed = expected.find((output) => "error" in output);
  // An inverse window fails when its version runs, not when it is made: what else runs then, and after, is not laid down.
  const end = failed && program.steps.some(hasInverse) ? failed.time : Number.POSITIVE_INFINITY;
  const isCompared = (output: Output) => "rows" in output && output.time < end;
  const wanted = expected.filter(isCompared);
  const outputs = run.outputs.filter(isCompared);
  const at = wanted.findIndex((output, index) => !same(output, outputs[index]));
  if (at >= 0) {
    return `the model has\n  ${shown(wanted[at])}\nthe library\n  ${shown(outputs[at])}${error ? `, ${error}` : ""}`;
  }
  if (outputs.length > wanted.length) return `the library has more batches: ${shown(outputs[wanted.length])}`;
  const code = error?.split(":")[0];
  const wantedCode = failed && "error" in failed ? failed.error : undefined;
  if (code === wantedCode) return undefined;
  return `the model ends ${wantedCode ? `with ${wantedCode} at ${failed!.time} ms` : "without an error"}, the library ${error ? `with ${error}` : "without"}`;
}

const hasInverse = ({ method, args }: Step) =>
  /^countBy.*Window$/.test(method) || (/Window$/.test(method) && args.filter(isFunction).length > 1);
const isFunction = (arg: unknown) => typeof arg === "function";

const shown = (output: Output | undefined) =>
  output === undefined
    ? "no such batch"
    : `output ${"output" in output ? output.output : "-"} at ${output.time} ms: ${show("rows" in output ? output.rows : [])}`;

/** Equal bit by bit, deeply; a property that is undefined is the same as none. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (a instanceof Date) return Object.is(a.getTime(), (b as Date).getTime());
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  if (Array.isArray(a) && a.length !== (b as unknown[]).length) return false;
  return [...names].every((name) => same((a as Record<string, unknown>)[name], (b as Record<string, unknown>)[name]));
}
