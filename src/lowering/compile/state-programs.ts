import { abi } from "#kernel";
import { columnKinds, leavesOf, NUMBER, type RowType, sameType, scalarOf, UNDEFINED } from "../../block/row-type.js";
import { type Expression, type Refusal, refuse, type StatefulExpression } from "../expression.js";
import { beginRows } from "./begin-rows.js";
import { type BuiltProgram, hasList, type KernelRows, type KernelValue, scalarsOf, typeOf } from "./kernel-rows.js";
import { isOptional } from "./optional.js";
import type { StateChange } from "./turns.js";

/** A program whose rows are collected, and their type. */
export interface RowsProgram {
  readonly built: BuiltProgram;
  readonly type: RowType;
}

/** How a function of `mapWithState` runs in the kernel. */
export interface StateFunction {
  readonly stateful: StatefulExpression;
  /** Whether results that are `undefined` are rows. */
  readonly emitsUndefined: boolean;
  /** Whether a state that is there after a call counts as touched. */
  readonly tracksTouches: boolean;
}

/** What a state holds: the type of keys, and that of states as cells hold them; undefined as long as no row can make one. */
export interface StateTypes {
  readonly key: RowType;
  readonly state: RowType | undefined;
  /** Whether leaves hold values of all types that they may have, not numbers alone where they may be numbers. */
  readonly isWide: boolean;
}

/** The type of states changes with the states that are computed from it: after so many changes it is given up. */
const ROUNDS_MAX = 8;

/** The program for pairs of a type, and the types that the state then has; or why there is none. */
export function updateProgram(
  pairs: RowType,
  { stateful, emitsUndefined, tracksTouches }: StateFunction,
  known: StateTypes | undefined,
  isWide = known?.isWide ?? tracksTouches,
): { readonly program: RowsProgram; readonly types: StateTypes } | Refusal {
  let state = known?.state;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const rows = beginRows({ frame: pairs });
    const parts = pairOf(rows.row);
    if (isRefusal(parts)) return parts;
    const key = canonicalKey(rows, parts[0]);
    if (isRefusal(key)) return key;
    const keyType = known ? unionOf(known.key, typeOf(parts[0])) : typeOf(parts[0]);
    if (keyType === undefined || hasList(parts[0])) return refuse("keys are of several shapes");
    let made: RowType | undefined;
    const refusal = rows.inTurns(parts[0], state ?? UNDEFINED, (current) => {
      const called = callOf(rows, stateful, [key, parts[1], current, literal(rows, false)]);
      if ("ok" in called) return called;
      const change = changeOf(rows, called, tracksTouches);
      if ("ok" in change) return change;
      const type = typeOf(change.next);
      if (type.kind !== "scalar" || type.tags !== 0) made = type;
      // As long as there is no state yet, what it is is only looked at.
      return state === undefined ? { ...change, next: literal(rows, undefined) } : change;
    });
    if (refusal) return refusal;
    const next = made && (state ? unionOf(state, cellsFor(made, isWide)) : cellsFor(made, isWide));
    if (made && next === undefined) return refuse("keeps states of several shapes");
    if (next === undefined || (state && sameType(next, state))) {
      if (state === undefined) return refuse("never sets a state");
      const program = collected(rows, emitsUndefined);
      return "ok" in program ? program : { program, types: { key: keyType, state, isWide } };
    }
    state = next;
  }
  return refuse("keeps states whose type never settles");
}

/** The program for keys that time out, whose source are entries of the state. */
export function timeoutProgram({ stateful, emitsUndefined }: StateFunction, types: StateTypes): RowsProgram | Refusal {
  const rows = beginRows({ frame: pairType(types) });
  const [key, state] = (rows.row as Extract<KernelValue, { kind: "tuple" }>).items;
  const called = callOf(rows, stateful, [key!, literal(rows, undefined), state!, literal(rows, true)]);
  if ("ok" in called) return called;
  rows.setRow(called.result);
  return collected(rows, emitsUndefined);
}

/** The program that gives keys and states as pairs, whose source are entries of the state. */
export function pairsProgram(types: StateTypes): RowsProgram {
  return collected(beginRows({ frame: pairType(types) }), true) as RowsProgram;
}

