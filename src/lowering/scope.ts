import type { Expression as Node, Super } from "acorn";
import { SharedValue } from "./broadcast.js";
import type { Expression } from "./expression.js";
import { depthOf } from "./parts.js";
import { stop } from "./refused.js";

/** Deeper sources are refused, so that no walk over a tree can run out of stack. */
export const EXPRESSION_DEPTH_MAX = 64;

/** What locals make of expressions may be this deep. */
export const GRAPH_DEPTH_MAX = 256;

/** The captured values, and the names by which the source of the lambda knows them. */
export interface Captures {
  readonly values: object;
  /** Local name to property of `values`, when the factory destructures. */
  readonly names: ReadonlyMap<string, string>;
  /** The factory's parameter, when it does not destructure. */
  readonly object: string | undefined;
}

/** What a name means: a value; the state or the time of `mapWithState`; or nothing yet, because it is declared further down. */
export type Binding =
  | ValueBinding
  | { readonly kind: "state" }
  | { readonly kind: "time" }
  | { readonly kind: "later" };

/** A value, as it is at first; what is assigned later the translation knows. */
export interface ValueBinding {
  readonly kind: "value";
  readonly value: Expression;
  readonly isConstant: boolean;
  /** How many functions inside the lambda are around it. */
  readonly depth: number;
}

/** The state at some point of a function of `mapWithState`, as expressions. */
export interface StateSoFar {
  /** Undefined where there is none. */
  readonly value: Expression;
  readonly exists: Expression;
  readonly isUpdated: Expression;
  readonly isRemoved: Expression;
}

/** What one translation keeps. */
export class Translation {
  /** What an expression of the source becomes, by its form. */
  readonly formOf: (node: Node | Super, scope: Scope) => Expression;
  readonly captures: Captures | undefined;
  /** The name of a function expression inside itself; it hides captured names too. */
  readonly self: string | undefined;
  /** What the optional links of the chain at hand are taken of, first to last. */
  chain: Expression[] | undefined;
  /** The state at the point that the translation has reached; nothing where there is no state. */
  state: StateSoFar | undefined;
  /** What variables hold at that point that have been assigned to; replaced, never changed. */
  assigned: ReadonlyMap<ValueBinding, Expression> = new Map();
  /** How many functions inside the lambda are around it. */
  functionDepth = 0;
  /** Whether the key is timing out, where there is a state. */
  readonly isTimingOut: Expression | undefined;
  readonly #depths = new Map<Expression, number>();
  depth = 0;

  constructor(options: {
    formOf: (node: Node | Super, scope: Scope) => Expression;
    captures: Captures | undefined;
    self: string | undefined;
    state?: StateSoFar;
    isTimingOut?: Expression;
  }) {
    this.formOf = options.formOf;
    this.captures = options.captures;
    this.self = options.self;
    this.state = options.state;
    this.isTimingOut = options.isTimingOut;
  }

  /** Refuses what is deeper than walks over it can go. */
  checkDepth(expression: Expression): void {
    if (depthOf(expression, this.#depths) > GRAPH_DEPTH_MAX) stop(`its values depend on more than ${GRAPH_DEPTH_MAX}`);
  }
}

/** The names that mean something in a part of a function. */
export class Scope {
  readonly translation: Translation;
  readonly #outer: Scope | undefined;
  readonly #names = new Map<string, Binding>();

  constructor(translation: Translation, outer?: Scope) {
    this.translation = translation;
    this.#outer = outer;
  }

  /** A name of this scope, which hides outer ones, as one that cannot be used yet. */
  announce(name: string): void {
    if (this.#names.has(name)) stop(`has two parameters or variables "${name}"`, name);
    this.#names.set(name, { kind: "later" });
  }

  bind(name: string, value: Expression): void {
    this.translation.checkDepth(value);
    const { functionDepth: depth } = this.translation;
    this.#names.set(name, { kind: "value", value, isConstant: false, depth });
  }

  /** Nothing may be assigned to a name of this scope. */
  seal(name: string): void {
    const binding = this.#names.get(name);
    if (binding?.kind === "value") this.#names.set(name, { ...binding, isConstant: true });
  }

  /** What a variable holds now. */
  valueOf(binding: ValueBinding): Expression {
    return this.translation.assigned.get(binding) ?? binding.value;
  }

  /** The variable of a name, for an assignment to it. */
  variable(name: string): ValueBinding {
    const binding = this.find(name);
    if (binding?.kind === "later") stop(`uses "${name}" before it is declared`, name);
    if (binding?.kind !== "value" || binding.isConstant) stop(`assigns to "${name}"`, name);
    if (binding.depth !== this.translation.functionDepth) stop(`assigns to "${name}" inside a function`, name);
    return binding;
  }

  assign(binding: ValueBinding, value: Expression): void {
    const { translation } = this;
    translation.checkDepth(value);
    translation.assigned = new Map(translation.assigned).set(binding, value);
  }

  bindAs(name: string, kind: "state" | "time"): void {
    this.#names.set(name, { kind });
  }

  find(name: string): Binding | undefined {
    return this.#names.get(name) ?? this.#outer?.find(name);
  }

  inner(): Scope {
    return new Scope(this.translation, this);
  }

  /** The expression that a part of the source computes. */
  expressionOf(node: Node | Super): Expression {
    const expression = this.receiverOf(node);
    if (expression.kind !== "captured") return expression;
    const { captures } = this.translation;
    if (expression.value === captures?.values) {
      stop(`uses "${captures.object}", the captured values, as a whole`, captures.object);
    }
    if (expression.value instanceof SharedValue) stop("uses a broadcast otherwise than by its value", "value");
    return expression;
  }

  /** As `expressionOf`, for what a property is read of: the captured values and broadcasts, too. */
  receiverOf(node: Node | Super): Expression {
    const { translation } = this;
    if (translation.depth > EXPRESSION_DEPTH_MAX) stop(`nested deeper than ${EXPRESSION_DEPTH_MAX}`);
    translation.depth += 1;
    const expression = translation.formOf(node, this);
    translation.depth -= 1;
    return expression;
  }
}
