import { crc32c } from "../block/crc32c.js";
import { PlanError } from "../errors.js";
import type { BatchInput } from "../plan/batch-input.js";
import type { DurableState } from "../plan/durable-state.js";
import type { StreamNode } from "../plan/stream-node.js";
import { InputOperator, type StreamOperator } from "../plan/stream-operator.js";
import { KeptRows } from "./kept-rows.js";

/** Ends the name under which rows of a stream are saved that later batches look back at. */
const ROWS = " rows";

/** The names by which a checkpoint finds what belongs to the streams of a graph. */
export interface NamedStreams {
  readonly states: ReadonlyMap<string, NamedState>;
  readonly inputs: ReadonlyMap<string, BatchInput>;
}

export interface NamedState {
  readonly state: DurableState;
  /** What must be the same for a saved state to be attached. */
  readonly signature: string;
}

/**
 * Names streams that have something to save: by `named()`, or by the kind of operator and a hash of its ancestors' kinds and parameters. Functions do not count: their code may
 * change. **Errors:** `PlanError` "ambiguous-name" where two states would have the same name.
 */
export function nameStreams(nodes: ReadonlySet<StreamNode>): NamedStreams & { readonly kept: readonly KeptRows[] } {
  const states = new Map<string, NamedState>();
  const inputs = new Map<string, BatchInput>();
  const kept: KeptRows[] = [];
  const names = new Names();
  for (const node of nodes) {
    const { durable } = node.operator as StreamOperator;
    if (node.operator instanceof InputOperator) inputs.set(names.forInput(node, inputs), node.operator.input);
    if (durable) states.set(names.take(node), { state: durable, signature: signatureOf(node, durable) });
    const windows = [...nodes].filter(({ parents, operator }) => parents.includes(node) && operator.windowMs);
    if (windows.length === 0) continue;
    const rows = new KeptRows(node);
    // Panes of a window have no name that the program gave: they are known by that of the window.
    const name = names.take(node.label ? node : windows[0]!, ROWS);
    states.set(name, { state: rows, signature: rowsSignature(node, windows) });
    kept.push(rows);
  }
  return { states, inputs, kept };
}

/** Gives out names, each once. */
class Names {
  readonly #lineages = new Map<StreamNode, string>();
  readonly #taken = new Map<string, StreamNode>();

  /** Inputs of one kind without names are told apart by their order: they hold nothing for longer than a batch. */
  forInput(node: StreamNode, taken: ReadonlyMap<string, unknown>): string {
    const name = this.#nameOf(node);
    let free = name;
    for (let place = 2; node.label === undefined && taken.has(free); place++) free = `${name}-${place}`;
    return this.#give(free, node);
  }

  take(node: StreamNode, ending = ""): string {
    return this.#give(this.#nameOf(node) + ending, node);
  }

  #nameOf(node: StreamNode): string {
    return node.label ?? `${node.name}-${hashOf(this.#lineageOf(node))}`;
  }

  #give(name: string, node: StreamNode): string {
    const other = this.#taken.get(name);
    if (other) throw ambiguous(name, other, node);
    this.#taken.set(name, node);
    return name;
  }

  /** The kinds and parameters of a stream and of all that it is made of; a name stands for all of that. */
  #lineageOf(node: StreamNode): string {
    const known = this.#lineages.get(node);
    if (known !== undefined) return known;
    const parents = node.parents.map((parent) => hashOf(this.#lineageOf(parent)));
    const lineage = node.label ?? `${paramsOf(node)} of ${parents.join(", ")}`;
    this.#lineages.set(node, lineage);
    return lineage;
  }
}

function paramsOf({ name, operator, slideDuration }: StreamNode): string {
  const { windowMs = 0, variant = "" } = operator as StreamOperator;
  const about = operator instanceof InputOperator ? (operator.input.address ?? "") : variant;
  return `${name} ${about} window ${windowMs} ms slide ${slideDuration.milliseconds} ms`;
}

function signatureOf({ name, operator, slideDuration }: StreamNode, { numPartitions }: DurableState): string {
  const window = operator.windowMs === undefined ? "" : `, a window of ${operator.windowMs} ms`;
  return `${name} in ${numPartitions} partitions${window}, every ${slideDuration.milliseconds} ms`;
}

function rowsSignature({ name, slideDuration }: StreamNode, windows: readonly StreamNode[]): string {
  const lengthMs = Math.max(...windows.map(({ operator }) => operator.windowMs ?? 0));
  return `rows of ${name}, every ${slideDuration.milliseconds} ms, for windows of ${lengthMs} ms`;
}

function hashOf(text: string): string {
  return crc32c(new TextEncoder().encode(text)).toString(16).padStart(8, "0");
}

function ambiguous(name: string, a: StreamNode, b: StreamNode): PlanError {
  return new PlanError(
    `A checkpoint finds what it has saved by the name of a stream, and ${a.name} (stream ${a.id}) and ${b.name} (stream ${b.id}) would both be ${JSON.stringify(name)}: ` +
      "give each a name of its own by named().",
    { code: "ambiguous-name", details: { name, streams: [a.id, b.id] } },
  );
}
