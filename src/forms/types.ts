/** A value that stands for itself in a form. */
export type Literal = string | number | boolean | null | undefined;

/** What every form has, so that a lambda is not taken for one. */
export interface FormMark {
  /** Forms are told from lambdas by it. */
  readonly kind: "form";
}

/** What an operation takes beside its own form: another form, or a plain value. */
export type Operand = (FormMark & ((row: never) => unknown)) | Literal;

/** Where a column lies in a row: names of fields and positions in tuples, from the outside in. */
export type ColumnPath = readonly [] | readonly [string | number, ...Array<string | number>];

/** The rows that have a value of type `V` at a path. */
export type RowWith<P extends readonly unknown[], V> = P extends readonly [
  infer H extends string | number,
  ...infer Rest,
]
  ? { readonly [K in H]: RowWith<Rest, V> }
  : V;

/** The value at a path of rows of type `R`. */
export type ValueAt<R, P extends readonly unknown[]> = P extends readonly [infer H, ...infer Rest]
  ? H extends keyof R
    ? ValueAt<R[H], Rest>
    : undefined
  : R;

/** The rows that an operand needs. */
export type Needs<O> = O extends FormMark & ((row: infer R) => unknown) ? R : unknown;

type Intersection<U> = (U extends unknown ? (each: U) => void : never) extends (all: infer I) => void ? I : never;

/** The rows that several operands need. */
export type NeedsAll<O> =
  Intersection<O extends unknown ? { readonly needs: Needs<O> } : never> extends {
    readonly needs: infer R;
  }
    ? R
    : unknown;

type Widened<O> = O extends string ? string : O extends number ? number : O extends boolean ? boolean : O;

/** What an operand is for rows of type `R`. */
export type ValueIn<O, R> = O extends { readonly path: infer P extends readonly unknown[] }
  ? ValueAt<R, P>
  : O extends { readonly items: infer I extends readonly unknown[] }
    ? { -readonly [K in keyof I]: ValueIn<I[K], R> }
    : O extends { readonly fields: infer F }
      ? { -readonly [K in keyof F]: ValueIn<F[K], R> }
      : O extends FormMark & ((row: never) => infer V)
        ? V
        : Widened<O>;

/** Operands by the name of the field that each becomes. */
export interface Fields {
  readonly [name: string]: Operand;
}

type Maybe<V> = V | null | undefined;

/** Operations on values of any type. They mean what JavaScript means by the operator that is named. */
export interface AnyMethods<R> {
  /** `===`. */
  eq<O extends Operand>(other: O): Expr<R & Needs<O>, boolean>;
  /** `!==`. */
  ne<O extends Operand>(other: O): Expr<R & Needs<O>, boolean>;
  /** `<`; texts are compared by UTF-16 units. */
  lt<O extends Operand>(other: O): Expr<R & Needs<O>, boolean>;
  /** `<=`. */
  le<O extends Operand>(other: O): Expr<R & Needs<O>, boolean>;
  /** `>`. */
  gt<O extends Operand>(other: O): Expr<R & Needs<O>, boolean>;
  /** `>=`. */
  ge<O extends Operand>(other: O): Expr<R & Needs<O>, boolean>;
  /** At least `low` and at most `high`. */
  between<L extends Operand, H extends Operand>(low: L, high: H): Expr<R & Needs<L> & Needs<H>, boolean>;
  /** Whether it is one of these values, which are copied now; as `Array.prototype.includes` has it. */
  isIn(values: readonly Literal[] | ReadonlySet<Literal>): Expr<R, boolean>;
  /** What a map has for it, undefined where it has nothing. The map is copied now. */
  lookUp<V extends Literal>(map: ReadonlyMap<unknown, V>): Expr<R, V | undefined>;
  /** Whether it is undefined or null. */
  isMissing(): Expr<R, boolean>;
  /** Whether it is neither undefined nor null. */
  isPresent(): Expr<R, boolean>;
  /** `String(value)`. */
  text(): Expr<R, string>;
  /** `Number(value)`. */
  number(): Expr<R, number>;
}

/** Operations on numbers. */
export interface NumberMethods<R> {
  /** `+`. */
  add<O extends Operand>(other: O): Expr<R & Needs<O>, number>;
  /** `-`. */
  sub<O extends Operand>(other: O): Expr<R & Needs<O>, number>;
  /** `*`. */
  mul<O extends Operand>(other: O): Expr<R & Needs<O>, number>;
  /** `/`. */
  div<O extends Operand>(other: O): Expr<R & Needs<O>, number>;
  /** `%`: the sign is that of the left side. */
  mod<O extends Operand>(other: O): Expr<R & Needs<O>, number>;
  /** `-value`. */
  neg(): Expr<R, number>;
  /** `Math.abs`. */
  abs(): Expr<R, number>;
  /** `Math.floor`. */
  floor(): Expr<R, number>;
  /** `Math.ceil`. */
  ceil(): Expr<R, number>;
  /** `Math.round`: halves go up. */
  round(): Expr<R, number>;
  /** `Math.trunc`. */
  trunc(): Expr<R, number>;
  /** `Math.sign`. */
  sign(): Expr<R, number>;
  /** `Math.sqrt`. */
  sqrt(): Expr<R, number>;
  /** `&`, of 32-bit integers. */
  bitAnd<O extends Operand>(other: O): Expr<R & Needs<O>, number>;
  /** `|`. */
  bitOr<O extends Operand>(other: O): Expr<R & Needs<O>, number>;
  /** `^`. */
  bitXor<O extends Operand>(other: O): Expr<R & Needs<O>, number>;
  /** `~`. */
  bitNot(): Expr<R, number>;
  /** `<<`. */
  shiftLeft<O extends Operand>(bits: O): Expr<R & Needs<O>, number>;
  /** `>>`. */
  shiftRight<O extends Operand>(bits: O): Expr<R & Needs<O>, number>;
  /** `>>>`. */
  shiftRightUnsigned<O extends Operand>(bits: O): Expr<R & Needs<O>, number>;
}

