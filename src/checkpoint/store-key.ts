import { CheckpointError } from "../errors.js";

/** A name in a key that is a safe file name on every host. */
const NAME = /^(?!\.)[A-Za-z0-9._-]+$/;
const NAME_LENGTH_MAX = 200;
const KEY_LENGTH_MAX = 1000;

/**
 * The names in a key: letters, digits, ".", "_" and "-", none of them first a ".", joined by "/"; 200 characters each at most, and the key 1,000.
 * `CheckpointError` "invalid-key" says which rule it breaks.
 */
export function namesOf(key: string): string[] {
  const names = typeof key === "string" && key.length <= KEY_LENGTH_MAX ? key.split("/") : [];
  if (names.length > 0 && names.every(isName)) return names;
  throw new CheckpointError(
    `A key of a store must be names of letters, digits, ".", "_" and "-" that begin with no "." and have ${NAME_LENGTH_MAX} characters at most, joined by "/", ` +
      `${KEY_LENGTH_MAX} characters in all, got ${JSON.stringify(key)?.slice(0, KEY_LENGTH_MAX) ?? String(key)}.`,
    { code: "invalid-key", details: { key } },
  );
}

/** Whether it may stand in a key. */
export function isName(name: string): boolean {
  return name.length <= NAME_LENGTH_MAX && NAME.test(name);
}
