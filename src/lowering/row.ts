/** Keeps `[a, b]` a pair when inferred from a lambda, so that `map((w) => [w, 1])` is a stream of `[string, number]`. */
// biome-ignore lint/complexity/noBannedTypes: "anything, but infer tuples" is what is meant, and "unknown" would lose the tuple.
export type Row = {} | null | undefined | [unknown, unknown];

/** Any function, whatever it takes. */
export type Lambda = (...args: never[]) => unknown;
