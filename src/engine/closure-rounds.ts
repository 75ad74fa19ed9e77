import { KernelError } from "../errors.js";
import type { ClosureOutcome, ClosureTask } from "./program/closure-task.js";
import { unpackError } from "./program/packed-error.js";

/** What closures of a program may do. */
export interface ClosureLimits {
  /** A worker that is busy with a round of them for longer is ended. */
  readonly timeoutMs: number;
  /** They run on this thread only where there are no workers. */
  readonly inWorkersAlone: boolean;
}

/** How a task of closures ended: on this thread, on another one, or by an error. */
export type Ended<R> =
  | { readonly here: R }
  | Exclude<ClosureOutcome, { readonly error: unknown }>
  | { readonly thrown: unknown };

export interface ClosureRounds<R> {
  readonly tasks: readonly ClosureTask[];
  /** Runs a task on this thread, and throws what it throws. */
  readonly runHere: (index: number) => R;
  /** Whether this thread may run tasks at all. It runs none of those that a worker has ended with: they might end the process, or never end. */
  readonly mayRunHere: boolean;
  /** Gives up to `workers` workers a round, whose tasks are claimed by the counter. */
  readonly runThere: (
    round: readonly ClosureTask[],
    claims: Int32Array,
    workers: number,
  ) => Array<Promise<readonly ClosureOutcome[]>>;
  readonly newClaims: (workers: number) => Int32Array;
  /** Ends workers that are busy for too long from now on. */
  readonly watch: () => Watch;
  /** Resolves when others have taken the place of workers that ended, or cannot. */
  readonly replaced: () => Promise<void>;
  /** The error of workers that ended too often, or that nobody has replaced. */
  readonly failure: (attempts: number, isLate: boolean) => Error;
  /** Called after each task that ran here: other work of the host may have its turn. */
  readonly breathe: () => Promise<void>;
  /** Rounds at most: what workers that ended had claimed runs again so often. */
  readonly roundsMax: number;
}

/** Looks after the workers of a round. */
export interface Watch {
  /** Some of them were ended, as they took too long. */
  readonly isLate: boolean;
  /** The round is over. */
  end(): void;
}

/**
 * Runs tasks of closures on workers and on this thread. One outcome for each task; where one ended with an error, none for those after it that had not
 * begun. Throws `failure` where workers ended in each of `roundsMax` rounds, or none is left for what others have ended with.
 */
export async function runClosureRounds<R>(options: ClosureRounds<R>): Promise<Array<Ended<R> | undefined>> {
  const { tasks, runThere, newClaims, watch, replaced, failure, roundsMax } = options;
  const outcomes: Array<Ended<R> | undefined> = new Array(tasks.length);
  let isHere = options.mayRunHere;
  let isLate = false;
  let pending = tasks.map((_, index) => index);
  for (let attempt = 1; pending.length > 0; attempt++) {
    if (attempt > roundsMax) throw failure(attempt - 1, isLate);
    const round = pending.map((index) => ({ ...tasks[index]!, attempt }));
    const workers = isHere ? round.length - 1 : round.length;
    const claims = newClaims(workers);
    const helping = runThere(round, claims, workers);
    if (!isHere && helping.length === 0) throw failure(attempt - 1, isLate);
    const watching = watch();
    if (isHere) await runOwn(options, pending, claims, outcomes);
    const theirs = await Promise.all(helping);
    watching.end();
    for (const outcome of theirs.flat()) {
      outcomes[pending[outcome.index]!] = "error" in outcome ? { thrown: unpackError(outcome.error) } : outcome;
    }
    const failed = outcomes.findIndex((outcome) => outcome !== undefined && "thrown" in outcome);
    // What a worker that ended had claimed runs again; what comes after an error need not run.
    pending = pending.filter((index) => outcomes[index] === undefined && (failed < 0 || index < failed));
    if (pending.length === 0) break;
    isHere = false;
    isLate ||= watching.isLate;
    await replaced();
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

/** The error of closures that took too long in each of their attempts. */
export function lateError(timeoutMs: number, attempts: number): KernelError {
  return new KernelError(
    `Closures ran in a worker for more than ${timeoutMs} ms (batchTimeout), ${attempts} times in a row, and were ended: make the batch smaller, or batchTimeout longer.`,
    { code: "batch-timeout", details: { timeoutMs, attempts } },
  );
}
