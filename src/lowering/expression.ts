/** A value that stands in the source of a lambda, or was captured as a primitive. */
export type LiteralValue = string | number | boolean | null | undefined;

/**
 * What a lambda computes, as a tree without names, calls or effects. It means what JavaScript means by the same words, for every
 * argument: `split` counts in UTF-16 units and throws on what is not a string, `+` adds or joins. Whoever runs it elsewhere decides
 * which column types and separators it can do exactly so.
 */
export type Expression =
  | { readonly kind: "parameter"; readonly index: number }
  | { readonly kind: "literal"; readonly value: LiteralValue }
  | { readonly kind: "tuple"; readonly items: readonly Expression[] }
  | { readonly kind: "split"; readonly of: Expression; readonly separator: string }
  | { readonly kind: "binary"; readonly operator: "+"; readonly left: Expression; readonly right: Expression };

/** Why a lambda stays JavaScript: a short phrase for people, and the name or word in the source that it is about. */
export interface Refusal {
  readonly ok: false;
  readonly reason: string;
  readonly token?: string;
}

/** An expression and the number of parameters that the lambda declares, or why there is none. */
export type Lowering = { readonly ok: true; readonly expression: Expression; readonly parameters: number } | Refusal;

/** A refusal; the token is left out when there is none to name. */
export function refuse(reason: string, token?: string): Refusal {
  return token === undefined ? { ok: false, reason } : { ok: false, reason, token };
}
