import { abi } from "#kernel";
import { KeyMap } from "../../src/block/key.js";
import { partitionOf } from "../../src/block/partition-hash.js";
import { decodeFrame } from "../../src/block/row-decoder.js";
import { columnKinds, leavesOf, type RowType } from "../../src/block/row-type.js";
import { GroupSink } from "../../src/kernel/group-sink.js";
import {
  type GroupAggregate,
  type GroupOp,
  type GroupSpec,
  type KeyShape,
  mergeOp,
} from "../../src/kernel/group-spec.js";
import type { Kernel } from "../../src/kernel/kernel.js";
import { ProgramRun } from "../../src/kernel/program.js";
import type { TableStart } from "../../src/kernel/table-room.js";
import type { VectorValue } from "../../src/kernel/vector.js";

/** All but those of sketches. */
export type ReducingOp = Exclude<GroupOp, "sketch" | "sketch-merge">;

/** Rows that are grouped: a key of `keyType` (none: all are one group), and a value for each aggregate. */
export interface Grouping {
  readonly keyType: RowType | undefined;
  readonly aggregates: ReadonlyArray<{ readonly op: ReducingOp; readonly type: RowType; readonly isNumber?: boolean }>;
}

/** The key, then the values. */
export type GroupingRow = readonly [key: unknown, ...values: unknown[]];

type Reducer = (a: never, b: never) => unknown;

const REDUCERS: Readonly<Record<Exclude<ReducingOp, "count">, Reducer>> = {
  sum: (a: number, b: number) => a + b,
  min: Math.min as Reducer,
  max: Math.max as Reducer,
  first: (a) => a,
  last: (_, b) => b,
  less: (a: number, b: number) => pick(a < b, a, b),
  greater: (a: number, b: number) => pick(a > b, a, b),
  below: (a: number, b: number) => pick(b < a, b, a),
  above: (a: number, b: number) => pick(b > a, b, a),
  and: (a, b) => a && b,
  or: (a, b) => a || b,
  "bit-and": (a: number, b: number) => a & b,
  "bit-or": (a: number, b: number) => a | b,
  "bit-xor": (a: number, b: number) => a ^ b,
  concat: (a: string, b: string) => a + b,
};

/** Not `Math.min`: of NaN and of strings something else comes. */
function pick<T>(keeps: boolean, a: T, b: T): T {
  return keeps ? a : b;
}

/** The rows of each partition, `[key, ...aggregates]`, as a map by value makes them. */
export function modelGroups(
  { keyType, aggregates }: Grouping,
  rows: readonly GroupingRow[],
  partitions: number,
): unknown[][][] {
  const map = new KeyMap<unknown[]>();
  for (const [key, ...values] of rows) {
    const entry = map.entry(keyType ? key : "all");
    const brought = aggregates.map(({ op }, i) => {
      if (op === "count") return entry ? (entry.value[i] as number) + 1 : 1;
      return entry ? REDUCERS[op](entry.value[i] as never, values[i] as never) : values[i];
    });
    if (entry) entry.value = brought;
    else map.add(keyType ? key : "all", brought);
  }
  const parts: unknown[][][] = Array.from({ length: partitions }, () => []);
  for (const { key, value } of map) {
    parts[keyType ? partitionOf(key, partitions) : 0]!.push(keyType ? [key, ...value] : value);
  }
  return parts;
}

/** What brings together rows that such a grouping made of parts. */
export function mergeOf({ keyType, aggregates }: Grouping): Grouping {
  return { keyType, aggregates: aggregates.map((each) => ({ ...each, op: mergeOp(each.op) as ReducingOp })) };
}

/** The leaves of a value of a type, depth first. */
export function leafValues(type: RowType, value: unknown): VectorValue[] {
  if (type.kind === "scalar") return [value as VectorValue];
  if (type.kind === "tuple") return type.items.flatMap((item, i) => leafValues(item, (value as unknown[])[i]));
  if (type.kind === "record") {
    return type.fields.flatMap(([name, field]) => leafValues(field, (value as Record<string, unknown>)[name]));
  }
  throw new Error("no lists");
}

