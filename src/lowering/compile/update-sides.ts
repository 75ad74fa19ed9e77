import { type RowType, UNDEFINED } from "../../block/row-type.js";
import type { Expression, Refusal } from "../expression.js";
import { given, Refused } from "../refused.js";
import { beginRows } from "./begin-rows.js";
import { hasList, type KernelRows, type KernelValue } from "./kernel-rows.js";
import { isOptional } from "./optional.js";

/** The pairs of one program: key and value, or key and state. */
export interface Side {
  readonly rows: KernelRows;
  readonly key: KernelValue;
  readonly value: KernelValue;
}

const NOTHING: Expression = { kind: "literal", value: undefined };
const ARGUMENT: Expression = { kind: "parameter", index: 0 };
const IS_THERE: Expression = { kind: "binary", operator: "!==", left: ARGUMENT, right: NOTHING };

/** The pairs of frames of a type. */
export function sideOf(type: RowType): Side {
  const rows = beginRows({ frame: type });
  const { row } = rows;
  if (row.kind !== "tuple" || row.items.length !== 2) throw new Refused("the rows are not pairs");
  const [key, value] = row.items as [KernelValue, KernelValue];
  return { rows, key, value };
}

/** The same value for each row. */
export function constantOf({ rows }: Side, value: number | boolean | undefined): KernelValue {
  return given(rows.apply({ kind: "literal", value }, []));
}

/** A value that can be laid out in columns. */
export function columnsOf(value: KernelValue | Refusal): KernelValue {
  const made = given(value);
  if (hasList(made)) throw new Refused("the kernel keeps no lists, nor objects that may be missing, by key");
  return made;
}

/** Leaves the keys whose new state is not undefined; returns the state then. */
export function keptState(rows: KernelRows, state: KernelValue): KernelValue {
  if (state.kind === "scalar") {
    if (!(state.tags & UNDEFINED.tags)) return state;
    const refusal = rows.filter(given(rows.apply(IS_THERE, [state])));
    if (refusal) throw new Refused(refusal);
    return { ...state, tags: state.tags & ~UNDEFINED.tags };
  }
  if (!isOptional(state)) return columnsOf(state);
  if (state.list.missing.tags !== UNDEFINED.tags) throw new Refused("the state may be null or an object");
  rows.setRow(state);
  // Objects are truthy.
  const refusal = rows.filter(state);
  if (refusal) throw new Refused(refusal);
  return columnsOf(rows.row);
}
