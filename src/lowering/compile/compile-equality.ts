import { BOOLEAN, NULL, NUMBER, STRING, UNDEFINED } from "../../block/row-type.js";
import type { BinaryOperator } from "../expression.js";
import type { KernelValue } from "./kernel-rows.js";
import { isOptional } from "./optional.js";
import { JSON_TAG, NULLISH, type Path, type Scalar, type Scalars } from "./scalars.js";

const EQUALITIES: ReadonlySet<BinaryOperator> = new Set<BinaryOperator>(["==", "!=", "===", "!=="]);

/** `a === b` and its kin; undefined for any other operator. */
export function compileEquality(
  scalars: Scalars,
  operator: BinaryOperator,
  a: KernelValue,
  b: KernelValue,
  path: Path,
): Scalar | undefined {
  if (!EQUALITIES.has(operator)) return undefined;
  const isLoose = operator.length === 2;
  const isSame = equalToObject(scalars, isLoose, a, b) ?? equalToObject(scalars, isLoose, b, a);
  const isNot = operator.startsWith("!");
  if (isSame) return isNot ? scalars.not(isSame) : isSame;
  const [one, other] = [scalars.of(a, "compares"), scalars.of(b, "compares")];
  return isLoose ? looselyEqual(scalars, one, other, isNot, path) : scalars.equal(one, other, isNot, path);
}

/** Equality of an object or array, which may be missing, with a value that is none. */
function equalToObject(scalars: Scalars, isLoose: boolean, of: KernelValue, other: KernelValue): Scalar | undefined {
  if (of.kind === "scalar" || other.kind !== "scalar" || other.tags & JSON_TAG) return undefined;
  // A text may be what an object is as a text.
  if (isLoose && other.tags & ~NULLISH) return undefined;
  if (!isOptional(of)) return scalars.constant(false);
  const { isThere, missing } = of.list;
  const isEqual = isLoose ? scalars.hasTag(other, NULLISH) : scalars.equal(missing, other, false, undefined);
  return scalars.and(scalars.not(isThere), isEqual);
}

/** `a == b`: values of one type as `===`; undefined and null are equal; others are compared as numbers. */
function looselyEqual(scalars: Scalars, a: Scalar, b: Scalar, isNot: boolean, path: Path): Scalar {
  const single = [STRING, NUMBER, BOOLEAN, NULL, UNDEFINED].some(({ tags }) => a.tags === tags && b.tags === tags);
  if (single) return scalars.equal(a, b, isNot, path);
  const [noA, noB] = [scalars.hasTag(a, NULLISH), scalars.hasTag(b, NULLISH)];
  const [isA, isB] = [scalars.hasTag(a, ~NULLISH), scalars.hasTag(b, ~NULLISH)];
  const areThere = scalars.and(isA, isB);
  const where = scalars.and(path, areThere);
  const areTexts = scalars.and(scalars.hasTag(a, STRING.tags), scalars.hasTag(b, STRING.tags));
  const numbers = () => {
    const [x, y] = [a, b].map((value) => scalars.toNumber({ ...value, tags: value.tags & ~NULLISH }, where));
    return scalars.equal(x!, y!, false, where);
  };
  const texts = () => scalars.equal(scalars.asText(a), scalars.asText(b), false, where);
  const known = scalars.graph.constantOf(areThere.register)?.value;
  const isText = scalars.graph.constantOf(areTexts.register)?.value;
  const compared = () =>
    isText === true ? texts() : isText === false ? numbers() : scalars.select(areTexts, texts(), numbers());
  const isSame = known === false ? areThere : scalars.and(areThere, compared());
  const result = scalars.or(scalars.and(noA, noB), isSame);
  return isNot ? scalars.not(result) : result;
}
