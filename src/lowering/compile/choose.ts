import { Refused } from "../refused.js";
import type { KernelValue } from "./kernel-rows.js";
import { itemsOf, listOf } from "./lists.js";
import { isOptional, optional } from "./optional.js";
import { NULLISH, type Scalar, type Scalars } from "./scalars.js";

type Fields = ReadonlyArray<readonly [string, KernelValue]>;

/** `test ? then : otherwise`, part by part where both are made alike. */
export function choose(scalars: Scalars, test: Scalar, then: KernelValue, otherwise: KernelValue): KernelValue {
  const known = scalars.graph.constantOf(test.register);
  if (known) return known.value ? then : otherwise;
  if (then.kind === "scalar" && otherwise.kind === "scalar") return scalars.select(test, then, otherwise);
  const lists = chooseItems(scalars, test, then, otherwise) ?? chooseOptional(scalars, test, then, otherwise);
  if (lists) return lists;
  if (then.kind === "tuple" && otherwise.kind === "tuple" && then.items.length === otherwise.items.length) {
    return { kind: "tuple", items: then.items.map((item, i) => choose(scalars, test, item, otherwise.items[i]!)) };
  }
  if (then.kind === "record" && otherwise.kind === "record" && sameNames(then.fields, otherwise.fields)) {
    return {
      kind: "record",
      fields: then.fields.map(([name, value], i) => [name, choose(scalars, test, value, otherwise.fields[i]![1])]),
    };
  }
  throw new Refused("gives values of different shapes", "?:");
}

function sameNames(a: Fields, b: Fields): boolean {
  return a.length === b.length && a.every(([name], i) => name === b[i]![0]);
}

/** Lists of several lengths: the items of both, each where its own list is chosen. */
function chooseItems(
  scalars: Scalars,
  test: Scalar,
  then: KernelValue,
  otherwise: KernelValue,
): KernelValue | undefined {
  const [some, others] = [itemsOf(then), itemsOf(otherwise)];
  if (!some || !others || (then.kind === "tuple" && otherwise.kind === "tuple" && some.length === others.length)) {
    return undefined;
  }
  const not = scalars.not(test);
  return listOf(scalars, [
    ...some.map(({ isThere, value }) => ({ isThere: scalars.and(isThere, test), value })),
    ...others.map(({ isThere, value }) => ({ isThere: scalars.and(isThere, not), value })),
  ]);
}

/** Objects and arrays beside undefined and null. */
function chooseOptional(
  scalars: Scalars,
  test: Scalar,
  then: KernelValue,
  otherwise: KernelValue,
): KernelValue | undefined {
  if (!mayBeMissing(then) && !mayBeMissing(otherwise)) return undefined;
  const [a, b] = [optionalOf(scalars, then), optionalOf(scalars, otherwise)];
  if (!a || !b) return undefined;
  const value = a.value && b.value ? choose(scalars, test, a.value, b.value) : (a.value ?? b.value);
  if (value === undefined) return undefined;
  const isThere = scalars.select(test, a.isThere, b.isThere);
  return optional(scalars, { isThere, value, missing: scalars.select(test, a.missing, b.missing) });
}

function mayBeMissing(value: KernelValue): boolean {
  return isOptional(value) || (value.kind === "scalar" && (value.tags & ~NULLISH) === 0);
}

function optionalOf(scalars: Scalars, value: KernelValue) {
  if (isOptional(value)) return value.list;
  if (value.kind === "tuple" || value.kind === "record") {
    return { isThere: scalars.constant(true), value, missing: scalars.constant(undefined) };
  }
  if (value.kind === "scalar" && (value.tags & ~NULLISH) === 0) {
    return { isThere: scalars.constant(false), value: undefined, missing: value };
  }
  return undefined;
}
