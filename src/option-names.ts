import { ConfigError } from "./errors.js";

/** Every option of a kind, so that the compiler tells when one is added and not listed. */
export type OptionNames<T> = Readonly<Record<keyof T, true>>;

/**
 * Throws a `ConfigError` where `options` is no object ("invalid-option") or has a name that is not in `names` ("unknown-option"): an option that is
 * ignored is one that the program believes in.
 */
export function checkOptionNames(
  subject: string,
  options: unknown,
  names: Readonly<Record<string, true>>,
  later: readonly string[] = [],
): void {
  const known = Object.keys(names);
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    const got = options === null ? "null" : Array.isArray(options) ? "an array" : typeof options;
    throw new ConfigError(`The options of ${subject} must be an object of ${known.join(", ")}; got ${got}.`, {
      code: "invalid-option",
      details: { subject, got: options },
    });
  }
  const unknown = Object.entries(options).find(
    ([name, value]) => value !== undefined && !Object.hasOwn(names, name) && !later.includes(name),
  );
  if (unknown === undefined) return;
  throw new ConfigError(`${subject} has no option ${JSON.stringify(unknown[0])}; it has ${known.join(", ")}.`, {
    code: "unknown-option",
    details: { subject, option: unknown[0], got: unknown[1] },
  });
}
