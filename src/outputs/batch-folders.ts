import { ConfigError } from "../errors.js";

/** Names the folder of each batch: `PREFIX-TIME[.SUFFIX]`, without a prefix `TIME[.SUFFIX]`. `ConfigError` "invalid-prefix", "invalid-suffix". */
export function batchFolders(output: string, prefix: string, suffix = ""): (timeMs: number) => string {
  if (typeof prefix !== "string" || prefix.includes("\0")) {
    throw new ConfigError(
      `The prefix of ${output} must be a path, to which "-TIME" is added, or "", got ${JSON.stringify(prefix) ?? String(prefix)}.`,
      { code: "invalid-prefix", details: { prefix } },
    );
  }
  if (typeof suffix !== "string" || /[\\/\0]/.test(suffix)) {
    throw new ConfigError(
      `The suffix of ${output} ends the name of a folder and must not hold "/" or "\\", got ${JSON.stringify(suffix) ?? String(suffix)}.`,
      { code: "invalid-suffix", details: { suffix } },
    );
  }
  const begin = prefix === "" ? "" : `${prefix}-`;
  const end = suffix === "" ? "" : `.${suffix}`;
  return (timeMs) => `${begin}${timeMs}${end}`;
}
