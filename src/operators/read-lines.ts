import { crc32c } from "../block/crc32c.js";
import { Door } from "../door.js";
import type { KernelRows } from "../lowering/compile/kernel-rows.js";
import { refuse } from "../lowering/expression.js";
import type { Dataset } from "../plan/dataset.js";
import { narrowed } from "../plan/dataset.js";
import type { Added, NarrowOperator, Sink, TaskControl } from "../plan/operator.js";
import type { BatchIdentity } from "../plan/scope.js";
import type { OperatorForm, StreamBatch, StreamOperator } from "../plan/stream-operator.js";
import type { LineFormat } from "../schema/format.js";

/** A line that is no row of its schema. */
export interface Reject {
  /** The line as it came. */
  readonly line: string;
  /** What is wrong with it. */
  readonly reason: string;
  /** Where: index of a character, in UTF-16 units; undefined where a whole field is wrong. */
  readonly position: number | undefined;
}

/** Lines of a batch that were set aside. */
export interface RejectedLines {
  readonly count: number;
  readonly reason: string;
  /** The first bytes of the first one. */
  readonly sample: Uint8Array;
  /** The first one of each partition: its length, the CRC-32C of its bytes, and the first of them. */
  readonly records: ReadonlyArray<{ readonly bytes: number; readonly crc32c: number; readonly sample: Uint8Array }>;
}

const SAMPLE_BYTES_MAX = 1024;
const encoder = new TextEncoder();

/** What reads lines by a schema in JavaScript; whoever makes these operators sees to it that it is loaded before they run. */
export const readingLines = /* @__PURE__ */ new Door("reads lines by a schema", () => import("../schema/read-line.js"));

/** Lines as rows of a schema. Lines that are none are counted, and go to the `rejects` of the stream. */
export class ReadLinesOperator implements NarrowOperator {
  readonly name: string;
  readonly format: LineFormat;
  readonly counts = new RejectCounts();
  readonly declaresRows = true;

  constructor(format: LineFormat) {
    this.name = format.kind;
    this.format = format;
  }

  prepare(): void {}

  identity(): readonly string[] {
    return [JSON.stringify(this.format)];
  }

  addTo(rows: KernelRows): Added {
    return rows.read(this.format) ?? { ok: true, how: `read as ${this.format.kind} by its schema`, pays: "of-text" };
  }

  /** What the kernel has set aside of a partition. */
  setAside(batch: BatchIdentity, partition: number, { count, first }: { count: number; first: string }): void {
    const read = readingLines.module.readLine(this.format, first);
    const reason = read && "rejection" in read ? read.rejection.reason : "no row of the schema";
    this.counts.set(batch, partition, rejectedLines(count, first, reason));
  }

  connect(next: Sink, control: TaskControl, partition: number): Sink {
    const { format } = this;
    const { readLine } = readingLines.module;
    let count = 0;
    let first: { readonly line: unknown; readonly reason: string } | undefined;
    return {
      push: (line) => {
        const read = readLine(format, line);
        if (read === undefined) return;
        if ("row" in read) next.push(read.row);
        else {
          count += 1;
          first ??= { line, reason: read.rejection.reason };
        }
      },
      end: () => {
        if (first && control.batch)
          this.counts.set(control.batch, partition, rejectedLines(count, first.line, first.reason));
        next.end();
      },
    };
  }
}

function rejectedLines(count: number, line: unknown, reason: string): RejectedLines {
  const bytes = encoder.encode(String(line));
  // A copy: a line may be much longer than what is kept of it.
  const sample = bytes.slice(0, SAMPLE_BYTES_MAX);
  return { count, reason, sample, records: [{ bytes: bytes.length, crc32c: crc32c(bytes), sample }] };
}

/** The lines that are no rows of a schema. */
export class RejectedLinesOperator implements NarrowOperator {
  readonly name = "rejects";
  readonly #format: LineFormat;

  constructor(format: LineFormat) {
    this.#format = format;
  }

  prepare(): void {}

  identity(): readonly string[] {
    return [JSON.stringify(this.#format)];
  }

  addTo(rows: KernelRows): Added {
    return rows.rejectsOf(this.#format) ?? { ok: true, how: "lines that are no rows of the schema", pays: "always" };
  }

  connect(next: Sink): Sink {
    const { readLine } = readingLines.module;
    return {
      push: (line) => {
        const read = readLine(this.#format, line);
        if (read && "rejection" in read) next.push(line);
      },
      end: next.end,
    };
  }
}

/** Lines that are no rows of a schema with what is wrong with them. */
export class RejectsOperator implements NarrowOperator {
  readonly name = "rejects";
  readonly #format: LineFormat;

  constructor(format: LineFormat) {
    this.#format = format;
  }

  prepare(): void {}

  identity(): readonly string[] {
    return [JSON.stringify(this.#format)];
  }

  addTo(): Added {
    return refuse("says what is wrong with each line");
  }

  connect(next: Sink): Sink {
    const { readLine } = readingLines.module;
    return {
      push: (line) => {
        const read = readLine(this.#format, line);
        if (read && "rejection" in read) next.push({ line, ...read.rejection } as Reject);
      },
      end: next.end,
    };
  }
}

/** How many lines of each batch were set aside, by partition: a partition that is made again counts once. */
export class RejectCounts {
  readonly #batches = new Map<number, Map<number, RejectedLines>>();

  set({ time }: BatchIdentity, partition: number, rejected: RejectedLines): void {
    let partitions = this.#batches.get(time);
    if (partitions === undefined) {
      partitions = new Map();
      this.#batches.set(time, partitions);
    }
    partitions.set(partition, rejected);
  }

  /** What was counted up to a time, oldest first; it is forgotten here. */
  takeUpTo(timeMs: number): Array<readonly [timeMs: number, rejected: RejectedLines]> {
    const taken: Array<readonly [number, RejectedLines]> = [];
    for (const [time, partitions] of [...this.#batches].sort(([a], [b]) => a - b)) {
      if (time > timeMs) break;
      this.#batches.delete(time);
      const all = [...partitions].sort(([a], [b]) => a - b).map(([, rejected]) => rejected);
      const count = all.reduce((sum, each) => sum + each.count, 0);
      const { reason, sample } = all[0]!;
      taken.push([time, { count, reason, sample, records: all.flatMap(({ records }) => records) }]);
    }
    return taken;
  }
}

/** A stream of rows that are read from lines; what was set aside is told once a batch is done. */
export class ReadLinesStream implements StreamOperator {
  readonly name: string;
  readonly forms: readonly OperatorForm[];
  readonly #operator: ReadLinesOperator;
  readonly #tell: (timeMs: number, rejected: RejectedLines) => void;

  constructor(format: LineFormat, tell: (timeMs: number, rejected: RejectedLines) => void) {
    this.name = format.kind;
    this.#operator = new ReadLinesOperator(format);
    this.#tell = tell;
    this.forms = [{ kind: "narrow", operator: this.#operator }];
  }

  async compute(batch: StreamBatch): Promise<Dataset | undefined> {
    const parent = await batch.parent();
    return parent && narrowed(parent, this.#operator);
  }

  doneUpTo(timeMs: number): void {
    for (const [time, rejected] of this.#operator.counts.takeUpTo(timeMs)) this.#tell(time, rejected);
  }
}
