import fc from "fast-check";
import { BIGINT, BOOLEAN, NUMBER, type RowType, STRING, scalarOf } from "../../src/block/row-type.js";

/** Texts that are hard on anything that counts bytes or units. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: fc.constantFrom("a", "b", "é", "水", "🚰", "\0", "\n", "\ufeff", "\ufffd"), maxLength: 30 }),
  fc.string({ unit: fc.constantFrom("a", "\ud800", "\udc00", "\ud83d", "\ude00", "\udfff"), maxLength: 6 }),
  fc.string({ maxLength: 20 }),
  fc.constantFrom("", "\0", "\ufeff", "\ufffd", "__proto__", "x".repeat(3000), "é".repeat(2000), "\ud800".repeat(500)),
);

export const hostileNumber: fc.Arbitrary<number> = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 5e-324, 2 ** 53, 2 ** 53 - 1, 2 ** 53 + 2, -(2 ** 31), 0.1),
);

export const hostileBigint: fc.Arbitrary<bigint> = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

/** A type, and values of it. */
export interface Typed {
  readonly type: RowType;
  readonly value: fc.Arbitrary<unknown>;
}

const anyScalar = scalarOf(127 & ~(1 << 6));

export const SCALARS: readonly Typed[] = [
  { type: STRING, value: hostileText },
  { type: NUMBER, value: hostileNumber },
  { type: BOOLEAN, value: fc.boolean() },
  { type: BIGINT, value: hostileBigint },
  {
    type: anyScalar,
    value: fc.oneof(hostileText, hostileNumber, fc.boolean(), hostileBigint, fc.constant(null), fc.constant(undefined)),
  },
];

const scalar: fc.Arbitrary<Typed> = fc.constantFrom(...SCALARS);
const fieldName = fc.oneof(fc.constantFrom("id", "name", "__proto__", "constructor", "length", "1", "é"), fc.string());

/** Types without lists, at most `depth` levels of tuples and records. */
export function typed(depth: number): fc.Arbitrary<Typed> {
  if (depth === 0) return scalar;
  const inner = typed(depth - 1);
  return fc.oneof(
    scalar,
    fc.array(inner, { minLength: 1, maxLength: 6 }).map(
      (items): Typed => ({
        type: { kind: "tuple", items: items.map(({ type }) => type) },
        value: fc.tuple(...items.map(({ value }) => value)),
      }),
    ),
    fc.uniqueArray(fc.tuple(fieldName, inner), { minLength: 1, maxLength: 5, selector: ([name]) => name }).map(
      (fields): Typed => ({
        type: { kind: "record", fields: fields.map(([name, { type }]) => [name, type]) },
        value: fc.tuple(...fields.map(([, { value }]) => value)).map((values) => {
          const row = {};
          fields.forEach(([name], i) => {
            const value = values[i];
            Object.defineProperty(row, name, { value, enumerable: true, configurable: true, writable: true });
          });
          return row;
        }),
      }),
    ),
  );
}

/** A type and rows of it. */
export function typedRows(depth: number, maxLength = 30): fc.Arbitrary<{ type: RowType; rows: unknown[] }> {
  return typed(depth).chain(({ type, value }) =>
    fc.record({ type: fc.constant(type), rows: fc.array(value, { maxLength }) }),
  );
}
