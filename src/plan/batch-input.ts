import type { Dataset } from "./dataset.js";
import type { BatchScope } from "./scope.js";

/** Where the batches of an input stream come from. */
export interface BatchInput {
  /**
   * Takes what has arrived as the batch of `scope`, before it returns or, where that means to look outside (at a folder), before the promise resolves;
   * undefined is no batch, which is not an empty one.
   */
  take(scope: BatchScope): Dataset | undefined | Promise<Dataset | undefined>;
  /** Its batches are remembered for so long at least. */
  readonly rememberMs?: number;
}
