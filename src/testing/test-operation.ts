import { formatRow } from "../block/format-row.js";
import type { DStream } from "../dstream.js";
import type { Row } from "../lowering/row.js";
import { type InputBatches, type RunOptions, runInputs, splitArguments } from "./run-operation.js";
import { type SameRow, sameValue, unmatched } from "./same-rows.js";

/** Rows of a batch that an error shows. */
const ROWS_SHOWN_MAX = 50;

/** How the batches are run and compared. */
export interface TestOptions<V = unknown> extends RunOptions {
  /** Compares the rows of a batch as a set: in any order, but each as often as expected. Default: in order. */
  useSet?: boolean;
  /** Whether a row is as expected, for rows that need not be the same: `(a, b) => Math.abs(a - b) < 1e-9`. Default: equal by value, deeply. */
  compare?: (actual: V, expected: V) => boolean;
}

/**
 * The batch table: puts each input batch of one stream, or of two, through `operation` under a manual clock and compares the output batches with the
 * expected ones. A batch that does not exist (an input batch of `null`, a time between the slides of a window) leaves no output batch.
 *
 * Rejects with the first error of the operation or of a batch, and with an `Error` that shows both sides where the batches differ. Needs no test
 * runner.
 *
 * ```ts
 * await testOperation([["a b", "a"], []], (lines) => lines.flatMap((line) => line.split(" ")), [["a", "b", "a"], []]);
 * await testOperation([["a", "b", "a"]], (words) => words.countByValue(), [[["a", 2], ["b", 1]]], { useSet: true });
 * await testOperation([[1], [2]], [[10], [20]], (one, other) => one.union(other), [[1, 10], [2, 20]]);
 * ```
 */
export function testOperation<T extends Row, V>(
  input: InputBatches<T>,
  operation: (stream: DStream<T>) => DStream<V>,
  expected: ReadonlyArray<Iterable<NoInfer<V>>>,
  options?: TestOptions<NoInfer<V>>,
): Promise<void>;
export function testOperation<T extends Row, U extends Row, V>(
  first: InputBatches<T>,
  second: InputBatches<U>,
  operation: (first: DStream<T>, second: DStream<U>) => DStream<V>,
  expected: ReadonlyArray<Iterable<NoInfer<V>>>,
  options?: TestOptions<NoInfer<V>>,
): Promise<void>;
export async function testOperation(...args: unknown[]): Promise<void> {
  const { inputs, operation, rest } = splitArguments(args);
  const expected = (rest[0] as Iterable<Iterable<unknown>>) ?? [];
  const options = (rest[1] ?? {}) as TestOptions;
  const wanted = [...expected].map((batch) => [...batch]);
  const actual = await runInputs(inputs, operation, options, wanted.length);
  const difference = differenceOf(actual, wanted, options);
  if (difference === undefined) return;
  throw new Error(`testOperation: ${difference}\n\nExpected:\n${shown(wanted)}\n\nGot:\n${shown(actual)}\n`);
}

/** The first thing that differs, in words; undefined where nothing does. */
function differenceOf(actual: unknown[][], expected: unknown[][], options: TestOptions): string | undefined {
  const { useSet = false, compare = sameValue } = options;
  if (actual.length !== expected.length) {
    return `${expected.length} output batches were expected, the operation gave ${actual.length}.`;
  }
  for (const [index, rows] of actual.entries()) {
    const difference = useSet
      ? unorderedDifference(rows, expected[index]!, compare)
      : orderedDifference(rows, expected[index]!, compare);
    if (difference) return `output batch ${index + 1} of ${actual.length} is not as expected: ${difference}.`;
  }
  return undefined;
}

function orderedDifference(actual: unknown[], expected: unknown[], same: SameRow): string | undefined {
  const shorter = Math.min(actual.length, expected.length);
  for (let index = 0; index < shorter; index++) {
    if (same(actual[index], expected[index])) continue;
    return `row ${index + 1} is ${shownRow(actual[index])}, not ${shownRow(expected[index])}`;
  }
  if (actual.length > shorter) return `row ${shorter + 1}, ${shownRow(actual[shorter])}, was not expected`;
  return expected.length > shorter ? `row ${shorter + 1}, ${shownRow(expected[shorter])}, is missing` : undefined;
}

function unorderedDifference(actual: unknown[], expected: unknown[], same: SameRow): string | undefined {
  const { unexpected, missing, isEmpty } = unmatched(actual, expected, same);
  if (isEmpty) return undefined;
  const parts: string[] = [];
  if (missing.length > 0) parts.push(`missing ${shownRows(missing)}`);
  if (unexpected.length > 0) parts.push(`not expected ${shownRows(unexpected)}`);
  return `${parts.join(", ")}, in any order`;
}

function shown(batches: unknown[][]): string {
  if (batches.length === 0) return "  no batches";
  return batches.map((rows, index) => `  ${index + 1}: ${shownRows(rows)}`).join("\n");
}

function shownRows(rows: unknown[]): string {
  const parts = rows.slice(0, ROWS_SHOWN_MAX).map(shownRow);
  if (rows.length > ROWS_SHOWN_MAX) parts.push(`and ${rows.length - ROWS_SHOWN_MAX} more`);
  return `[${parts.join(", ")}]`;
}

/** As inside an array, where text is in quotes and a pair is an array: the string "1" and the number 1 look different. */
function shownRow(row: unknown): string {
  return formatRow([row]).slice(1, -1);
}
