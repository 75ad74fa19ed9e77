import type { ClosureOutcome, ClosureTask } from "./program/closure-task.js";
import { unpackError } from "./program/packed-error.js";

/** How a task of closures ended: on this thread, on another one, or by an error. */
export type Ended<R> =
  | { readonly here: R }
  | Exclude<ClosureOutcome, { readonly error: unknown }>
  | { readonly thrown: unknown };

export interface ClosureRounds<R> {
  readonly tasks: readonly ClosureTask[];
  /** Runs a task on this thread, and throws what it throws. */
  readonly runHere: (index: number) => R;
  /** Gives workers a round, whose tasks are claimed by the counter. */
  readonly runThere: (round: readonly ClosureTask[], claims: Int32Array) => Array<Promise<readonly ClosureOutcome[]>>;
  readonly newClaims: (tasks: number) => Int32Array;
  /** Called after each task that ran here: other work of the host may have its turn. */
  readonly breathe: () => Promise<void>;
  /** Rounds at most: what workers that ended had claimed runs again so often. */
  readonly roundsMax: number;
}

/**
 * Runs tasks of closures on workers and on this thread. One outcome for each task; where one ended with an error, none for those after it that had not
 * begun. Undefined where workers ended in each of `roundsMax` rounds.
 */
export async function runClosureRounds<R>(options: ClosureRounds<R>): Promise<Array<Ended<R> | undefined> | undefined> {
  const { tasks, runThere, newClaims, roundsMax } = options;
  const outcomes: Array<Ended<R> | undefined> = new Array(tasks.length);
  let pending = tasks.map((_, index) => index);
  for (let attempt = 1; pending.length > 0; attempt++) {
    if (attempt > roundsMax) return undefined;
    const round = pending.map((index) => ({ ...tasks[index]!, attempt }));
    const claims = newClaims(round.length);
    const helping = runThere(round, claims);
    await runOwn(options, pending, claims, outcomes);
    for (const outcome of (await Promise.all(helping)).flat()) {
      outcomes[pending[outcome.index]!] = "error" in outcome ? { thrown: unpackError(outcome.error) } : outcome;
    }
    const failed = outcomes.findIndex((outcome) => outcome !== undefined && "thrown" in outcome);
    // What a worker that ended had claimed runs again; what comes after an error need not run.
    pending = pending.filter((index) => outcomes[index] === undefined && (failed < 0 || index < failed));
  }
  return outcomes;
}

async function runOwn<R>(
  { runHere, breathe }: ClosureRounds<R>,
  pending: readonly number[],
  claims: Int32Array,
  outcomes: Array<Ended<R> | undefined>,
): Promise<void> {
  for (;;) {
    const index = pending[Atomics.add(claims, 0, 1)];
    if (index === undefined) return;
    try {
      outcomes[index] = { here: runHere(index) };
    } catch (error) {
      outcomes[index] = { thrown: error };
      Atomics.store(claims, 0, pending.length);
    }
    await breathe();
  }
}
