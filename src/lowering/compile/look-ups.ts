import { abi } from "#kernel";
import { typeOfRows } from "../../block/row-encoder.js";
import { BOOLEAN, leavesOf, type RowType, type ScalarType, UNDEFINED } from "../../block/row-type.js";
import { Refused } from "../refused.js";
import type { FoundRow, KernelValue } from "./kernel-rows.js";
import { optional, optionalColumns } from "./optional.js";
import type { ProgramGraph } from "./program-graph.js";
import type { Computation } from "./program-plan.js";
import type { Scalar, Scalars } from "./scalars.js";

interface LookUp {
  readonly isThere: Scalar;
  readonly value: KernelValue | undefined;
}

/** Look-ups of a program in captured maps and sets: of one key in one of them there is one. */
export class LookUps {
  readonly #scalars: Scalars;
  readonly #known = new Map<object, Map<string, LookUp>>();

  constructor(scalars: Scalars) {
    this.#scalars = scalars;
  }

  /** `of.has(key)`; nothing where there is no key at all. */
  has(of: ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>, key: Scalar): Scalar | undefined {
    return this.#find(of, of, key)?.isThere;
  }

  /** As `has` of the keys of an object that is no set. */
  hasIn(of: object, keys: ReadonlySet<unknown>, key: Scalar): Scalar | undefined {
    return this.#find(of, keys, key)?.isThere;
  }

  /** `of.get(key)`; nothing where there is no key at all. */
  get(of: ReadonlyMap<unknown, unknown>, key: Scalar): KernelValue | undefined {
    return this.getIn(of, of, key);
  }

  /** As `get` of the entries of an object that is no map. */
  getIn(of: object, entries: ReadonlyMap<unknown, unknown>, key: Scalar): KernelValue | undefined {
    const found = this.#find(of, entries, key);
    if (found === undefined) return undefined;
    const { isThere, value } = found;
    if (value === undefined) throw new Refused("looks up values of several shapes", "get");
    if (value.kind === "scalar") return { ...value, tags: value.tags | UNDEFINED.tags };
    return optional(this.#scalars, { isThere, value, missing: this.#scalars.constant(undefined) });
  }

  #find(of: object, entries: ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>, key: Scalar): LookUp | undefined {
    const known = this.#known.get(of) ?? new Map<string, LookUp>();
    this.#known.set(of, known);
    const name = `${entries instanceof Map ? "get" : "has"} ${key.register}`;
    let found = known.get(name);
    if (found === undefined) {
      found = this.#make(entries, key);
      if (found) known.set(name, found);
    }
    return found;
  }

  #make(of: ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>, key: Scalar): LookUp | undefined {
    // A key that is an object is none of those that are looked up.
    const keys = [...of.keys()].filter((each) => typeof each !== "object" || each === null);
    if (keys.length === 0) return undefined;
    const pairs = of instanceof Map ? keys.map((each) => [each, of.get(each)]) : undefined;
    const type = pairs && typeOfRows(pairs);
    const valueType = type?.kind === "tuple" ? type.items[1] : undefined;
    const rows = valueType && pairs ? pairs : keys.map((each) => [each]);
    if (typeOfRows(rows) === undefined) throw new Refused("looks up keys that the kernel does not have", "get");
    const { graph } = this.#scalars;
    const isThere: Scalar = { kind: "scalar", tags: BOOLEAN.tags, register: graph.newValue() };
    const columns = valueType ? leavesOf(valueType).map(() => graph.newValue()) : [];
    addLookUp(graph, key, isThere, columns, { instruction: 0, rows });
    return { isThere, value: valueType && valueIn(this.#scalars, valueType, [...columns]) };
  }
}

/** The row of a table by its key, with its columns behind the key. */
export function findRow(graph: ProgramGraph, key: Scalar, columns: readonly ScalarType[]): FoundRow {
  const isThere: Scalar = { kind: "scalar", tags: BOOLEAN.tags, register: graph.newValue() };
  const found = columns.map(({ tags }): Scalar => ({ kind: "scalar", tags, register: graph.newValue() }));
  addLookUp(
    graph,
    key,
    isThere,
    found.map(({ register }) => register),
    "table",
  );
  return { isThere, columns: found.map((each) => ({ ...each, tags: each.tags | UNDEFINED.tags })) };
}

/** Adds the instruction: whether the key is there, and columns behind the key. */
function addLookUp(
  graph: ProgramGraph,
  key: Scalar,
  isThere: Scalar,
  columns: readonly number[],
  lookUp: NonNullable<Computation["lookUp"]>,
): void {
  graph.add({
    op: abi.OP_LOOKUP,
    operands: [key.register],
    imm: (isRead) => columns.filter(isRead).length,
    outputs: [isThere.register, ...columns],
    isEffect: false,
    lookUp,
    data: (registerOf, isRead) => {
      const wanted = columns.flatMap((value, i) =>
        isRead(value) ? [{ register: registerOf(value), column: i + 1 }] : [],
      );
      const words = [...wanted.map(({ register }) => register), ...wanted.map(({ column }) => column)];
      return new Uint8Array(Int32Array.from(words).buffer);
    },
  });
}

/** A value of a type whose leaves lie in these registers, depth first. */
export function valueIn(scalars: Scalars, type: RowType, registers: number[]): KernelValue {
  switch (type.kind) {
    case "scalar":
      return { kind: "scalar", tags: type.tags, register: registers.shift()! };
    case "tuple":
      return { kind: "tuple", items: type.items.map((item) => valueIn(scalars, item, registers)) };
    case "record":
      return {
        kind: "record",
        fields: type.fields.map(([name, field]) => [name, valueIn(scalars, field, registers)] as const),
      };
    case "optional": {
      const presence = registers.shift()!;
      return optionalColumns(scalars, type, presence, valueIn(scalars, type.of, registers));
    }
    case "list":
      throw new Refused("rows that have lists");
  }
}
