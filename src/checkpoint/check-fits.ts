import { CheckpointError } from "../errors.js";
import type { Found } from "./generations.js";
import type { NamedStreams } from "./names.js";

/** Throws a `CheckpointError` where what was saved does not fit the graph: "state-mismatch", "input-missing". */
export function checkFits(
  { image, saved }: Found,
  { states, inputs }: NamedStreams,
  dropped: ReadonlySet<string>,
): void {
  for (const name of saved.keys()) {
    if (dropped.has(name)) continue;
    const was = image.states.get(name)!.signature;
    const is = states.get(name)?.signature;
    if (is !== was) throw mismatch(name, was, is, [...states.keys()]);
  }
  for (const { planned } of image.pending.values()) {
    for (const [name, took] of planned.inputs) {
      if (took !== undefined && !inputs.has(name)) throw missing(name, planned.timeMs, [...inputs.keys()]);
    }
  }
}

function mismatch(name: string, was: string, is: string | undefined, names: readonly string[]): CheckpointError {
  const now = is === undefined ? `there is no such state in the graph (it has ${listed(names)})` : `it is ${is}`;
  return new CheckpointError(
    `The checkpoint has the state of ${JSON.stringify(name)}, which was ${was}, and now ${now}: build the graph as it was, give the stream its name by named(), ` +
      `or let the state go by dropState(${JSON.stringify(name)}) before the context starts.`,
    { code: "state-mismatch", details: { operator: name, was, is } },
  );
}

function missing(name: string, timeMs: number, names: readonly string[]): CheckpointError {
  return new CheckpointError(
    `The batch of ${timeMs} ms was planned and is not done, and the graph has no input ${JSON.stringify(name)} to take its records from (it has ${listed(names)}): ` +
      "run the program as it was until that batch is done, or give the input its name by named().",
    { code: "input-missing", details: { input: name, timeMs } },
  );
}

function listed(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(", ") || "none";
}
