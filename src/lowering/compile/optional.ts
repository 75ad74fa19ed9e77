import type { KernelValue } from "./kernel-rows.js";
import type { Scalar } from "./scalars.js";

type List = Extract<KernelValue, { kind: "list" }>;

/** An object or array that is there in some rows only. */
export class Optional {
  readonly isThere: Scalar;
  readonly value: KernelValue;
  /** What is in its place elsewhere: undefined or null. */
  readonly missing: Scalar;

  constructor(isThere: Scalar, value: KernelValue, missing: Scalar) {
    this.isThere = isThere;
    this.value = value;
    this.missing = missing;
  }
}

export function isOptional(value: KernelValue): value is List & { readonly list: Optional } {
  return value.kind === "list" && value.list instanceof Optional;
}
