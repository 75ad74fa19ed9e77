import { EncodedRows, encodeLists } from "../../block/encoded-rows.js";
import { CountOperator } from "../../operators/count.js";
import type { StreamNode } from "../../plan/stream-node.js";
import type { Accumulator } from "../accumulator.js";
import type { ClosureLimits } from "../closure-rounds.js";
import type { RowsPlan } from "../task.js";
import type { ProgramBuilt, ProgramMessage } from "../worker.js";
import type { AccumulatorLabel, ClosureInput, ClosurePlan, ClosureTask, ClosureUpdates } from "./closure-task.js";
import { COUNT, type OperatorAddress, operatorsOf } from "./graph-identity.js";

type AnyAccumulator = Accumulator<unknown, unknown>;

/** A program whose graph the workers have, and whose streams are those of a context here. */
interface LoadedProgram {
  readonly nodes: readonly StreamNode[];
  /** Those of the context's engine that are the program's, in the order in which it makes them; undefined where one is not found. */
  readonly accumulators: ReadonlyArray<AnyAccumulator | undefined>;
  readonly limits: ClosureLimits;
  /** The addresses of operators that only the host's thread can run to the end. */
  readonly here: Set<string>;
}

/** Where an operator of a context is in the graph that workers have. */
interface Place {
  readonly program: number;
  readonly address: OperatorAddress;
}

/** What can be told to a worker: a plan, all of whose operators are of one program. */
export interface PlaceablePlan {
  readonly program: number;
  readonly plan: ClosurePlan;
}

let lastProgram = 0;

/** The programs that an engine's workers have, and how tasks are told to them: operators by their places in the graph, rows as bytes. */
export class Programs {
  readonly #loaded = new Map<number, LoadedProgram>();
  readonly #places = new WeakMap<object, Place>();
  /** Rows that are JavaScript values are encoded for workers too: that costs more than it saves, but shows any closure there. */
  encodesValues = false;

  /** The number of a program to come. */
  next(): number {
    lastProgram += 1;
    return lastProgram;
  }

