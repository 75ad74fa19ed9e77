/** What the promises of a context's sources and sinks depend on. */
export interface Safety {
  /** A store for checkpoints is set. */
  readonly hasStore: boolean;
  /** What is received is logged ahead. */
  readonly hasLog: boolean;
  /** What follows a failed batch: the next one, or the end of the context, and the same batch again after a restart. */
  readonly onBatchFailure: "continue" | "stop";
}

/**
 * What holds for each record of a source that was accepted, and for each batch of a sink, if the process dies at any moment.
 *
 * - `exact`: it counts once.
 * - `at-least-once`: it counts, perhaps again.
 * - `once-or-lost`: it counts once, or is lost.
 * - `until-restart`: it counts once while the process lives; the next process begins without knowing of it.
 */
export type Promised = "exact" | "at-least-once" | "once-or-lost" | "until-restart";

/** A promise, and what it rests on, in words that end its line. */
export interface Guarantee {
  /** What holds. */
  readonly promised: Promised;
  /** What it rests on. */
  readonly because: string;
}

/** The line that says what a source, a sink or a store promises. */
export function guaranteeLine(
  kind: "source" | "sink" | "store",
  name: string,
  { promised, because }: Guarantee,
): string {
  return `${kind} ${name}: ${promised}; ${because}`;
}

/** What a sink promises whose batches are written as a whole, and as the same when they run again. */
export function wholeBatches(written: string, { hasStore, onBatchFailure }: Safety): Guarantee {
  if (!hasStore) {
    return {
      promised: "once-or-lost",
      because: `${written}; without a store for checkpoints a batch that is not finished when the process ends is not written later`,
    };
  }
  const butFailed = onBatchFailure === "stop" ? "" : `; a batch that fails is left out (onBatchFailure: "continue")`;
  return { promised: "exact", because: `${written}; a batch that runs again changes nothing${butFailed}` };
}

/** What a sink promises whose batches are given to code that may do anything. */
export function givenBatches(given: string, { hasStore }: Safety): Guarantee {
  if (!hasStore) {
    return {
      promised: "once-or-lost",
      because: `${given}; without a store for checkpoints a batch that is not finished when the process ends may be half done`,
    };
  }
  return {
    promised: "at-least-once",
    because: `${given}; a batch that runs again after a recovery comes again, with a higher attempt`,
  };
}
