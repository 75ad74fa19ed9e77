import type { InputBlock } from "../block/block.js";
import type { LocalEngine } from "../engine/local-engine.js";
import type { PastTake } from "../plan/batch-input.js";
import type { InputLog } from "../plan/input-log.js";
import type { BatchScope } from "../plan/scope.js";
import type { OpenLine } from "./line-buffer.js";
import type { ReceivedBlocks } from "./received-blocks.js";
import { type Retaken, retakenOf, TakenBlocks } from "./taken-blocks.js";

/** What a plan says of a batch of an input that is logged: how far in the log it goes, and the line that had not ended there. */
type Position = readonly [kind: "log", position: number, line: OpenLine | undefined];

type Partitions = ReadonlyArray<readonly InputBlock[]>;

/**
 * What has been received, and a log of it: batches that are to run again, and what no batch has taken, are received a second time from the log, in the same order. Without a log the plan of a
 * batch has its rows.
 */
export class LoggedBlocks {
  readonly #blocks: ReceivedBlocks;
  readonly #taken: TakenBlocks;
  #log: InputLog | undefined;
  #isOn = false;
  /** The next operation of the log to be done again; undefined when all is. */
  #next: number | undefined;

  constructor(name: string, engine: LocalEngine, blocks: ReceivedBlocks) {
    this.#blocks = blocks;
    this.#taken = new TakenBlocks(name, engine);
  }

  /** For a plan: of the partitions of a batch that was taken just now. */
  took(partitions: Partitions): unknown {
    if (!this.#isOn) return this.#taken.took(partitions);
    // What is in the log and was not received again yet is in no batch.
    return ["log", this.#next ?? this.#log!.position, this.#blocks.openLine] satisfies Position;
  }

  /** A batch again. `take` takes what the blocks have. */
  retake(scope: BatchScope, took: unknown, take: () => Partitions): Retaken {
    if (!isPosition(took)) return this.#taken.retake(scope, took);
    this.#redo(took[1]);
    return retakenOf({ kind: "source", scope, partitions: take() });
  }

  logTo(log: InputLog, isOn: boolean): void {
    this.#log = log;
    this.#isOn = isOn;
  }

  /** Begins to receive again what the newest batch that is done has not taken. */
  resume(takes: readonly PastTake[]): void {
    const [, position = 0, line] =
      takes.map(({ isPending, took }) => (isPending ? undefined : took)).findLast(isPosition) ?? [];
    if (!this.#isOn && this.#log!.after(position).length === 0) {
      this.#blocks.withoutLog();
      return;
    }
    this.#next = position;
    this.#blocks.beginReplay(line);
  }

  /** Receives again what no batch has taken; from now on what comes is new, and is logged. */
  start(): void {
    if (this.#next === undefined) return;
    this.#redo(Number.POSITIVE_INFINITY);
    this.#next = undefined;
    this.#blocks.endReplay(this.#isOn ? this.#log : undefined);
  }

  /** Resolves when all that came is durable; nothing where it is, or where nothing is logged. */
  durable(): Promise<void> | undefined {
    return this.#isOn ? this.#log?.durable() : undefined;
  }

  /** Resolves when more may come: nothing where it may at once. */
  ready(): Promise<void> | undefined {
    return this.#isOn ? this.#log?.ready() : undefined;
  }

  #redo(end: number): void {
    const from = this.#next!;
    const operations = this.#log!.after(from).slice(0, end - from);
    for (const each of operations) this.#blocks.redo(each);
    this.#next = from + operations.length;
  }
}

/** How far in the log a batch went, by its plan; 0 where the plan has the rows. */
export function positionIn(took: unknown): number {
  return isPosition(took) ? took[1] : 0;
}

function isPosition(took: unknown): took is Position {
  return Array.isArray(took) && took[0] === "log";
}
