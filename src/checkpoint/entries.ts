/** The entries of a checkpoint's log as values, and as payloads of sealed values. docs/formats.md is the specification. */
import { encodeRows } from "../block/codec.js";
import { Cursor } from "./cursor.js";

/** A process begins to write for the job. */
export interface Opened {
  /** What tells its process from others of its host, and its host from others; empty where the host does not tell. */
  readonly host: string;
  readonly process: string;
  /** Random: two processes never write the same bytes, which each would take for its own. */
  readonly writer: string;
  /** When, by the clock of the host. */
  readonly wallMs: number;
  /** Batch times are this plus a multiple of the interval. */
  readonly zeroMs: number;
  readonly intervalMs: number;
  /** The states of the graph by name, and what must be the same for a state to be attached. */
  readonly states: ReadonlyMap<string, { readonly signature: string; readonly numPartitions: number }>;
  /** The inputs by name, and for how many ms what they took is kept after its batch. */
  readonly inputs: ReadonlyMap<string, number>;
  /** Names of states that are there no more. */
  readonly dropped: readonly string[];
}

/** A batch is to be run: what it takes is settled before anything of it is seen. */
export interface Planned {
  /** Number of the batch in its job, from 0. */
  readonly id: number;
  readonly timeMs: number;
  readonly wallMs: number;
  /** What each input has taken, by name: enough to take it again. */
  readonly inputs: ReadonlyMap<string, unknown>;
}

/** A batch is done: it will not run again. */
export interface Committed {
  readonly id: number;
  readonly timeMs: number;
  readonly wallMs: number;
  /** What its versions of state have changed, by name: a list of what `encodeChange` makes, in the order of their times. */
  readonly states: ReadonlyMap<string, readonly Uint8Array[]>;
  /** Records a second that each input takes at most, by name, where that is limited. */
  readonly rates: ReadonlyMap<string, number>;
}

export function encodeOpened({
  host,
  process,
  writer,
  wallMs,
  zeroMs,
  intervalMs,
  states,
  inputs,
  dropped,
}: Opened): Uint8Array {
  const shapes = [...states].map(([name, { signature, numPartitions }]) => [name, signature, numPartitions]);
  return encodeRows([host, process, writer, wallMs, zeroMs, intervalMs, shapes, [...inputs], dropped]);
}

export function decodeOpened(key: string, payload: Uint8Array): Opened {
  const fields = Cursor.of(key, payload);
  return {
    host: fields.text(),
    process: fields.text(),
    writer: fields.text(),
    wallMs: fields.number(),
    zeroMs: fields.number(),
    intervalMs: fields.number(),
    states: new Map(fields.each((state) => [state.text(), { signature: state.text(), numPartitions: state.count() }])),
    inputs: new Map(fields.each((input) => [input.text(), input.number()])),
    dropped: fields.texts(),
  };
}

export function encodePlanned({ id, timeMs, wallMs, inputs }: Planned): Uint8Array {
  return encodeRows([id, timeMs, wallMs, [...inputs]]);
}

export function decodePlanned(key: string, payload: Uint8Array): Planned {
  const fields = Cursor.of(key, payload);
  return {
    id: fields.count(),
    timeMs: fields.number(),
    wallMs: fields.number(),
    inputs: new Map(fields.each((input) => [input.text(), input.value()])),
  };
}

export function encodeCommitted({ id, timeMs, wallMs, states, rates }: Committed): Uint8Array {
  return encodeRows([id, timeMs, wallMs, [...states], [...rates]]);
}

export function decodeCommitted(key: string, payload: Uint8Array): Committed {
  const fields = Cursor.of(key, payload);
  return {
    id: fields.count(),
    timeMs: fields.number(),
    wallMs: fields.number(),
    states: new Map(fields.each((state) => [state.text(), state.bytesList()])),
    rates: new Map(fields.each((rate) => [rate.text(), rate.number()])),
  };
}
