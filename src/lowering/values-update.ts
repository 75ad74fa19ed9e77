import { choose, FALSE, literal, TRUE } from "./build.js";
import type { Expression, Lowering, Refusal, Variable } from "./expression.js";
import { visitParts } from "./parts.js";
import { orRefusal, stop } from "./refused.js";
import { bound, hasFreeVariable, replaceParts } from "./replace.js";

/** What a function of `updateStateByKey` makes of the new values of a key, before anything else. */
export type Summary =
  /** What it folds them to, from `initial` on: an expression on the state (parameter 1) and the key (2). `body` is one on what there is so far (0), a value (1) and the key. */
  | { readonly kind: "fold"; readonly initial: Expression; readonly body: Expression }
  /** Of the last one, where there is one, an expression on the value (1) and the key (2). */
  | { readonly kind: "last"; readonly value: Expression };

/** A function `(values, state, key) => state` taken apart: summaries of the values, and the new state as an expression on state (1), key (2) and summaries (from 3 on). */
export interface ValuesUpdate {
  readonly summaries: readonly Summary[];
  readonly result: Expression;
  readonly readsState: boolean;
}

export const VALUES = 0;
export const STATE = 1;
export const KEY = 2;
export const SUMMARIES = 3;

const SO_FAR: Expression = { kind: "parameter", index: 0 };
const VALUE: Expression = { kind: "parameter", index: 1 };

/** What happens to the values of a list on their way: from one of the given values to one of the list, and which are left out. */
interface List {
  readonly value: Expression;
  readonly keep: Expression | undefined;
}

/** Takes a lowered function of `updateStateByKey` apart; or says what it does with its values that cannot be done value by value. */
export function valuesUpdateOf(lowering: Lowering): ValuesUpdate | Refusal {
  if (!lowering.ok) return lowering;
  return orRefusal(() => new Taking(lowering.expression).update());
}

/** One function that is taken apart. */
class Taking {
  readonly #expression: Expression;
  readonly #summaries: Summary[] = [];
  /** A given value, wherever it is read. */
  readonly #item: Variable = { kind: "variable" };

  constructor(expression: Expression) {
    this.#expression = expression;
  }

  update(): ValuesUpdate {
    visitParts(this.#expression, (part) => {
      if (part.kind === "parameter" && part.index > KEY) stop("reads the time", "time");
    });
    const result = replaceParts(this.#expression, (part) => this.#summaryIn(part));
    const readsState = reads(result, STATE);
    return { summaries: this.#summaries, result, readsState };
  }

  /** The parameter that a part becomes which is a summary of the values. */
  #summaryIn(part: Expression): Expression | undefined {
    if (part.kind === "parameter" && part.index === VALUES) stop("uses its values as a whole", "values");
    const summary = this.#summaryOf(part);
    if (summary === undefined) return undefined;
    if (hasFreeVariable(part)) stop("looks at its values inside a function", "=>");
    this.#summaries.push(summary);
    return { kind: "parameter", index: SUMMARIES + this.#summaries.length - 1 };
  }

  #summaryOf(part: Expression): Summary | undefined {
    switch (part.kind) {
      case "fold": {
        const list = this.#listOf(part.of);
        if (list === undefined) return undefined;
        if (part.initial === undefined) stop('calls the method "reduce" without what it begins with', "reduce");
        const values = new Map([
          [part.accumulator, SO_FAR],
          [part.item, list.value],
        ]);
        return this.#fold(part.initial, kept(list, bound(part.body, values), SO_FAR));
      }
      case "each": {
        const list = part.method === "some" || part.method === "every" ? this.#listOf(part.of) : undefined;
        return (
          list && this.#anyOrAll(list, bound(part.body, new Map([[part.item, list.value]])), part.method === "some")
        );
      }
      case "field": {
        const list = part.name === "length" ? this.#listOf(part.of) : undefined;
        if (list === undefined) return undefined;
        const more: Expression = { kind: "binary", operator: "+", left: SO_FAR, right: literal(1) };
        return this.#fold(literal(0), kept(list, more, SO_FAR));
      }
      case "at":
        return this.#last(part.of, part.index);
      case "method":
        return this.#method(part);
      default:
        return undefined;
    }
  }

  /** `values[values.length - 1]`. */
  #last(of: Expression, index: Expression): Summary | undefined {
    const list = this.#listOf(of);
    if (list === undefined) return undefined;
    const isLast =
      index.kind === "binary" &&
      index.operator === "-" &&
      index.right.kind === "literal" &&
      index.right.value === 1 &&
      index.left.kind === "field" &&
      index.left.name === "length" &&
      index.left.of === of;
    if (!isLast || list.keep) stop("reads another value than the last one", "[]");
    return { kind: "last", value: this.#onValue(list.value) };
  }

