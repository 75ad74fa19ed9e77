/** RxJS as a side: its operators over the lines of a batch. */
import { from, lastValueFrom, mergeMap, type Observable, reduce, toArray } from "rxjs";
import type { Side } from "../support/bench.js";
import { checksumOf } from "../support/checksum.js";
import { linesOf } from "../support/lines.js";

type Pairs = Array<[key: string, number: number]>;

/** A stream of lines made to pairs that are gathered at the end. */
export function rxSide(
  batch: Uint8Array | readonly string[],
  build: (lines: Observable<string>) => Observable<[string, number]>,
): Side {
  const run = (): Promise<Pairs> => {
    const lines = batch instanceof Uint8Array ? linesOf(batch) : batch;
    return lastValueFrom(build(from(lines)).pipe(toArray()), { defaultValue: [] });
  };
  return { what: "RxJS", run, check: async () => ({ checksum: checksumOf(await run()) }), roundsMax: 5 };
}

/** Numbers added up by key, in one `Map`: `groupBy` with an observable for each key is far slower where there are many. */
export function sumByKey(pairs: Observable<[string, number]>): Observable<[string, number]> {
  const sums = pairs.pipe(
    reduce((found, [key, number]) => found.set(key, (found.get(key) ?? 0) + number), new Map<string, number>()),
  );
  return sums.pipe(mergeMap((found) => found));
}
