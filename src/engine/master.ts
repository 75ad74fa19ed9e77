import { ConfigError } from "../errors.js";

/** Threads that an engine may have. */
const THREADS_MAX = 256;

/** The executing threads that `master` asks for: 1 for "local", n for "local[n]", `cores` for "local[*]". */
export function threadsOf(master: string, cores: number): number {
  const match = /^local(?:\[(\*|\d+)\])?$/.exec(master);
  const threads = match === null ? 0 : match[1] === undefined ? 1 : match[1] === "*" ? cores : Number(match[1]);
  if (threads >= 1 && threads <= THREADS_MAX) return threads;
  throw new ConfigError(
    `master must be "local", "local[n]" with n from 1 to ${THREADS_MAX}, or "local[*]", got ${JSON.stringify(master)}.`,
    { code: "invalid-master", details: { master } },
  );
}
