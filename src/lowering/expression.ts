/** A value that stands in the source of a lambda, or was captured as a primitive. */
export type LiteralValue = string | number | boolean | bigint | null | undefined;

export type UnaryOperator = "-" | "+" | "!" | "~" | "typeof";
export type BinaryOperator =
  | "+"
  | "-"
  | "*"
  | "/"
  | "%"
  | "&"
  | "|"
  | "^"
  | "<<"
  | ">>"
  | ">>>"
  | "=="
  | "!="
  | "==="
  | "!=="
  | "<"
  | "<="
  | ">"
  | ">=";
export type LogicalOperator = "&&" | "||" | "??";

/** What is spread into an array or an object. Arrays iterate (strings too, by code points); objects copy own properties, of null and undefined none. */
export interface Spread {
  readonly kind: "spread";
  readonly of: Expression;
}

/** A property of a record, in the order of the source; the last of one name wins. Never "__proto__". */
export interface RecordField {
  readonly kind: "entry";
  readonly name: string;
  readonly value: Expression;
}

/** What a function inside the lambda calls its parameter. It is bound by the one `each` or `fold` that holds this very object. */
export interface Variable {
  readonly kind: "variable";
}

/**
 * What a lambda computes, without names and effects. It means what JavaScript means by the same words, for every argument: strings count in UTF-16
 * units, `+` adds or joins, a field of undefined throws. Whoever runs it elsewhere decides for which types of arguments it can do exactly so.
 *
 * Locals make it a graph: an object that occurs in several places is one value, computed once. It is met first, in order of evaluation, where every
 * other place that uses it can only be reached through (`sequence` is there for that), so results can be kept by identity. Optional chains and default
 * values are conditions on such shared parts.
 */
export type Expression =
  | { readonly kind: "parameter"; readonly index: number }
  | { readonly kind: "literal"; readonly value: LiteralValue }
  /** An object that was captured: a `Map`, `Set`, array or plain object, or what a broadcast holds. */
  | { readonly kind: "captured"; readonly value: object }
  | Variable
  | { readonly kind: "tuple"; readonly items: ReadonlyArray<Expression | Spread> }
  | { readonly kind: "record"; readonly fields: ReadonlyArray<RecordField | Spread> }
  /** `of.name`; never a name that every object inherits. Of strings, numbers and arrays it reads what they inherit, too. */
  | { readonly kind: "field"; readonly of: Expression; readonly name: string }
  /** `of[index]`. */
  | { readonly kind: "at"; readonly of: Expression; readonly index: Expression }
  /** What `[, , x] = of` binds: the item at a fixed index of what is iterated over. Throws on what does not iterate; strings give code points. */
  | { readonly kind: "element"; readonly of: Expression; readonly index: number }
  | { readonly kind: "unary"; readonly operator: UnaryOperator; readonly of: Expression }
  | {
      readonly kind: "binary";
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: "logical";
      readonly operator: LogicalOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: "condition"; readonly test: Expression; readonly then: Expression; readonly else: Expression }
  /** Parts joined as text, as a template does: each is made a string by its `toString` before its `valueOf`. */
  | { readonly kind: "template"; readonly parts: readonly Expression[] }
  /** Computes the checks in order for what they throw, then the result. */
  | { readonly kind: "sequence"; readonly checks: readonly Expression[]; readonly result: Expression }
  /** Always throws. */
  | { readonly kind: "fail"; readonly reason: string }
  /** A function of the standard library, by the name it stands under in `STANDARD_FUNCTIONS`, with the arguments that were written. */
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] }
  /** A method of `STANDARD_METHODS` of whatever type `of` has; of captured maps and sets also `get` and `has`. */
  | { readonly kind: "method"; readonly of: Expression; readonly name: string; readonly args: readonly Expression[] }
  /** `of.map(item => body)` and its kin. */
  | {
      readonly kind: "each";
      readonly method: "map" | "filter" | "some" | "every";
      readonly of: Expression;
      readonly item: Variable;
      readonly body: Expression;
    }
  /** `of.reduce((accumulator, item) => body, initial)`. */
  | {
      readonly kind: "fold";
      readonly of: Expression;
      readonly accumulator: Variable;
      readonly item: Variable;
      readonly body: Expression;
      readonly initial: Expression | undefined;
    };

/** Why a lambda stays JavaScript: a short phrase for people, and the name or word in the source that it is about. */
export interface Refusal {
  readonly ok: false;
  readonly reason: string;
  readonly token?: string;
}

/** An expression and the number of parameters that the lambda declares, or why there is none. */
export type Lowering = { readonly ok: true; readonly expression: Expression; readonly parameters: number } | Refusal;

/**
 * What a function of `mapWithState` does, as expressions on its parameters. In place of the state object they are given the state (undefined where there
 * is none), and right after it whether the key is timing out; nothing else after it is read. `result` is computed first and throws wherever the function
 * throws; the others follow and throw no more.
 */
export interface StatefulExpression {
  readonly result: Expression;
  /** The state after the call, undefined where there is none. */
  readonly state: Expression;
  /** Whether `update` was called; boolean. */
  readonly isUpdated: Expression;
  /** Whether `remove` was called; boolean. */
  readonly isRemoved: Expression;
}

export type StatefulLowering =
  | { readonly ok: true; readonly stateful: StatefulExpression; readonly parameters: number }
  | Refusal;

/** A refusal; the token is left out when there is none to name. */
export function refuse(reason: string, token?: string): Refusal {
  return token === undefined ? { ok: false, reason } : { ok: false, reason, token };
}