/** Operations on text. Lengths and positions count UTF-16 units. Of a value that is no text the batch fails, as a lambda would. */
export interface TextMethods<R> {
  /** `length`. */
  len(): Expr<R, number>;
  /** `toLowerCase`. */
  lower(): Expr<R, string>;
  /** `toUpperCase`. */
  upper(): Expr<R, string>;
  /** `trim`. */
  trim(): Expr<R, string>;
  /** `trimStart`. */
  trimStart(): Expr<R, string>;
  /** `trimEnd`. */
  trimEnd(): Expr<R, string>;
  /** `startsWith`. */
  startsWith<O extends Operand>(part: O): Expr<R & Needs<O>, boolean>;
  /** `endsWith`. */
  endsWith<O extends Operand>(part: O): Expr<R & Needs<O>, boolean>;
  /** `includes`. */
  contains<O extends Operand>(part: O): Expr<R & Needs<O>, boolean>;
  /** `indexOf`: -1 where it is not there. */
  indexOf<O extends Operand>(part: O): Expr<R & Needs<O>, number>;
  /** `slice`. */
  slice(from: number, to?: number): Expr<R, string>;
  /** `charAt`. */
  charAt(index: number): Expr<R, string>;
  /** `replace`, of the first occurrence. */
  replace(part: string, by: string): Expr<R, string>;
  /** `replaceAll`. */
  replaceAll(part: string, by: string): Expr<R, string>;
  /** `padStart`. */
  padStart(length: number, fill?: string): Expr<R, string>;
  /** `padEnd`. */
  padEnd(length: number, fill?: string): Expr<R, string>;
  /** `split` at a text that is not empty: for `flatMap`. */
  split(separator: string): Expr<R, string[]>;
}

/** Logic. Conditions are truthy or not, as in JavaScript; results are booleans. */
export interface LogicMethods<R> {
  /** Both. */
  and<O extends Operand>(other: O): Expr<R & Needs<O>, boolean>;
  /** At least one. */
  or<O extends Operand>(other: O): Expr<R & Needs<O>, boolean>;
  /** `!`. */
  not(): Expr<R, boolean>;
}

type MethodsOf<R, V> = 0 extends 1 & V
  ? NumberMethods<R> & TextMethods<R> & LogicMethods<R>
  : (number extends V ? NumberMethods<R> : unknown) &
      (string extends V ? TextMethods<R> : unknown) &
      (boolean extends V ? LogicMethods<R> : unknown);

/**
 * A value of each row as a form: what the kernel computes for rows of type `R`. It is a function too, so every operator that takes a lambda takes it:
 * `events.filter(col("price").gt(10))`. Calling it evaluates it, with the same result. Immutable.
 */
export type Expr<R, V> = FormMark &
  ((row: R) => V) &
  AnyMethods<R> &
  MethodsOf<R, V> & {
    /** `??`: `other` where it is undefined or null. */
    orElse<O extends Operand>(other: O): Expr<R & Needs<O>, NonNullable<V> | ValueIn<O, unknown>>;
  };

/** A column as a form. Its type is that of the rows' column; operations on numbers and text need a column of these. */
export interface Column<P extends readonly unknown[]>
  extends FormMark,
    AnyMethods<RowWith<P, unknown>>,
    NumberMethods<RowWith<P, Maybe<number>>>,
    TextMethods<RowWith<P, Maybe<string>>>,
    LogicMethods<RowWith<P, unknown>> {
  /** The column of a row. */
  <R extends RowWith<P, unknown>>(row: R): ValueAt<R, P>;
  /** Where the column lies. */
  readonly path: P;
  /** `??`: `other` where it is undefined or null. */
  orElse<O extends Operand>(other: O): Expr<RowWith<P, Maybe<ValueIn<O, unknown>>> & Needs<O>, ValueIn<O, unknown>>;
}

/** An array of forms, one row each. */
export interface TupleForm<I extends readonly Operand[]> extends FormMark {
  /** The array for a row. */
  <R extends NeedsAll<I[number]>>(row: R): { -readonly [K in keyof I]: ValueIn<I[K], R> };
  /** The forms of its items. */
  readonly items: I;
}

/** An object of forms, one row each. */
export interface RecordForm<F extends Fields> extends FormMark {
  /** The object for a row. */
  <R extends NeedsAll<F[keyof F]>>(row: R): { -readonly [K in keyof F]: ValueIn<F[K], R> };
  /** The forms of its fields. */
  readonly fields: F;
}

/** As `RecordForm`, with all fields of the row. */
export interface ExtendedForm<F extends Fields> extends FormMark {
  /** The object for a row. */
  <R extends NeedsAll<F[keyof F]> & object>(row: R): Omit<R, keyof F> & { -readonly [K in keyof F]: ValueIn<F[K], R> };
}
