import type { NarrowOperator, Sink, TaskControl } from "../plan/operator.js";
import type { Origin } from "../plan/origin.js";
import { iterate, lambdaError, promiseError } from "./lambda.js";

/** A function of the program's that rows go through, and what its result means. */
export interface FusedStep {
  readonly kind: "map" | "filter" | "flatMap";
  readonly fn: (row: unknown) => unknown;
  readonly origin: Origin;
}

/** An operator that is one call for each row: several in a row run as one function. */
export interface FusibleOperator extends NarrowOperator {
  fusedStep(): FusedStep;
}

export function isFusible(operator: NarrowOperator): operator is FusibleOperator {
  return "fusedStep" in operator;
}

/** Steps before and after the flatMap of a segment. */
const SIDE_STEPS_MAX = 3;

/** What is called where a segment has fewer steps. */
const NONE: FusedStep = { kind: "map", fn: (row) => row, origin: undefined as never };

/** What to push rows into so that they go through all steps to `next`. */
export function fuseSteps(steps: readonly FusedStep[], next: Sink, control: TaskControl): Sink {
  let sink = next;
  for (let end = steps.length; end > 0; ) {
    const { begin, flat } = segmentBefore(steps, end);
    sink = segment(steps.slice(begin, flat < 0 ? end : flat), steps.slice(flat < 0 ? end : flat, end), sink, control);
    end = begin;
  }
  return sink;
}

/** The longest segment that ends at `end`: up to three steps, a flatMap, up to three steps; or up to three steps without one. */
function segmentBefore(steps: readonly FusedStep[], end: number): { begin: number; flat: number } {
  let flat = end - 1;
  while (flat >= 0 && end - flat <= SIDE_STEPS_MAX + 1 && steps[flat]!.kind !== "flatMap") flat -= 1;
  if (flat < 0 || steps[flat]?.kind !== "flatMap" || end - flat > SIDE_STEPS_MAX + 1) flat = -1;
  let begin = flat < 0 ? end : flat;
  for (let room = SIDE_STEPS_MAX; room > 0 && begin > 0 && steps[begin - 1]!.kind !== "flatMap"; room--) begin -= 1;
  return { begin, flat };
}

/**
 * Up to three steps, then what a flatMap gives through up to three more, as straight-line code. Each step has a place of its own in it, so that a host's
 * compiler sees one function there as long as a program has one hot chain, and can put all of them together as in a hand-written loop.
 */
function segment(before: readonly FusedStep[], rest: readonly FusedStep[], next: Sink, control: TaskControl): Sink {
  const [a = NONE, b = NONE, c = NONE] = before;
  const [flat, x = NONE, y = NONE, z = NONE] = rest;
  const { push } = next;
  const [callA, callB, callC] = [a.fn, b.fn, c.fn];
  const [filtersA, filtersB, filtersC] = [a, b, c].map(({ kind }) => kind === "filter") as [boolean, boolean, boolean];
  const count = before.length;
  const head = (row: unknown, emit: (row: unknown) => void): void => {
    let value = row;
    let step: FusedStep | undefined = a;
    try {
      if (count > 0) {
        const result = callA(value);
        if (result instanceof Promise) {
          step = undefined;
          throw promiseError(a.origin, value, result);
        }
        if (!filtersA) value = result;
        else if (!result) return;
      }
      if (count > 1) {
        step = b;
        const result = callB(value);
        if (result instanceof Promise) {
          step = undefined;
          throw promiseError(b.origin, value, result);
        }
        if (!filtersB) value = result;
        else if (!result) return;
      }
      if (count > 2) {
        step = c;
        const result = callC(value);
        if (result instanceof Promise) {
          step = undefined;
          throw promiseError(c.origin, value, result);
        }
        if (!filtersC) value = result;
        else if (!result) return;
      }
      step = undefined;
      emit(value);
    } catch (error) {
      throw step ? lambdaError(step.origin, value, error) : error;
    }
  };
  if (flat === undefined) return { push: (row) => head(row, push), end: next.end };
  const tail = through([x, y, z], rest.length - 1, push);
  const callFlat = flat.fn;
  const expand = (row: unknown): void => {
    let results: Iterable<unknown>;
    try {
      results = callFlat(row) as Iterable<unknown>;
    } catch (error) {
      throw lambdaError(flat.origin, row, error);
    }
    if (Array.isArray(results)) {
      for (let i = 0; i < results.length && !control.done; i++) tail(results[i]);
      return;
    }
    for (const result of iterate(flat.origin, results, row)) {
      tail(result);
      if (control.done) return;
    }
  };
  return { push: (row) => head(row, expand), end: next.end };
}

/** As the head of a segment, at places of its own. */
function through(
  [x, y, z]: readonly [FusedStep, FusedStep, FusedStep],
  count: number,
  emit: (row: unknown) => void,
): (row: unknown) => void {
  const [callX, callY, callZ] = [x.fn, y.fn, z.fn];
  const [filtersX, filtersY, filtersZ] = [x, y, z].map(({ kind }) => kind === "filter") as [boolean, boolean, boolean];
  if (count === 0) return emit;
  return (row) => {
    let value = row;
    let step: FusedStep | undefined = x;
    try {
      const result = callX(value);
      if (result instanceof Promise) {
        step = undefined;
        throw promiseError(x.origin, value, result);
      }
      if (!filtersX) value = result;
      else if (!result) return;
      if (count > 1) {
        step = y;
        const result = callY(value);
        if (result instanceof Promise) {
          step = undefined;
          throw promiseError(y.origin, value, result);
        }
        if (!filtersY) value = result;
        else if (!result) return;
      }
      if (count > 2) {
        step = z;
        const result = callZ(value);
        if (result instanceof Promise) {
          step = undefined;
          throw promiseError(z.origin, value, result);
        }
        if (!filtersZ) value = result;
        else if (!result) return;
      }
      step = undefined;
      emit(value);
    } catch (error) {
      throw step ? lambdaError(step.origin, value, error) : error;
    }
  };
}