  /** Workers have the graph: the first of `nodes` are the program's. `accumulators`: those made since the context was. */
  add(
    { program }: ProgramMessage,
    built: ProgramBuilt,
    nodes: readonly StreamNode[],
    accumulators: readonly AnyAccumulator[],
    limits: ClosureLimits,
  ): void {
    for (const node of nodes.slice(0, built.streams)) {
      for (const [index, operator] of operatorsOf(node).entries()) {
        if (!this.#places.has(operator)) this.#places.set(operator, { program, address: [node.id, index] });
      }
    }
    const known = matching(built.accumulators, accumulators);
    this.#loaded.set(program, { nodes, accumulators: known, limits, here: new Set() });
  }

  /** What closures of a program that is loaded may do. */
  limitsOf(program: number): ClosureLimits {
    return this.#loaded.get(program)!.limits;
  }

  delete(program: number): void {
    this.#loaded.delete(program);
  }

  /** Whether there is any program. */
  get isEmpty(): boolean {
    return this.#loaded.size === 0;
  }

  /** Where workers have the operator; undefined where they do not. */
  placeOf(operator: object): Place | undefined {
    const place = this.#places.get(operator);
    const loaded = place && this.#loaded.get(place.program);
    return loaded && !loaded.here.has(String(place.address)) ? place : undefined;
  }

  /** Operators that end such a task run on the host's thread from now on; says so, and why. */
  keepHere({ program, sink, plan }: ClosureTask, warn: (line: string) => void, why: string): void {
    const ofProgram = plan.steps.map(({ operator }) => operator).filter(([stream]) => stream !== COUNT[0]);
    const last = sink.kind === "gather" ? ofProgram.at(-1) : sink.operator;
    const loaded = this.#loaded.get(program);
    if (last === undefined || loaded === undefined || loaded.here.has(String(last))) return;
    loaded.here.add(String(last));
    const [stream, index] = last;
    const { name } = operatorsOf(loaded.nodes[stream]!)[index]!;
    warn(`millrace: ${name} (stream ${stream}) runs on the host's thread from now on, not in workers: ${why}`);
  }

  /** Whether workers had the operator, but what it makes cannot leave the thread that makes it. */
  isKeptHere(operator: object): boolean {
    const place = this.#places.get(operator);
    return place !== undefined && this.#loaded.get(place.program)?.here.has(String(place.address)) === true;
  }

  /** Whether rows that go through the operator can do so in a worker, if others of the same plan do. */
  mayPlace(operator: object): boolean {
    return this.placeOf(operator) !== undefined || operator instanceof CountOperator;
  }

  /** The plan as workers of `program`, or of that of its first operator, take it; undefined where they cannot, or where its rows would have to be encoded first. */
  planOf(plan: RowsPlan, program?: number): PlaceablePlan | undefined {
    const found = { program };
    const placed = this.#placed(plan, found);
    return placed && found.program !== undefined && hasBytes(placed)
      ? { program: found.program, plan: placed }
      : undefined;
  }

  /** What the accumulators of the engine are given; undefined where one of them is not known here. */
  updatesOf(
    program: number,
    updates: readonly ClosureUpdates[],
  ): ReadonlyArray<{ accumulator: AnyAccumulator; value: unknown }> | undefined {
    const accumulators = this.#loaded.get(program)?.accumulators;
    if (updates.some(({ accumulator }) => accumulators?.[accumulator] === undefined)) return undefined;
    return updates.flatMap(({ accumulator, values }) =>
      values.map((value) => ({ accumulator: accumulators![accumulator]!, value })),
    );
  }

  #placed(plan: RowsPlan, found: { program: number | undefined }): ClosurePlan | undefined {
    const steps: Array<ClosurePlan["steps"][number]> = [];
    for (const { operator, partition } of plan.steps) {
      const place = this.placeOf(operator);
      if (place) {
        if (place.program !== (found.program ?? place.program)) return undefined;
        found.program = place.program;
        steps.push({ operator: place.address, partition });
      } else if (operator instanceof CountOperator) steps.push({ operator: COUNT, partition });
      else return undefined;
    }
    const inputs: Array<ClosureInput | ClosurePlan> = [];
    for (const input of plan.inputs) {
      const placed = "steps" in input ? this.#placed(input, found) : this.#input(input);
      if (placed === undefined) return undefined;
      inputs.push(placed);
    }
    return { inputs: inputs as ClosurePlan["inputs"], steps };
  }

  #input(input: Exclude<RowsPlan["inputs"][number], RowsPlan>): ClosureInput | undefined {
    if (input.kind !== "rows") return input;
    if (input instanceof EncodedRows) return { kind: "encoded", chunks: input.chunks };
    if (input.rows.length === 0) return { kind: "encoded", chunks: [] };
    return this.encodesValues ? encoded(input.rows) : undefined;
  }
}

/** Whether there is anything to read at all. */
function hasBytes({ inputs }: ClosurePlan): boolean {
  return inputs.some((input) =>
    "steps" in input ? hasBytes(input) : input.kind !== "encoded" || input.chunks.length > 0,
  );
}

function encoded(rows: readonly unknown[]): ClosureInput | undefined {
  try {
    return { kind: "encoded", chunks: encodeLists([rows], false)[0]! };
  } catch {
    return undefined;
  }
}

/** For each label the next accumulator that was made at the same place; where that is not known, or is told otherwise, the next of its name. */
function matching(
  labels: readonly AccumulatorLabel[],
  accumulators: readonly AnyAccumulator[],
): Array<AnyAccumulator | undefined> {
  let next = 0;
  return labels.map(({ name, site }) => {
    const rest = accumulators.slice(next);
    const bySite = rest.findIndex((each) => each.name === name && site !== undefined && each.site === site);
    const at = bySite < 0 && name !== undefined ? rest.findIndex((each) => each.name === name) : bySite;
    if (at < 0) return undefined;
    next += at + 1;
    return rest[at];
  });
}
