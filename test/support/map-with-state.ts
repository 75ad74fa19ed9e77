import type { DStream, State, StateSpec } from "millrace";
import { collected } from "millrace/testing";
import { type ContextOptions, INTERVAL_MS, manualContext } from "./batches.js";

/** A spec on records and states that are numbers. */
export type CountSpec<M> = StateSpec<string, number, number, M>;

/** Adds a record to the state of its key; gives the sum. */
export function addUp(state: State<number>, value: number | undefined): number {
  const sum = (value ?? 0) + (state.getOption() ?? 0);
  state.update(sum);
  return sum;
}

/** Runs pairs through a spec; resolves to what the function gave and to the snapshots, rows sorted. */
export async function runStates<V, M>(
  input: ReadonlyArray<Iterable<[string, V]> | null>,
  spec: StateSpec<string, V, number, M>,
  options: ContextOptions = {},
): Promise<{ outputs: M[][]; snapshots: Array<Array<[string, number]>> }> {
  const { ssc, clock } = manualContext({ master: "local[2]", ...options });
  const stream = (ssc.queueStream([...input]) as DStream<[string, V]>).mapWithState(spec);
  const outputs = collected(stream);
  const snapshots = collected(stream.stateSnapshots());
  void ssc.start();
  await clock.advance(input.length * INTERVAL_MS);
  await ssc.stop();
  await ssc.awaitTermination();
  return { outputs: sorted(outputs), snapshots: sorted(snapshots) };
}

/** The rows of each batch in one order, so that what is compared is sets. */
export function sorted<T>(batches: T[][]): T[][] {
  const order = (row: T) => JSON.stringify(row);
  return batches.map((rows) => [...rows].sort((a, b) => (order(a) < order(b) ? -1 : 1)));
}
