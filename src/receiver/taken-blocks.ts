import type { InputBlock } from "../block/block.js";
import type { LocalEngine } from "../engine/local-engine.js";
import { rowsIn } from "../engine/rows-in.js";
import { messageOf } from "../errors.js";
import type { SourceDataset } from "../plan/dataset.js";
import type { BatchScope } from "../plan/scope.js";
import { packPartitions, unpackPartitions } from "./packed-blocks.js";

/** A batch that was taken again. */
export interface Retaken {
  readonly dataset: SourceDataset;
  readonly numRecords: number;
}

/** The rows of a batch in its plan, of an input that nobody can ask a second time. */
export class TakenBlocks {
  readonly #name: string;
  readonly #engine: LocalEngine;
  #hasWarned = false;

  constructor(name: string, engine: LocalEngine) {
    this.#name = name;
    this.#engine = engine;
  }

  /** For a plan; undefined, and said once, where a row is of no value that can be written: the batch would be without its rows if it had to run again. */
  took(partitions: ReadonlyArray<readonly InputBlock[]>): unknown {
    try {
      return packPartitions(partitions, this.#engine);
    } catch (error) {
      if (!this.#hasWarned) {
        this.#engine.host.warn(
          `millrace: a batch of ${this.#name} has rows that a checkpoint cannot write, and would be without them if it had to run again: ${messageOf(error)}`,
        );
      }
      this.#hasWarned = true;
      return undefined;
    }
  }

  retake(scope: BatchScope, took: unknown): Retaken {
    return retakenOf(unpackPartitions(took, scope, this.#engine));
  }
}

/** A batch of blocks that are there. */
export function retakenOf(dataset: SourceDataset): Retaken {
  const partitions = dataset.partitions as ReadonlyArray<readonly InputBlock[]>;
  return { dataset, numRecords: partitions.reduce((sum, part) => sum + rowsIn(part), 0) };
}
