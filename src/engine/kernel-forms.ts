import type { FrameBlock, InputBlock } from "../block/block.js";
import { columnKinds, leavesOf, NUMBER, type RowType, sameType } from "../block/row-type.js";
import type { Partitioning } from "../kernel/collect-sink.js";
import type { GroupSpec, KeyShape } from "../kernel/group-spec.js";
import { type BuiltProgram, scalarsOf, typeOf } from "../lowering/compile/kernel-rows.js";
import { SampleOperator } from "../operators/sample.js";
import { BackOff } from "../plan/back-off.js";
import type { ChainEnd, KernelSource } from "../plan/kernel-chain.js";
import type { KernelEnd, NarrowOperator, OrderOperator, ShuffleOperator } from "../plan/operator.js";
import type { NarrowStep } from "../plan/partition-plan.js";
import { type CompiledChain, compileChain } from "./compiled-chain.js";
import type { KernelInput, KernelSink, KernelWork } from "./task.js";

/** A key in text has at least this many bytes, its separator with it. */
const KEY_BYTES_MIN = 2;
/** Different sources that a chain of operators is compiled for. */
const SOURCES_MAX = 8;
/** Operators that those of batches to come are compared with. */
const LIKELY_MAX = 64;

/** What is known of a chain of operators and its end. */
export class KernelForm {
  readonly operators: readonly NarrowOperator[];
  readonly source: KernelSource;
  readonly endKind: ChainEnd["kind"];
  /** The operator at the end, if one is. */
  readonly end: ShuffleOperator | OrderOperator | undefined;
  /** Undefined where the kernel does nothing of it. */
  readonly chain: CompiledChain | undefined;
  /** Keys in the largest task of the last batch: the next one will have about as many. */
  keysSeen = 0;
  /** Of a chain that ends in groups. */
  readonly #groupSpec: GroupSpec | undefined;
  readonly #backOff = new BackOff();

  constructor(operators: readonly NarrowOperator[], source: KernelSource, end: ChainEnd) {
    this.operators = operators;
    this.source = source;
    this.endKind = end.kind;
    this.end = end.kind === "none" ? undefined : end.operator;
    this.chain = compileChain(source, operators, end);
    if (this.chain?.end.kind === "group") this.#groupSpec = groupSpec(this.chain.end, this.chain.built);
  }

  /** Whether a stage should run it now: not where the kernel does nothing of it, nor for some time after it left rows to JavaScript. */
  attempt(): boolean {
    return this.#backOff.attempt() && this.chain !== undefined;
  }

  /** The kernel has left rows to JavaScript. */
  bailed(): void {
    this.#backOff.bailed();
  }

  /**
   * What a task does, whose operators are `steps`. `reducers`: partitions that its rows are dealt out to; `partition`: its own index, among `of` tasks.
   */
  work(
    inputs: readonly KernelInput[],
    steps: readonly NarrowStep[],
    reducers: number,
    partition: number,
    of: number,
  ): KernelWork {
    const { built, type, words } = this.chain!;
    const keysExpected = Math.min(this.keysSeen, mostKeys(inputs));
    if (words?.op === "sum-words") return { ...words, op: "sum-words", reducers, keysExpected, type: type! };
    if (words) return { op: "count-words", separator: words.separator };
    const seeds = steps.flatMap((step) =>
      step.operator instanceof SampleOperator ? step.operator.seedOf(step.partition) : [],
    );
    return { op: "program", program: built.program, seeds, sink: this.#sink(keysExpected, reducers, partition, of) };
  }

  #sink(keysExpected: number, reducers: number, partition: number, of: number): KernelSink {
    const { built, end, type, order } = this.chain!;
    const instruction = built.fold?.instruction ?? built.sink;
    switch (end.kind) {
      case "count":
        return { kind: "count" };
      case "group":
        return { kind: "group", instruction, spec: this.#groupSpec!, reducers, keysExpected, type: type! };
      case "rows": {
        const columns = columnsOf(built.inputs, columnKinds(type!));
        const partitioning = partitioningOf(end.deal, type!, built.inputs, reducers, partition);
        return { kind: "rows", options: { instruction, columns, partitioning }, type: type! };
      }
      case "keyed": {
        const columns = columnsOf(built.inputs, columnKinds(type!));
        const options = { instruction, columns, partitioning: { by: "one" } } as const;
        const sink = { kind: "ordered", options, keys: order!.keys } as const;
        // What is put in order by one task for one partition is the result: nobody asks for its keys.
        return { ...sink, type: of === 1 && reducers === 1 && type!.kind === "tuple" ? type!.items[0]! : type! };
      }
      case "first": {
        const { rowColumns, kinds, keys } = order!;
        const columns = columnsOf(built.inputs, kinds);
        const options = { instruction, columns, rowColumns, keys, wanted: end.wanted };
        return { kind: "first", options, type: type! };
      }
    }
  }

  /** Keeps the number of keys that tasks found for the next batch. */
  rememberKeys(tasks: ReadonlyArray<ReadonlyArray<readonly FrameBlock[]>>): void {
    const rows = tasks.map((partitions) => partitions.flat().reduce((sum, block) => sum + block.rows, 0));
    this.keysSeen = Math.max(0, ...rows);
  }
}

/** No more keys than this can be in the inputs. */
function mostKeys(inputs: readonly KernelInput[]): number {
  return inputs.reduce((sum, input) => sum + (input.kind === "frame" ? input.rows : input.bytes / KEY_BYTES_MIN), 0);
}

/** The columns that a sink collects. */
function columnsOf(inputs: readonly number[], kinds: readonly number[]): Array<{ register: number; kind: number }> {
  return inputs.map((register, i) => ({ register, kind: kinds[i]! }));
}

/**
 * What the sink of a group reads: `inputs` are the leaves of the key, then of each aggregate what a key begins with and what is brought in. Where the
 * program folds it has what keys begin with from its fold.
 */
function groupSpec(
  { key, aggregates }: Extract<KernelEnd, { kind: "group" }>,
  { inputs, fold }: BuiltProgram,
): GroupSpec {
  const shape = key && typeOf(key);
  const keys = key ? scalarsOf(key).length : 0;
  const registers = (i: number) => {
    if (!fold) return { first: inputs[keys + 2 * i]!, value: inputs[keys + 2 * i + 1]! };
    const first = fold.registers[keys + i]!;
    return { first, value: first };
  };
  return {
    ...(shape && { key: shape as KeyShape }),
    keyRegisters: (fold?.registers ?? inputs).slice(0, keys),
    aggregates: aggregates.map(({ op, type, sketch }, i) => ({
      op,
      ...registers(i),
      isNumber: type.tags === NUMBER.tags,
      ...(sketch && { sketch }),
    })),
  };
}

/** Which partition a row goes to; the leaves of the key of a pair are its first ones. */
function partitioningOf(
  deal: Extract<KernelEnd, { kind: "rows" }>["deal"],
  type: RowType,
  inputs: readonly number[],
  partitions: number,
  partition: number,
): Partitioning {
  switch (deal) {
    case "none":
      return { by: "one" };
    case "key": {
      const key = type.kind === "tuple" ? type.items[0]! : type;
      if (key.kind === "scalar") return { by: "hash", partitions, register: inputs[0]! };
      return { by: "canonical", partitions, key: key as KeyShape, registers: inputs.slice(0, leavesOf(key).length) };
    }
    case "turn":
      return { by: "deal", partitions, first: partition };
  }
}

type AnyOperator = NarrowOperator | ShuffleOperator | OrderOperator;

/** The kernel forms of an engine's chains, each compiled once. */
export class KernelForms {
  /** By the last operator of a chain before its end, where there is one. */
  #forms = new WeakMap<AnyOperator, KernelForm[]>();
  /** Such operators that others may be like, those asked for last at the end. */
  #likely: AnyOperator[] = [];

