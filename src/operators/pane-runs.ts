import type { Dataset } from "../plan/dataset.js";
import type { BatchScope } from "../plan/scope.js";
import type { PaneAt, PaneMerges } from "./pane-merges.js";

/** Slides between two middles: so many times their cost is spread. */
const SLIDES_OF_CHUNK = 8;
/** Windows have at most about so many chunks: what is kept of a window, in windows. */
const CHUNKS_MAX = 32;
/** With fewer chunks a tree has no more than a few nodes with all keys. */
const CHUNKS_MIN = 5;

/** A window as its ends, panes, and its middle, whole chunks. */
export interface RunsOfWindow {
  /** First pane of the middle, and the first one behind it. */
  readonly first: number;
  readonly end: number;
  readonly middle: readonly Dataset[];
  /** What later windows read, made beside this one. */
  readonly ahead: readonly Dataset[];
}

/**
 * The middles of large windows: the same for all windows that begin in one chunk, so that a window is the merge of a middle and of a few panes at both
 * ends, however many panes it has.
 *
 *     panes         . . | . . . . | . . . . | . . . . | . . . . | . . . . | . .      chunks, aligned; `h` of them are a run, aligned too
 *     window          [ end       middle: chunks i to j, m = 2h or 2h - 1 of them      end ]
 *     middle              suffix of a run from i on + the run behind it + prefix of the next run up to j
 *
 * A middle i + 1 takes four merges of what may be all keys: the prefix up to j, one step of a suffix, the three parts, and later the last chunk on top.
 * They are made ahead, in four different slides of those in which the window begins in one chunk. The suffixes of a run are made while windows begin in
 * the run before, from its last chunk to its first. How values associate is a function of the pane numbers alone.
 *
 * **Space:** about m suffixes, chunks and their tree below. **Source:** two stacks, in steps: Tangwongsan, Hirzel and Schneider, "Low-latency
 * sliding-window aggregation in worst-case constant time", DEBS 2017 (DABA), over panes and with fixed places for its steps.
 */
export class PaneRuns {
  readonly #merges: PaneMerges;
  /** Panes of a chunk, chunks of a middle and of a run. */
  readonly #chunk: number;
  readonly #middle: number;
  readonly #run: number;

  private constructor(merges: PaneMerges, chunk: number, chunks: number) {
    this.#merges = merges;
    this.#chunk = chunk;
    this.#middle = chunks - 1;
    this.#run = Math.ceil(this.#middle / 2);
  }

  /** Undefined where windows of `panes` panes, sliding by `slide`, are too small for it. */
  static of(merges: PaneMerges, panes: number, slide: number): PaneRuns | undefined {
    let chunk = 1;
    while (chunk < SLIDES_OF_CHUNK * slide || chunk * CHUNKS_MAX < panes) chunk *= 2;
    const chunks = Math.floor(panes / chunk);
    return chunks < CHUNKS_MIN ? undefined : new PaneRuns(merges, chunk, chunks);
  }

  /** The parts of the window that begins with pane `begin`. */
  async at(begin: number, paneAt: PaneAt): Promise<RunsOfWindow> {
    const size = this.#chunk;
    const first = Math.ceil(begin / size);
    const last = first + this.#middle - 1;
    // From 0 on: how far windows have come in the chunk in which they begin.
    const place = begin - 1 - (first - 1) * size;
    const isDue = (quarter: number) => place >= (quarter * size) / 4 + 1;
    const bounds = { first: first * size, end: (last + 1) * size };
    const middle = isDue(0)
      ? [await this.#whole(first, paneAt)]
      : [await this.#almost(first, paneAt), await this.#merges.node(last * size, size, paneAt)];
    const ahead: Array<Dataset | undefined> = [];
    if (isDue(1)) ahead.push(await this.#prefix(last, paneAt));
    if (isDue(2)) ahead.push(await this.#suffixAhead(first, paneAt));
    if (isDue(3)) ahead.push(await this.#almost(first + 1, paneAt));
    return { ...bounds, middle: middle.filter(isThere), ahead: ahead.filter(isThere) };
  }

  /** Gives back prefixes that no middle to come has; what has panes that are gone has been given back before. */
  drop(begin: number, release: (scope: BatchScope) => void): void {
    const first = Math.ceil(begin / this.#chunk);
    const run = this.#run;
    const last = first + this.#middle - 1;
    // The middle at hand may be made yet, of the prefix up to its last chunk but one.
    for (let chunk = last - 2; chunk > last - 2 - run; chunk--) {
      if (this.#placeInRun(chunk) !== run - 1) this.#merges.drop(prefixKey(chunk), release);
    }
  }

  /** A middle. */
  #whole(first: number, paneAt: PaneAt): Promise<Dataset | undefined> {
    const size = this.#chunk;
    const last = first + this.#middle - 1;
    return this.#merges.merge(`middle ${first}`, first * size, async () => [
      await this.#almost(first, paneAt),
      await this.#merges.node(last * size, size, paneAt),
    ]);
  }

  /** A middle without its last chunk, which comes last. */
  #almost(first: number, paneAt: PaneAt): Promise<Dataset | undefined> {
    const last = first + this.#middle - 2;
    const run = this.#run;
    return this.#merges.merge(`almost ${first}`, first * this.#chunk, async () => {
      const parts = [];
      for (let begin = first, next = 0; begin <= last; begin = next) {
        next = begin + run - this.#placeInRun(begin);
        const isBegin = next - begin === run;
        // A whole run is its last prefix.
        parts.push(await (isBegin ? this.#prefix(Math.min(next - 1, last), paneAt) : this.#suffix(begin, paneAt)));
      }
      return parts;
    });
  }

  /** The chunks of a run up to one. */
  async #prefix(chunk: number, paneAt: PaneAt): Promise<Dataset | undefined> {
    const size = this.#chunk;
    const node = () => this.#merges.node(chunk * size, size, paneAt);
    const place = this.#placeInRun(chunk);
    if (place === 0) return node();
    return this.#merges.merge(prefixKey(chunk), (chunk - place) * size, async () => [
      await this.#prefix(chunk - 1, paneAt),
      await node(),
    ]);
  }

  /** The chunks of a run from one on, which is not its first. */
  async #suffix(chunk: number, paneAt: PaneAt): Promise<Dataset | undefined> {
    const size = this.#chunk;
    const node = () => this.#merges.node(chunk * size, size, paneAt);
    if (this.#placeInRun(chunk) === this.#run - 1) return node();
    return this.#merges.merge(`suffix ${chunk}`, chunk * size, async () => [
      await node(),
      await this.#suffix(chunk + 1, paneAt),
    ]);
  }

  /** The next suffix of the run behind the one in which the middle begins. */
  async #suffixAhead(first: number, paneAt: PaneAt): Promise<Dataset | undefined> {
    const place = this.#placeInRun(first);
    const chunk = first - place + 2 * this.#run - 1 - place;
    // The last chunk of that run, which may not be whole yet, is its own suffix; the first one has all of the run.
    return place === 0 || place === this.#run - 1 ? undefined : this.#suffix(chunk, paneAt);
  }

  /** Chunks before the epoch have numbers too. */
  #placeInRun(chunk: number): number {
    return chunk - Math.floor(chunk / this.#run) * this.#run;
  }
}

function prefixKey(chunk: number): string {
  return `prefix ${chunk}`;
}

function isThere(dataset: Dataset | undefined): dataset is Dataset {
  return dataset !== undefined;
}
