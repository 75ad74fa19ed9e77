import type { Origin } from "../plan/origin.js";
import type { StateTable } from "../state/state-table.js";
import { asPair } from "./lambda.js";

/** Gives a table the pairs that a program starts a state with. */
export function putPairs(
  table: StateTable<unknown>,
  rows: readonly unknown[] | undefined,
  origin: Origin,
  timeMs: number,
): void {
  for (const row of rows ?? []) {
    const [key, state] = asPair(origin, row);
    table.put(key, state, timeMs);
  }
}
