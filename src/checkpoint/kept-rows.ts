import { decodeRows, encodeRows } from "../block/codec.js";
import type { LocalEngine } from "../engine/local-engine.js";
import { partitionCount, type SourceDataset } from "../plan/dataset.js";
import { columnsOf, type DurableState, entriesIn, type RecordChange, type SavedState } from "../plan/durable-state.js";
import type { BatchScope } from "../plan/scope.js";
import type { StreamNode } from "../plan/stream-node.js";

function collecting() {
  const rows: unknown[] = [];
  return { push: (row: unknown) => void rows.push(row), end: () => {}, result: () => rows };
}

/** The batches of a stream that later ones look back at: saved when they are done, as inputs bring nothing a second time. */
export class KeptRows implements DurableState {
  /** An entry has all partitions of a batch. */
  readonly numPartitions = 1;
  readonly #node: StreamNode;
  /** Sequence numbers by the time of the batch. */
  readonly #kept = new Map<number, number>();
  #next = 0;
  #changed: RecordChange | undefined;

  constructor(node: StreamNode) {
    this.#node = node;
  }

  restore({ partitions: [pieces = []] }: SavedState): void {
    for (const { sequence, key, value } of entriesIn(pieces)) {
      this.#kept.set(key as number, sequence);
      this.#next = sequence + 1;
      const parts = (value as Uint8Array[]).map((bytes) => [{ kind: "rows", rows: decodeRows(bytes) } as const]);
      const dataset: SourceDataset = { kind: "source", scope: undefined, partitions: parts };
      this.#node.restore(key as number, dataset);
    }
  }

  record(changed: RecordChange): void {
    this.#changed = changed;
  }

  /** Saves the rows of the batch of `scope`, which is done, and forgets those that nobody can look back at any more. Throws where a row has no bytes. */
  async keep(scope: BatchScope, engine: LocalEngine): Promise<void> {
    const { time: timeMs } = scope.batch;
    const dataset = this.#node.peek(timeMs);
    if (!dataset) return;
    const partitions = Array.from({ length: partitionCount(dataset) }, (_, index) => index);
    // What cannot be made is told where it is asked for; nothing is kept of it.
    const rows = await engine.runJob(dataset, scope, { partitions, open: collecting }).catch(() => undefined);
    if (rows === undefined) return;
    const sequence = this.#next++;
    const entry = { sequence, key: timeMs, value: rows.map((part) => encodeRows(part)), timeMs, touch: 0 };
    const counts = this.#changed?.({
      timeMs,
      note: undefined,
      partitions: [{ partition: 0, isReset: false, put: columnsOf([entry]), deleted: this.#forget(timeMs) }],
    });
    counts?.();
    this.#kept.set(timeMs, sequence);
  }

  #forget(timeMs: number): Float64Array {
    const horizonMs = timeMs - this.#node.rememberDuration!.milliseconds;
    const deleted: number[] = [];
    for (const [at, sequence] of this.#kept) {
      if (at > horizonMs) continue;
      this.#kept.delete(at);
      deleted.push(sequence);
    }
    return Float64Array.from(deleted);
  }
}
