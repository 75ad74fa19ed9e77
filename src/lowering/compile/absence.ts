import { isJsonList } from "./json-texts.js";
import type { KernelValue } from "./kernel-rows.js";
import { NULLISH, type Scalar, type Scalars } from "./scalars.js";

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

/** Of an object or array that may be undefined or null: where it is not, and what there is in its place. */
export function absenceOf(scalars: Scalars, value: KernelValue): Pick<Optional, "isThere" | "missing"> | undefined {
  if (value.kind !== "list") return undefined;
  if (isOptional(value)) return value.list;
  if (!isJsonList(value)) return undefined;
  const { self } = value.list;
  return { isThere: scalars.hasTag(self, ~NULLISH), missing: { ...self, tags: self.tags & NULLISH } };
}
