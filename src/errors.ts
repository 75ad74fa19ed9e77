/** Options that every error takes besides its message. */
export interface MillraceErrorOptions {
  /** Stable, kebab-case name of the failure, for programs. */
  readonly code: string;
  /** The figures and names that the message mentions. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** The error that led to this one. */
  readonly cause?: unknown;
}

/**
 * Root of all errors: a message made of subject, rule, what was given and the remedy; a stable `code`, typed `details`, `cause`.
 * The families tell the caller what to do: fix the program (`ConfigError`, `PlanError`), look at the outside (`SourceError`,
 * `OutputError`), give more room or report (`KernelError`), restore (`StateError`, `CheckpointError`).
 */
export class MillraceError extends Error {
  /** Stable, kebab-case name of the failure, for programs: messages may change, codes do not. */
  readonly code: string;
  /** The figures and names that the message mentions. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(message: string, { code, details = {}, cause }: MillraceErrorOptions) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.details = details;
  }
}

/** An option or argument is wrong, or the host lacks what it asks for. */
export class ConfigError extends MillraceError {}
/** The graph is wrong, is changed at a wrong time, or a function in it does not keep its contract. */
export class PlanError extends MillraceError {}
/** State was used in a way that its rules forbid. */
export class StateError extends MillraceError {}
/** A source or its input failed. */
export class SourceError extends MillraceError {}
/** An output failed. */
export class OutputError extends MillraceError {}
/** The kernel ran out of room, trapped, or was given something damaged. */
export class KernelError extends MillraceError {}
/** A checkpoint cannot be read or written. */
export class CheckpointError extends MillraceError {}

/** Whether it is an error; what cannot be asked is none. */
export function isError(thrown: unknown): thrown is Error {
  try {
    return thrown instanceof Error;
  } catch {
    return false;
  }
}

/** The message of an error, or what was thrown in words; never throws itself. */
export function reasonOf(thrown: unknown): string {
  try {
    if (isError(thrown)) return String(thrown.message);
  } catch {
    // Its message cannot be read: it is told as anything else.
  }
  return messageOf(thrown);
}

/** What was thrown, in words; never throws itself, whatever it was. */
export function messageOf(error: unknown): string {
  try {
    return String(error);
  } catch {
    return "something that cannot be shown";
  }
}
