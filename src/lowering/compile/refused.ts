import { type Refusal, refuse } from "../expression.js";

/** Thrown inside the compiler: an expression cannot be computed by the kernel. */
export class Refused extends Error {
  readonly refusal: Refusal;

  constructor(reason: string, token?: string) {
    super(reason);
    this.refusal = refuse(reason, token);
  }
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
