import { ConfigError } from "../../errors.js";

/** The address of a server, whole and checked. `ConfigError` "invalid-address". */
export function checkedUrl(receiver: string, url: string | URL, protocols: readonly string[]): string {
  const { location } = globalThis as { readonly location?: { readonly href: string } };
  try {
    const { href, protocol } = new URL(url, location?.href);
    if (protocols.includes(protocol)) return href;
  } catch {
    // It is none at all.
  }
  throw new ConfigError(`${receiver} needs an address with ${protocols.join(" or ")}, got ${String(url)}.`, {
    code: "invalid-address",
    details: { url },
  });
}

/** Says that the host lacks what a receiver is made of, and what to do. */
export function lacking(receiver: string, lacks: string, code: string, remedy: string): ConfigError {
  return new ConfigError(`${receiver} needs ${lacks}, which this host does not have: ${remedy}.`, { code });
}