  /** The form of `steps`, then `end`, on rows of a source. */
  of(source: KernelSource, steps: readonly NarrowStep[], end: ChainEnd): KernelForm {
    const operators = steps.map(({ operator }) => operator);
    const last = lastOf(operators, end);
    const forms = this.#forms.get(last) ?? this.#formsOfLike(last);
    const known = forms.find((form) => isFormOf(form, source, operators, end));
    if (known) return known;
    const form = new KernelForm(operators, source, end);
    forms.push(form);
    if (forms.length > SOURCES_MAX) forms.shift();
    return form;
  }

  /** Whether the kernel can do `steps`, then `end`, on rows of some source that they were compiled for. */
  hasDone(steps: readonly NarrowStep[], end: Exclude<ChainEnd, { kind: "none" }>): boolean {
    const operators = steps.map(({ operator }) => operator);
    const forms = this.#forms.get(lastOf(operators, end)) ?? [];
    return forms.some((form) => form.chain !== undefined && isFormOf(form, form.source, operators, end));
  }

  /** A function turned out not to do what its source says: everything is compiled anew. */
  forget(): void {
    this.#forms = new WeakMap();
    this.#likely = [];
  }

  /** The forms of an operator that this one is like, which are its own from here on; none where there is no such operator. */
  #formsOfLike(operator: AnyOperator): KernelForm[] {
    const at = this.#likely.findLastIndex((other) => isLike(other, operator));
    const [like] = at < 0 ? [operator] : this.#likely.splice(at, 1);
    const forms = this.#forms.get(like!) ?? [];
    this.#forms.set(operator, forms);
    // The one that is there already goes on standing for the others: it is no garbage of a batch's.
    if (operator.isLike) this.#likely.push(like!);
    if (this.#likely.length > LIKELY_MAX) this.#likely.shift();
    return forms;
  }
}

/** The operator by which forms of a chain are found. */
function lastOf(operators: readonly NarrowOperator[], end: ChainEnd): AnyOperator {
  return operators.at(-1) ?? (end as Exclude<ChainEnd, { kind: "none" }>).operator;
}

function isFormOf(
  form: KernelForm,
  source: KernelSource,
  operators: readonly NarrowOperator[],
  end: ChainEnd,
): boolean {
  if (form.endKind !== end.kind || form.operators.length !== operators.length) return false;
  if (!sameSource(form.source, source)) return false;
  if (end.kind !== "none" && !isSame(form.end!, end.operator)) return false;
  return operators.every((operator, i) => isSame(form.operators[i]!, operator));
}

function isSame(one: AnyOperator, other: AnyOperator): boolean {
  return one === other || isLike(one, other);
}

/** Operators look at their kind themselves. */
function isLike(one: AnyOperator, other: AnyOperator): boolean {
  return one.name === other.name && ((one as { isLike?(other: AnyOperator): boolean }).isLike?.(other) ?? false);
}

function sameSource(a: KernelSource, b: KernelSource): boolean {
  return a === b || (a !== "lines" && b !== "lines" && sameType(a, b));
}

/** What the kernel reads a partition's blocks as, if they are all alike. */
export function sourceOf(blocks: readonly InputBlock[]): KernelSource | undefined {
  let source: KernelSource | undefined;
  for (const block of blocks) {
    if (block.kind === "rows") return undefined;
    const each: KernelSource = block.kind === "slice" ? "lines" : block.type;
    if (source !== undefined && !sameSource(source, each)) return undefined;
    source = each;
  }
  return source ?? "lines";
}
