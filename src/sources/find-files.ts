import { messageOf, SourceError } from "../errors.js";
import type { FileEntry, Files } from "../host.js";
import type { NameTest } from "./glob.js";
import type { PathPattern } from "./path-pattern.js";

/**
 * What the segments of a pattern lead to, in the order of their paths; of a pattern without globs nothing, as there is nothing to look for. A folder on the
 * way that cannot be listed goes to `failed`; what vanished meanwhile is not there.
 */
export async function matches(
  files: Files,
  { base, segments }: PathPattern,
  failed: (folder: string, error: unknown) => void,
): Promise<FileEntry[]> {
  let found: FileEntry[] = [];
  let folders = [base];
  for (const [index, segment] of segments.entries()) {
    found = [];
    for (const folder of folders) found.push(...(await matchesIn(files, folder, segment, failed)));
    if (index < segments.length - 1) folders = found.filter(({ kind }) => kind === "folder").map(({ path }) => path);
  }
  return found.sort(byPath);
}

async function matchesIn(
  files: Files,
  folder: string,
  segment: string | NameTest,
  failed: (folder: string, error: unknown) => void,
): Promise<FileEntry[]> {
  try {
    if (typeof segment !== "string") return (await files.list(folder)).filter(({ name }) => segment(name));
    const entry = await files.stat(files.join(folder, segment));
    return entry ? [entry] : [];
  } catch (error) {
    failed(folder, error);
    return [];
  }
}

/** Names that folders of output use for themselves, such as "_SUCCESS", and hidden ones. */
const isHidden = ({ name }: FileEntry) => name.startsWith(".") || name.startsWith("_");

/**
 * The files that a path means, in the order of their paths: the file itself, those directly in a folder but for names that begin with "." or "_", or
 * all of what a glob matches. **Errors:** `SourceError` "no-such-file" where there is nothing, "folder-unreadable".
 */
export async function filesAt(files: Files, pattern: PathPattern): Promise<FileEntry[]> {
  const unreadable = (folder: string, cause: unknown) => {
    throw new SourceError(`The folder ${folder} cannot be read: ${messageOf(cause)}`, {
      code: "folder-unreadable",
      details: { folder },
      cause,
    });
  };
  const roots =
    pattern.segments.length > 0 ? await matches(files, pattern, unreadable) : [await files.stat(pattern.path)];
  const found: FileEntry[] = [];
  for (const root of roots) {
    if (root?.kind === "file") found.push(root);
    if (root?.kind !== "folder") continue;
    const entries = await files.list(root.path).catch((error: unknown) => unreadable(root.path, error));
    found.push(...entries.filter((entry) => entry.kind === "file" && !isHidden(entry)));
  }
  if (!roots.some((root) => root !== undefined)) {
    throw new SourceError(`Input path does not exist: nothing is at ${pattern.path}.`, {
      code: "no-such-file",
      details: { path: pattern.path },
    });
  }
  return found.sort(byPath);
}

function byPath(a: FileEntry, b: FileEntry): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