/** The program that looks up keys of a type in a state of numbers; they are the first columns of the frames that it runs over. */
export function keysProgram(key: RowType): BuiltProgram {
  const rows = beginRows({ frame: key });
  return rows.build({ op: abi.OP_STATE_KEYS, inputs: scalarsOf(rows.row) });
}

/** The program that puts pairs of key and state into a state of such types; its rows are counted. */
export function putProgram(pairs: RowType, types: StateTypes): BuiltProgram | Refusal {
  const rows = beginRows({ frame: pairs });
  const parts = pairOf(rows.row);
  if (isRefusal(parts)) return parts;
  const [key, value] = parts;
  const yes = literal(rows, true);
  const refusal = rows.inTurns(key, types.state!, () => ({
    isPut: yes,
    isRemoved: literal(rows, false),
    next: value,
    result: yes,
  }));
  return refusal ?? rows.build({ op: abi.OP_COUNT, inputs: [] });
}

/** The types of a state that is to hold pairs. */
export function typesOfPairs(pairs: RowType, known: StateTypes | undefined, isWide: boolean): StateTypes | undefined {
  if (pairs.kind !== "tuple" || pairs.items.length !== 2) return undefined;
  const [key, given] = pairs.items as [RowType, RowType];
  const state = cellsFor(given, isWide);
  if (known === undefined) return { key, state, isWide };
  const [keys, states] = [unionOf(known.key, key), known.state ? unionOf(known.state, state) : state];
  return keys && states ? { key: keys, state: states, isWide } : undefined;
}

export function pairType({ key, state }: StateTypes): RowType {
  return { kind: "tuple", items: [key, state ?? UNDEFINED] };
}

function pairOf(row: KernelValue): readonly [key: KernelValue, value: KernelValue] | Refusal {
  if (row.kind !== "tuple" || row.items.length !== 2) return refuse("the rows are not pairs");
  return [row.items[0]!, row.items[1]!];
}

function isRefusal(value: KernelValue | readonly unknown[] | Refusal): value is Refusal {
  return "ok" in value;
}

interface Called {
  readonly result: KernelValue;
  readonly state: KernelValue;
  readonly isUpdated: KernelValue;
  readonly isRemoved: KernelValue;
}

/** All that a function does, computed as one: what is shared is computed once. */
function callOf(rows: KernelRows, stateful: StatefulExpression, args: readonly KernelValue[]): Called | Refusal {
  const { result, state, isUpdated, isRemoved } = stateful;
  const made = rows.apply({ kind: "tuple", items: [result, state, isUpdated, isRemoved] }, args);
  if (isRefusal(made)) return made;
  const [a, b, c, d] = (made as Extract<KernelValue, { kind: "tuple" }>).items;
  return { result: a!, state: b!, isUpdated: c!, isRemoved: d! };
}

/** What a call changes; a state that is there counts as put where touches count. */
function changeOf(
  rows: KernelRows,
  { result, state, isUpdated, isRemoved }: Called,
  tracksTouches: boolean,
): StateChange | Refusal {
  const next = stateOf(state);
  if (isRefusal(next)) return next;
  if (!tracksTouches) return { isPut: isUpdated, isRemoved, next, result };
  const isThere: Expression = {
    kind: "binary",
    operator: "!==",
    left: { kind: "parameter", index: 0 },
    right: { kind: "literal", value: undefined },
  };
  const exists = rows.apply(isThere, [state]);
  return isRefusal(exists) ? exists : { isPut: exists, isRemoved, next, result };
}

/** A state where there is one. */
function stateOf(state: KernelValue): KernelValue | Refusal {
  if (state.kind === "scalar") return { ...state, tags: state.tags & ~UNDEFINED.tags };
  if (isOptional(state)) {
    if ((state.list.missing.tags & ~UNDEFINED.tags) !== 0) return refuse("keeps states that are null or an object");
    return hasList(state.list.value) ? refuse("keeps lists") : state.list.value;
  }
  if (hasList(state)) return refuse("keeps lists");
  return scalarsOf(state).length > 0 ? state : refuse("keeps states without parts");
}

