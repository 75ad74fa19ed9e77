import { type Refusal, refuse } from "./expression.js";

/** Thrown inside what translates, plans or compiles a lambda, and caught by whoever began it: why the lambda stays JavaScript. */
export class Refused extends Error {
  readonly refusal: Refusal;

  constructor(why: Refusal | string, token?: string) {
    const refusal = typeof why === "string" ? refuse(why, token) : why;
    super(refusal.reason);
    this.refusal = refusal;
  }
}

/** Ends it. */
export function stop(reason: string, token?: string): never {
  throw new Refused(reason, token);
}

/** The value, which is no refusal: else this ends it. */
export function given<T extends object>(value: T | Refusal): T {
  if ("ok" in value && value.ok === false) throw new Refused(value as Refusal);
  return value as T;
}

/** What `body` gives, or why it was refused. */
export function orRefusal<R>(body: () => R): R | Refusal {
  try {
    return body();
  } catch (error) {
    if (error instanceof Refused) return error.refusal;
    throw error;
  }
}
