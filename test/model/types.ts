/** What is known of the rows of a stream: a kind of value, or pairs of two kinds as "key:value". Pairs are lists, and everything is "any". */
export type Kind = "number" | "string" | "list" | "any";
export type Type = Kind | `${Kind}:${Kind}`;

export const isPair = (type: Type): boolean => type.includes(":");
export const keyKind = (type: Type): Kind => type.split(":")[0] as Kind;
export const valueKind = (type: Type): Kind => type.split(":")[1] as Kind;
export const kindOf = (type: Type): Kind => (isPair(type) ? "list" : (type as Kind));

/** Whether a function for `wanted` takes rows of `type`. */
export function fits(type: Type, wanted: Type | "pair"): boolean {
  if (wanted === "any" || type === wanted) return true;
  return isPair(type) && (wanted === "pair" || wanted === "list");
}

/** The type that both are. */
export function common(a: Type, b: Type): Type {
  if (a === b) return a;
  if (isPair(a) && isPair(b)) {
    return `${common(keyKind(a), keyKind(b)) as Kind}:${common(valueKind(a), valueKind(b)) as Kind}`;
  }
  return kindOf(a) === "list" && kindOf(b) === "list" ? "list" : "any";
}
