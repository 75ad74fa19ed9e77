import { CheckpointError, ConfigError, messageOf } from "../../errors.js";

const FULL_NAMES: ReadonlySet<string> = new Set(["QuotaExceededError", "NS_ERROR_FILE_NO_DEVICE_SPACE"]);
/** What hosts say in words alone. */
const FULL_WORDS = /SQLITE_FULL|disk is full|(?:exceeded|out of).*\b(?:quota|storage|limit)|no space/i;
const GONE_NAMES: ReadonlySet<string> = new Set(["NotFoundError", "InvalidStateError", "SecurityError"]);

/**
 * The `CheckpointError` for what the host said while a store of its own did something: "storage-full" where there is no room, "checkpoint-gone" where the storage was taken away,
 * "storage-failed" for everything else. An error that is a `CheckpointError` stays what it is.
 */
export function webStoreError(error: unknown, store: string, doing: string): CheckpointError {
  if (error instanceof CheckpointError) return error;
  const name = String((error as { readonly name?: unknown } | undefined)?.name);
  const said = messageOf(error);
  const [code, says] =
    FULL_NAMES.has(name) || FULL_WORDS.test(said)
      ? ["storage-full", "has no room left: free some, or raise the quota; what failed may be tried again then"]
      : GONE_NAMES.has(name)
        ? [
            "checkpoint-gone",
            "is not there any more, or cannot be used: its data must not be cleared while a context runs",
          ]
        : ["storage-failed", "failed: restart from the last checkpoint"];
  return new CheckpointError(`${store} ${says} (${doing}: ${said}).`, {
    code,
    details: { store, doing, hostError: name },
    cause: error,
  });
}

/** Says that the host lacks what a store is made of, and what to use. */
export function lackingError(store: string, lacks: string, use: string, code: string): ConfigError {
  return new ConfigError(`${store} needs ${lacks}, which this host does not have here: use ${use}.`, { code });
}

/** The name of a store, checked: it is the host's name for what holds it. */
export function checkedName(store: string, name: string): string {
  if (typeof name === "string" && /^[\w][\w.-]{0,99}$/.test(name)) return name;
  throw new ConfigError(
    `The name of ${store} must be up to 100 letters, digits, ".", "_" and "-", and begin with neither of the last two marks, got ${JSON.stringify(name) ?? String(name)}.`,
    { code: "invalid-option", details: { option: "name", got: name } },
  );
}

/** What a store is made of, checked for the methods that it uses. */
export function checkedMethods<T extends object>(
  store: string,
  what: string,
  given: T,
  methods: ReadonlyArray<keyof T & string>,
): T {
  const isObject = typeof given === "object" && given !== null;
  const missing = isObject ? methods.find((method) => typeof given[method] !== "function") : methods[0];
  if (missing === undefined) return given;
  throw new ConfigError(`${store} needs ${what}, with ${methods.join(", ")}; what was given has no ${missing}().`, {
    code: "invalid-option",
    details: { missing, got: given },
  });
}

/** What all keys of a store begin with, checked. */
export function checkedPrefix(store: string, prefix: string): string {
  if (typeof prefix === "string" && prefix.length <= 200) return prefix;
  throw new ConfigError(
    `prefix of ${store} must be a text of 200 characters at most, got ${JSON.stringify(prefix) ?? String(prefix)}.`,
    {
      code: "invalid-option",
      details: { option: "prefix", got: prefix },
    },
  );
}