  #method({ of, name, args }: Extract<Expression, { kind: "method" }>): Summary | undefined {
    const list = this.#listOf(of);
    const [first, ...others] = args;
    if (list === undefined) return undefined;
    if (first === undefined || others.length > 0) return stop(`calls the method "${name}" of its values`, name);
    if (name === "at" && first.kind === "literal" && first.value === -1 && !list.keep) {
      return { kind: "last", value: this.#onValue(list.value) };
    }
    if (name === "includes") {
      const { value } = list;
      const isSame: Expression = { kind: "binary", operator: "===", left: value, right: first };
      const isNotItself = (side: Expression): Expression => ({
        kind: "binary",
        operator: "!==",
        left: side,
        right: side,
      });
      const areNaN: Expression = {
        kind: "logical",
        operator: "&&",
        left: isNotItself(value),
        right: isNotItself(first),
      };
      return this.#anyOrAll(list, { kind: "logical", operator: "||", left: isSame, right: areNaN }, true);
    }
    return stop(`calls the method "${name}" of its values`, name);
  }

  #anyOrAll(list: List, body: Expression, isAny: boolean): Summary {
    const test: Expression = { kind: "unary", operator: "!", of: { kind: "unary", operator: "!", of: body } };
    const value = kept(list, test, isAny ? FALSE : TRUE);
    const operator = isAny ? "||" : "&&";
    return this.#fold(literal(!isAny), { kind: "logical", operator, left: SO_FAR, right: value });
  }

  #fold(initial: Expression, body: Expression): Summary {
    if (reads(initial, VALUES)) stop("begins with something that it makes of its values", "values");
    return { kind: "fold", initial, body: this.#onValue(body) };
  }

  /** Of what is computed for each value, on the parameters of a summary. */
  #onValue(body: Expression): Expression {
    const made = replaceParts(body, (part) => {
      if (part === SO_FAR || part === VALUE) return part;
      if (part === this.#item) return VALUE;
      if (part.kind !== "parameter" || part.index === KEY) return undefined;
      return part.index === STATE
        ? stop("reads the state for each value", "state")
        : stop("looks at all values for each value", "values");
    });
    if (hasFreeVariable(made)) stop("looks at its values inside a function", "=>");
    return made;
  }

  /** The values themselves, or what is made of them one by one. */
  #listOf(of: Expression): List | undefined {
    if (of.kind === "parameter" && of.index === VALUES) return { value: this.#item, keep: undefined };
    if (of.kind === "tuple" && of.items.length === 1) {
      const [only] = of.items;
      return only!.kind === "spread" ? this.#listOf(only!.of) : undefined;
    }
    if (of.kind !== "each" || (of.method !== "map" && of.method !== "filter")) return undefined;
    const list = this.#listOf(of.of);
    if (list === undefined) return undefined;
    const made = bound(of.body, new Map([[of.item, list.value]]));
    if (of.method === "map") return { value: made, keep: list.keep };
    const { keep } = list;
    return { value: list.value, keep: keep ? { kind: "logical", operator: "&&", left: keep, right: made } : made };
  }
}

/** Where a list has its value what it becomes, elsewhere what it is instead. */
function kept({ keep }: List, then: Expression, otherwise: Expression): Expression {
  return keep ? choose(keep, then, otherwise) : then;
}

function reads(expression: Expression, parameter: number): boolean {
  let isRead = false;
  visitParts(expression, (part) => {
    isRead ||= part.kind === "parameter" && part.index === parameter;
  });
  return isRead;
}

/**
 * A body of a fold without what it checks before its result, where that throws for no values that the kernel has here: arithmetic and comparisons, which
 * throw on bigints alone. `isShaped`: whether values are tuples or records of known fields, so that reading one does not throw.
 */
export function withoutChecks(body: Expression, isShaped: boolean): Expression {
  if (body.kind !== "sequence") return body;
  let isPlain = true;
  for (const check of body.checks) visitParts(check, (part) => (isPlain &&= isArithmetic(part, isShaped)));
  return isPlain ? body.result : body;
}

function isArithmetic(part: Expression, isShaped: boolean): boolean {
  switch (part.kind) {
    case "parameter":
    case "literal":
    case "unary":
    case "binary":
    case "logical":
    case "condition":
    case "sequence":
      return true;
    case "at":
      return part.index.kind === "literal" && (isShaped || isSoFar(part.of));
    case "field":
      return isShaped || isSoFar(part.of);
    case "call":
      return part.name.startsWith("Math.");
    default:
      return false;
  }
}

function isSoFar(of: Expression): boolean {
  return of.kind === "parameter" && of.index === 0;
}
