import type { ExpressionCompiler } from "./compile-expression.js";
import type { KernelValue } from "./kernel-rows.js";
import { Refused } from "./refused.js";
import type { Scalar } from "./scalars.js";

/** `map.get(key)`, `map.has(key)`, `set.has(key)` of a captured object. */
export function lookUp(
  _compiler: ExpressionCompiler,
  of: ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>,
  _method: "get" | "has",
  _key: Scalar,
): KernelValue {
  throw new Refused(`looks up in a captured ${of instanceof Map ? "Map" : "Set"}`);
}
