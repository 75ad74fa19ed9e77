import { ConfigError } from "../errors.js";
import type { Files, Host } from "../host.js";
import { globTest, isGlob, type NameTest } from "./glob.js";

/** The files of a host. `ConfigError` "no-files" where it has none; `instead` names what to use there. */
export function filesOf(host: Host, user: string, instead: string): Files {
  if (host.files) return host.files;
  throw new ConfigError(`${user} needs a file system, which this host does not have: ${instead}.`, {
    code: "no-files",
  });
}

/** A path that may be a glob, whose segments are separated by "/". */
export interface PathPattern {
  readonly path: string;
  /** A path up to the first segment that is a glob. */
  readonly base: string;
  readonly segments: ReadonlyArray<string | NameTest>;
}

/** The pattern that `path` is. `ConfigError` "invalid-path", "invalid-glob". */
export function pathPattern(path: string, user: string): PathPattern {
  if (typeof path !== "string" || path === "" || path.includes("\0")) {
    throw new ConfigError(`${user} needs a path or a glob, got ${JSON.stringify(path) ?? String(path)}.`, {
      code: "invalid-path",
      details: { path },
    });
  }
  if (!isGlob(path)) return { path, base: path, segments: [] };
  const parts = path.split("/");
  const first = parts.findIndex(isGlob);
  const literal = parts.slice(0, first).join("/");
  const base = literal === "" ? (path.startsWith("/") ? "/" : ".") : literal;
  const segments = parts.slice(first).filter((part) => part !== "");
  return { path, base, segments: segments.map((part) => (isGlob(part) ? globTest(part) : part)) };
}
