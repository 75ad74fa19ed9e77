import { KernelError } from "../errors.js";

/** Codes of errors for lack of room. */
const LIMITS: ReadonlySet<string> = new Set(["table-limit", "memory-limit", "memory-refused"]);

/** How large a state is. */
export interface StateSize {
  readonly keys: number;
  readonly bytes: number;
}

/** The error of a state that found no room, with the operator's name and how large the state is; any other error as it is. */
export function stateError(operator: string, error: unknown, size: StateSize): unknown {
  if (!(error instanceof KernelError) || !LIMITS.has(error.code)) return error;
  const { message, code, cause } = error;
  const details = { operator, ...size, ...error.details };
  return new KernelError(`The state of ${operator}, ${details.keys} keys in ${details.bytes} bytes: ${message}`, {
    code,
    details,
    cause,
  });
}
