import { abi } from "#kernel";
import { typeOfRows } from "../../block/row-encoder.js";
import { BOOLEAN, leavesOf, type RowType, UNDEFINED } from "../../block/row-type.js";
import type { KernelValue } from "./kernel-rows.js";
import { Optional } from "./optional.js";
import type { ProgramGraph } from "./program-graph.js";
import { Refused } from "./refused.js";
import type { Scalar } from "./scalars.js";

interface LookUp {
  readonly isThere: Scalar;
  readonly value: KernelValue | undefined;
}

/** Look-ups of a program in captured maps and sets: of one key in one of them there is one. */
export class LookUps {
  readonly #graph: ProgramGraph;
  readonly #known = new Map<object, Map<string, LookUp>>();

  constructor(graph: ProgramGraph) {
    this.#graph = graph;
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
    return { kind: "list", list: new Optional(isThere, value, this.#missing()) };
  }

  #missing(): Scalar {
    return { kind: "scalar", tags: UNDEFINED.tags, register: this.#graph.constant(undefined) };
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
    const isThere: Scalar = { kind: "scalar", tags: BOOLEAN.tags, register: this.#graph.newValue() };
    const columns = valueType ? leavesOf(valueType).map(() => this.#graph.newValue()) : [];
    this.#graph.add({
      op: abi.OP_LOOKUP,
      operands: [key.register],
      imm: (isRead) => columns.filter(isRead).length,
      outputs: [isThere.register, ...columns],
      isEffect: false,
      lookUp: { instruction: 0, rows },
      data: (registerOf, isRead) => {
        const wanted = columns.flatMap((value, i) =>
          isRead(value) ? [{ register: registerOf(value), column: i + 1 }] : [],
        );
        const words = [...wanted.map(({ register }) => register), ...wanted.map(({ column }) => column)];
        return new Uint8Array(Int32Array.from(words).buffer);
      },
    });
    return { isThere, value: valueType && valueIn(valueType, [...columns]) };
  }
}

/** A value of a type whose leaves lie in these registers, depth first. */
export function valueIn(type: RowType, registers: number[]): KernelValue {
  switch (type.kind) {
    case "scalar":
      return { kind: "scalar", tags: type.tags, register: registers.shift()! };
    case "tuple":
      return { kind: "tuple", items: type.items.map((item) => valueIn(item, registers)) };
    case "record":
      return { kind: "record", fields: type.fields.map(([name, field]) => [name, valueIn(field, registers)] as const) };
    case "list":
      throw new Refused("rows that have lists");
  }
}
