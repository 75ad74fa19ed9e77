import { isJsonList } from "./json-texts.js";
import type { KernelValue } from "./kernel-rows.js";
import { isOptional, type Optional } from "./optional.js";
import { NULLISH, type Scalars } from "./scalars.js";

/** Of an object or array that may be undefined or null: where it is not, and what there is in its place. */
export function absenceOf(scalars: Scalars, value: KernelValue): Pick<Optional, "isThere" | "missing"> | undefined {
  if (value.kind !== "list") return undefined;
  if (isOptional(value)) return value.list;
  if (!isJsonList(value)) return undefined;
  const { self } = value.list;
  return { isThere: scalars.hasTag(self, ~NULLISH), missing: { ...self, tags: self.tags & NULLISH } };
}
