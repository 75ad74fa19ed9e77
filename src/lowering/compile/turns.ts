import { BOOLEAN, leavesOf, type RowType, UNDEFINED } from "../../block/row-type.js";
import { Refused } from "../refused.js";
import { type KernelValue, scalarsOf } from "./kernel-rows.js";
import { valueIn } from "./look-ups.js";
import { isOptional, optional } from "./optional.js";
import type { Scalar, Scalars } from "./scalars.js";

/** What a row does to the state of its key, and what comes of it. */
export interface StateChange {
  readonly isPut: KernelValue;
  /** Goes before `isPut`. */
  readonly isRemoved: KernelValue;
  /** The new state where it is put, of the shape of the state's type. */
  readonly next: KernelValue;
  readonly result: KernelValue;
}

/**
 * Lets the rows of one key go through `change` one after the other, which is given the state of the key, undefined where there is none; returns their
 * results, in the order of the rows.
 */
export function inTurns(
  scalars: Scalars,
  key: KernelValue,
  type: RowType,
  change: (state: KernelValue) => StateChange,
): KernelValue {
  const { graph } = scalars;
  const exists: Scalar = { kind: "scalar", tags: BOOLEAN.tags, register: graph.newValue() };
  const leaves = leavesOf(type).map(() => graph.newValue());
  const state = valueIn(scalars, type, [...leaves]);
  graph.bar({ kind: "turns", keys: scalarsOf(key).map(({ register }) => register), exists: exists.register, leaves });
  const given: KernelValue =
    state.kind === "scalar"
      ? { ...state, tags: state.tags | UNDEFINED.tags }
      : optional(scalars, { isThere: exists, value: state, missing: scalars.constant(undefined) });
  const { isPut, isRemoved, next, result } = change(given);
  const registers = scalarsOf(next).map(({ register }) => register);
  if (registers.length !== leaves.length) throw new Refused("keeps states of several shapes");
  const returned: Array<{ value: number; from: number }> = [];
  const after = comingBack(scalars, result, (from) => {
    if (graph.constantOf(from)) return from;
    const value = graph.newValue();
    returned.push({ value, from });
    return value;
  });
  graph.bar({
    kind: "returns",
    put: scalars.of(isPut, "tests").register,
    remove: scalars.of(isRemoved, "tests").register,
    next: registers,
    returned,
  });
  return after;
}

/** The same value in other registers. */
function comingBack(scalars: Scalars, value: KernelValue, place: (register: number) => number): KernelValue {
  const back = <V extends KernelValue>(each: V) => comingBack(scalars, each, place) as V;
  switch (value.kind) {
    case "scalar":
      return { ...value, register: place(value.register) };
    case "tuple":
      return { kind: "tuple", items: value.items.map((item) => back(item)) };
    case "record":
      return { kind: "record", fields: value.fields.map(([name, field]) => [name, back(field)] as const) };
    case "list": {
      if (!isOptional(value)) throw new Refused("gives lists");
      const { isThere, value: inner, missing } = value.list;
      return optional(scalars, { isThere: back(isThere), value: back(inner), missing: back(missing) });
    }
  }
}
