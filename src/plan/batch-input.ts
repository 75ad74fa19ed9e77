import type { Dataset } from "./dataset.js";
import type { InputLog } from "./input-log.js";
import type { BatchScope } from "./scope.js";

/** What a batch of another process took. */
export interface PastTake {
  readonly timeMs: number;
  readonly took: unknown;
  /** It is to run again. */
  readonly isPending: boolean;
}

/** Where the batches of an input stream come from. */
export interface BatchInput {
  /**
   * Takes what has arrived as the batch of `scope`, before it returns or, where that means to look outside (at a folder), before the promise resolves;
   * undefined is no batch, which is not an empty one.
   */
  take(scope: BatchScope): Dataset | undefined | Promise<Dataset | undefined>;
  /** Where it takes from: an address, a folder; absent where there is only one such place. */
  readonly address?: string;
  /**
   * What the batch that was taken last has taken, as values that the row codec has: enough to take it again in another process. Asked for when it has been taken. Undefined: there
   * is nothing to be said of it.
   */
  took?(): unknown;
  /** A batch again, of which another process has said what it took. */
  retake?(scope: BatchScope, took: unknown): Dataset | undefined | Promise<Dataset | undefined>;
  /** What batches of other processes took, oldest first; called before anything is taken. Those that are to run again are retaken next, in their order. */
  resume?(takes: readonly PastTake[]): void | Promise<void>;
  /** Where it logs what it receives, and finds what other processes have logged; called before `resume`. `isOn`: whether it is to log. */
  logTo?(log: InputLog, isOn: boolean): void;
  /** How far in its log it was when it took that. */
  loggedUpTo?(took: unknown): number;
  /** Records a second that it takes at most, `Infinity` where there is no limit; absent where its rate cannot be limited. */
  readonly rateLimit?: number;
  /** Publishes a new limit of records a second; one of 0 or less is ignored. */
  updateRate?(recordsPerSecond: number): void;
  /** Its batches are remembered for so long at least. */
  readonly rememberMs?: number;
}
