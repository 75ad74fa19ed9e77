import { checkOptionNames } from "../option-names.js";
import { type CountMinOptions, type CountMinSketch, countMin } from "../sketches/count-min.js";
import { type ApproxDistinctOptions, hyperLogLog } from "../sketches/hyper-log-log.js";
import type { SketchKind } from "../sketches/sketch.js";
import { type ApproxTopKOptions, spaceSaving } from "../sketches/space-saving.js";
import { type ApproxQuantileOptions, tDigest } from "../sketches/t-digest.js";

/** The kinds of sketches by the options of methods, which have `partitioning` too where they are by key. Errors are a `ConfigError`. */

export function distinctKind(method: string, byKey: boolean, options?: ApproxDistinctOptions): SketchKind<number> {
  return hyperLogLog(method, checked(method, byKey, { precision: true }, options)?.precision);
}

export function topKKind<T>(
  method: string,
  byKey: boolean,
  k: number,
  options?: ApproxTopKOptions,
): SketchKind<Array<[T, number]>> {
  return spaceSaving(method, k, checked(method, byKey, { capacity: true }, options));
}

export function quantileKind(
  method: string,
  byKey: boolean,
  probabilities: readonly number[],
  options?: ApproxQuantileOptions,
): SketchKind<number[]> {
  return tDigest(method, probabilities, checked(method, byKey, { compression: true }, options));
}

export function countMinKind(method: string, byKey: boolean, options?: CountMinOptions): SketchKind<CountMinSketch> {
  return countMin(method, checked(method, byKey, { epsilon: true, delta: true }, options));
}

function checked<O>(
  method: string,
  byKey: boolean,
  names: Readonly<Record<keyof O, true>>,
  options: O | undefined,
): O | undefined {
  if (options !== undefined) checkOptionNames(method, options, byKey ? { ...names, partitioning: true } : names);
  return options;
}
