/** TanStack's db-ivm (differential dataflow, a fork of d2ts) as a side: a batch is a change of its input. */
import { D2, type IStreamBuilder, map, output, reduce } from "@tanstack/db-ivm";
import type { Side } from "../support/bench.js";
import { checksumOf } from "../support/checksum.js";
import { linesOf } from "../support/lines.js";

export type Lines = IStreamBuilder<string>;
export type Pairs = IStreamBuilder<[string, number]>;

/** A fresh graph in each run, whose inputs get all lines of a batch each. */
export function ivmSide(batch: readonly Uint8Array[], build: (...inputs: Lines[]) => Pairs): Side {
  const run = () => {
    const graph = new D2();
    const inputs = batch.map(() => graph.newInput<string>());
    const pairs = new Map<string, number>();
    build(...inputs).pipe(output((changes) => apply(pairs, changes.getInner())));
    graph.finalize();
    for (const [index, bytes] of batch.entries()) inputs[index]!.sendData(linesOf(bytes).map((line) => [line, 1]));
    graph.run();
    return pairs;
  };
  return { what: "db-ivm", run, check: () => ({ checksum: checksumOf(run()) }), roundsMax: 2 };
}

export interface IvmWindow {
  readonly panes: number;
  readonly batches: readonly Uint8Array[];
  readonly build: (lines: Lines) => Pairs;
}

/** One graph for all runs: the lines of a batch come, those of the batch that leaves the window go. */
export function ivmWindow({ panes, batches, build }: IvmWindow): Side {
  const graph = new D2();
  const input = graph.newInput<string>();
  const pairs = new Map<string, number>();
  build(input).pipe(output((changes) => apply(pairs, changes.getInner())));
  graph.finalize();
  let slides = 0;
  const slide = () => {
    const batchAt = (index: number, multiplicity: number): Array<[string, number]> =>
      linesOf(batches[index % batches.length]!).map((line) => [line, multiplicity]);
    const gone = slides >= panes ? batchAt(slides - panes, -1) : [];
    input.sendData([...batchAt(slides++, 1), ...gone]);
  };
  const run = () => {
    slide();
    graph.run();
    return pairs;
  };
  return {
    what: "db-ivm",
    prepare: async () => {
      for (let pane = 0; pane < panes; pane++) slide();
      graph.run();
    },
    run,
    check: () => ({ checksum: checksumOf(run()) }),
  };
}

function apply(pairs: Map<string, number>, changes: ReadonlyArray<[[string, number], number]>): void {
  for (const [[key], multiplicity] of changes) if (multiplicity < 0) pairs.delete(key);
  for (const [[key, number], multiplicity] of changes) if (multiplicity > 0) pairs.set(key, number);
}

/** How often each string comes. */
export function counts(strings: IStreamBuilder<string>): Pairs {
  return sums(strings.pipe(map((string): [string, number] => [string, 1])));
}

/** Numbers added up by key. */
export function sums<K extends string | number>(pairs: IStreamBuilder<[K, number]>): Pairs {
  return pairs.pipe(
    reduce((values: Array<[number, number]>) => [
      [values.reduce((sum, [number, times]) => sum + number * times, 0), 1],
    ]),
    map(([key, sum]: [K, number]): [string, number] => [String(key), sum]),
  );
}
