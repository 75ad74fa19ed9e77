import { BOOLEAN, NULL, NULLISH, NUMBER, type OptionalType, STRING, UNDEFINED } from "../../block/row-type.js";
import { type KernelValue, scalarsOf } from "./kernel-rows.js";
import type { Scalar, Scalars } from "./scalars.js";

type List = Extract<KernelValue, { kind: "list" }>;

/** An object or array that is there in some rows only. */
export interface Optional {
  readonly isThere: Scalar;
  readonly value: KernelValue;
  /** What is in its place elsewhere: undefined or null. */
  readonly missing: Scalar;
}

class OptionalValue implements Optional {
  readonly isThere: Scalar;
  readonly value: KernelValue;
  readonly missing: Scalar;

  constructor({ isThere, value, missing }: Optional) {
    this.isThere = isThere;
    this.value = value;
    this.missing = missing;
  }
}

export function isOptional(value: KernelValue): value is List & { readonly list: Optional } {
  return value.kind === "list" && value.list instanceof OptionalValue;
}

/**
 * An optional value of a program. In columns its leaves hold values of their types also where it is not there, always the same ones: a column stays one of
 * numbers or texts.
 */
export function optional(scalars: Scalars, { isThere, value, missing }: Optional): KernelValue {
  const list = new OptionalValue({ isThere, value, missing });
  const leaves = () => {
    const presence = scalars.select(isThere, scalars.constant(true), missing);
    return [presence, ...scalarsOf(value).map((leaf) => scalars.select(isThere, leaf, placeholder(scalars, leaf)))];
  };
  return { kind: "list", list, laidOut: { value, missing: missing.tags & NULLISH, leaves } };
}

/** An optional value of a frame: `presence` and the leaves of `value` are its columns. */
export function optionalColumns(
  scalars: Scalars,
  { missing }: OptionalType,
  presence: number,
  value: KernelValue,
): KernelValue {
  const says: Scalar = { kind: "scalar", tags: BOOLEAN.tags | missing, register: presence };
  const list = new OptionalValue({
    isThere: scalars.hasTag(says, BOOLEAN.tags),
    value,
    missing: { ...says, tags: missing },
  });
  return { kind: "list", list, laidOut: { value, missing, leaves: () => [says, ...scalarsOf(value)] } };
}

/** An object of a declared schema, which is JSON text where it is there; its fields are undefined where it is not. */
export function declaredObject(scalars: Scalars, self: Scalar, value: KernelValue): KernelValue {
  const isThere = scalars.hasTag(self, ~NULLISH);
  const missing = { ...self, tags: self.tags & NULLISH };
  const leaves = () => [scalars.select(isThere, scalars.constant(true), missing), ...scalarsOf(value)];
  const list = new OptionalValue({ isThere, value, missing });
  return { kind: "list", list, laidOut: { value, missing: missing.tags, leaves } };
}

/** What a leaf holds where nothing is. */
function placeholder(scalars: Scalars, { tags }: Scalar): Scalar {
  if (tags & UNDEFINED.tags) return scalars.constant(undefined);
  if (tags & NULL.tags) return scalars.constant(null);
  if (tags === NUMBER.tags) return scalars.constant(0);
  if (tags === STRING.tags) return scalars.constant("");
  if (tags === BOOLEAN.tags) return scalars.constant(false);
  return scalars.constant(undefined);
}
