import type { Row } from "./row.js";
export function capture<V extends object, A extends unknown[], R extends Row>(
  values: V,
  factory: (values: V) => (...args: A) => R,
): (...args: A) => R {
  return factory(values);
}
