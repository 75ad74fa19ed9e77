/** What a line of input is: prose, or an edit of a wiki as JSON. */
export type Shape = "text" | "edits";

/** Where lines come from. */
export type SourceChoice =
  | { readonly kind: "generated" }
  | { readonly kind: "live" }
  | { readonly kind: "file"; readonly file: File };

/** What the page tells its worker, which runs one program and is then ended. */
export type ToWorker =
  | {
      readonly type: "load";
      readonly code: string;
      /** Whether lambdas run in the kernel where they can. */
      readonly kernel: boolean;
      readonly shape: Shape;
      readonly source: SourceChoice;
      readonly linesPerSecond: number;
    }
  | { readonly type: "go" }
  | { readonly type: "pause" }
  | { readonly type: "step" }
  | { readonly type: "rate"; readonly linesPerSecond: number };

export type Cell = string | number;

/** Rows of one batch of one output, ready to be shown. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: ReadonlyArray<readonly Cell[]>;
  /** How many of the rows the program prints; the others are there for the chart. */
  readonly printed: number;
  /** Whether there are more than were read. */
  readonly hasMore: boolean;
}

/** What one batch took and gave. */
export interface BatchReport {
  readonly timeMs: number;
  readonly records: number;
  readonly bytes: number;
  /** From the first byte that is pushed to the end of the last output. */
  readonly busyMs: number;
  /** The same, and how late the batch began. */
  readonly delayMs: number;
  /** Since the batch before began; undefined of the first one, and of single steps. */
  readonly sinceMs: number | undefined;
  /** By output; one without a batch at this time is not there. */
  readonly tables: ReadonlyMap<number, Table>;
}

/** One output: what it is called, and what `explain()` says. */
export interface OutputPlan {
  readonly title: string;
  readonly plan: string;
}

export interface Failure {
  readonly name: string;
  readonly code: string | undefined;
  readonly message: string;
  /** Messages of what caused it, outermost first. */
  readonly causes: readonly string[];
  /** In the program as typed, from 1. */
  readonly line: number | undefined;
  readonly column: number | undefined;
}

/** What the worker tells the page. */
export type FromWorker =
  | { readonly type: "ready" }
  | { readonly type: "started"; readonly outputs: readonly OutputPlan[]; readonly intervalMs: number }
  | { readonly type: "plans"; readonly outputs: readonly OutputPlan[] }
  | { readonly type: "source"; readonly about: string; readonly isFallback: boolean; readonly sample: string }
  | { readonly type: "batch"; readonly report: BatchReport }
  | { readonly type: "log"; readonly text: string }
  | { readonly type: "ended"; readonly why: string }
  | { readonly type: "failed"; readonly failure: Failure };