export function specOf({ keyType, aggregates }: Grouping, isNumbered = false): GroupSpec {
  const keys = keyType ? leavesOf(keyType).length : 0;
  return {
    ...(keyType && { key: keyType as KeyShape }),
    keyRegisters: Array.from({ length: keys }, (_, i) => i),
    aggregates: aggregates.map(
      ({ op, isNumber = false }, i): GroupAggregate =>
        op === "count" ? { op } : { op, first: keys + i, value: keys + i, isNumber },
    ),
    isNumbered,
  };
}

/** A sink in a program whose registers are the leaves of the key, then the values, then one that is free. */
export class GroupRun {
  readonly sink: GroupSink;
  readonly run: ProgramRun;
  readonly freeRegister: number;
  readonly #grouping: Grouping;
  readonly #kernel: Kernel;
  readonly #keys: number;

  constructor(kernel: Kernel, grouping: Grouping, op = abi.OP_GROUP, start: TableStart = {}) {
    this.#kernel = kernel;
    this.#grouping = grouping;
    this.#keys = grouping.keyType ? leavesOf(grouping.keyType).length : 0;
    this.sink = new GroupSink(kernel, specOf(grouping, op !== abi.OP_GROUP), 1, start);
    this.freeRegister = this.#keys + grouping.aggregates.length;
    const isSink = op === abi.OP_GROUP;
    const columns = this.freeRegister;
    const instructions = [
      ...[abi.OP_SOURCE, 0, 0, 0, 0, columns, 0, 0],
      ...[op, isSink ? -1 : this.freeRegister, -1, -1, -1, 0, 0, 0],
      ...(isSink ? [] : [abi.OP_COUNT, 0, 0, 0, 0, 0, 0, 0]),
    ];
    const data = new Uint8Array(Int32Array.from({ length: columns }, (_, i) => i).buffer);
    this.run = new ProgramRun(
      kernel,
      { instructions: Int32Array.from(instructions), registers: columns + 1, constants: [], data },
      [this.sink],
      new Map(),
    );
  }

  /** Brings in rows, at most `piece` at a time. */
  add(rows: readonly GroupingRow[], piece: number = abi.VECTOR_ROWS): void {
    const { keyType } = this.#grouping;
    for (let from = 0; from < rows.length; from += piece) {
      const part = rows.slice(from, from + piece);
      const leaves = part.map(([key, ...values]) => [
        ...(keyType ? leafValues(keyType, key) : []),
        ...(values as VectorValue[]),
      ]);
      const registers = Math.max(1, this.freeRegister);
      this.run.runValues(
        Array.from({ length: registers }, (_, register) => ({
          register,
          values: leaves.map((leaf) => leaf[register]),
        })),
      );
    }
  }

  /** What a finished frame holds. */
  get rowType(): RowType {
    const { keyType, aggregates } = this.#grouping;
    return { kind: "tuple", items: [...(keyType ? [keyType] : []), ...aggregates.map(({ type }) => type)] };
  }

  /** The rows of each partition; frees the frames. */
  finish(partitions: number): unknown[][][] {
    const frames = this.sink.finish(partitions, columnKinds(this.rowType));
    return frames.map(({ ptr, rows, bytes }) => {
      if (this.#kernel.call("blockVerify", ptr) !== 1) throw new Error("A frame is not sealed.");
      if (this.#kernel.memory.view.getUint32(ptr + abi.BLOCK_BYTES, true) !== bytes) throw new Error("Another size.");
      const decoded = [...decodeFrame(this.rowType, this.#kernel.memory, ptr, rows)].flat() as unknown[][];
      this.#kernel.memory.free(ptr);
      return decoded;
    });
  }

  free(): void {
    this.run.free();
  }
}