/** The key as the function is given it: -0 is the key 0. */
function canonicalKey(rows: KernelRows, key: KernelValue): KernelValue | Refusal {
  if (key.kind !== "scalar" || !(key.tags & NUMBER.tags)) return key;
  const given: Expression = { kind: "parameter", index: 0 };
  return rows.apply(
    {
      kind: "condition",
      test: { kind: "binary", operator: "===", left: given, right: { kind: "literal", value: 0 } },
      // biome-ignore lint/suspicious/noThenProperty: a condition has one.
      then: { kind: "literal", value: 0 },
      else: given,
    },
    [key],
  );
}

function literal(rows: KernelRows, value: boolean | undefined): KernelValue {
  return rows.apply({ kind: "literal", value }, []) as KernelValue;
}

/** Ends a program with its rows, without those that are `undefined` where they are none. */
function collected(rows: KernelRows, emitsUndefined: boolean): RowsProgram | Refusal {
  if (!emitsUndefined) {
    const refusal = withoutUndefined(rows);
    if (refusal) return refusal;
  }
  const { row } = rows;
  const leaves = scalarsOf(row);
  if (hasList(row)) return refuse("gives lists, or objects that may be missing");
  if (leaves.length === 0) return refuse("gives rows without parts");
  const type = typeOf(row);
  return { built: rows.build({ op: abi.OP_COLLECT, inputs: leaves }), type };
}

function withoutUndefined(rows: KernelRows): Refusal | undefined {
  const { row } = rows;
  if (isOptional(row)) {
    if ((row.list.missing.tags & ~UNDEFINED.tags) !== 0) return refuse("gives rows that are null or an object");
    return rows.filter(row);
  }
  if (row.kind !== "scalar" || !(row.tags & UNDEFINED.tags)) return undefined;
  const isRow = rows.apply(
    {
      kind: "binary",
      operator: "!==",
      left: { kind: "parameter", index: 0 },
      right: { kind: "literal", value: undefined },
    },
    [row],
  );
  if (isRefusal(isRow)) return isRow;
  const refusal = rows.filter(isRow);
  if (!refusal) rows.setRow({ ...row, tags: row.tags & ~UNDEFINED.tags });
  return refusal;
}

/** Leaves as cells hold them: where a leaf may be a number it is taken for one, until it turns out to be something else. */
function cellsFor(type: RowType, isWide: boolean): RowType {
  switch (type.kind) {
    case "scalar":
      return !isWide && type.tags & NUMBER.tags ? NUMBER : type;
    case "tuple":
      return { kind: "tuple", items: type.items.map((item) => cellsFor(item, isWide)) };
    case "record":
      return { kind: "record", fields: type.fields.map(([name, field]) => [name, cellsFor(field, isWide)] as const) };
    case "optional":
    case "list":
      return type;
  }
}

/** A type of all values of both, if they are of one shape. */
export function unionOf(a: RowType, b: RowType): RowType | undefined {
  if (a.kind === "scalar" && b.kind === "scalar") return scalarOf(a.tags | b.tags);
  if (a.kind === "tuple" && b.kind === "tuple" && a.items.length === b.items.length) {
    const items = a.items.map((item, i) => unionOf(item, b.items[i]!));
    return items.every((item) => item !== undefined) ? { kind: "tuple", items } : undefined;
  }
  if (a.kind !== "record" || b.kind !== "record" || a.fields.length !== b.fields.length) return undefined;
  const fields = a.fields.map(([name, field], i) => [name, unionOf(field, b.fields[i]![1])] as const);
  const isAlike = fields.every(([name, field], i) => name === b.fields[i]![0] && field !== undefined);
  return isAlike ? { kind: "record", fields: fields as Array<readonly [string, RowType]> } : undefined;
}

/** The columns of a program's rows. */
export function columnsOf({ built, type }: RowsProgram): Array<{ register: number; kind: number }> {
  const kinds = columnKinds(type);
  return built.inputs.map((register, i) => ({ register, kind: kinds[i]! }));
}

/** Whether each leaf of a state lies in a cell of numbers. */
export function leafCells({ state, isWide }: StateTypes): Array<{ isNumber: boolean }> {
  return leavesOf(state ?? UNDEFINED).map(({ tags }) => ({ isNumber: !isWide && tags === NUMBER.tags }));
}
