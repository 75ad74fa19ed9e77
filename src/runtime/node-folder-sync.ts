/** What hosts and file systems answer that know no fsync of a folder, or of what is only read; a disk that fails answers something else (EIO). */
export const NO_SYNC = new Set(["EISDIR", "EPERM", "EACCES", "EINVAL", "ENOTSUP", "ENOSYS", "EBADF", "EROFS"]);

/** Makes a new or moved name in a folder last through a power cut, where the host can. */
export async function syncFolder(folder: string): Promise<void> {
  const { open } = globalThis.process.getBuiltinModule("node:fs").promises;
  let handle: Awaited<ReturnType<typeof open>> | undefined;
  try {
    handle = await open(folder, "r");
    await handle.sync();
  } catch (error) {
    if (!NO_SYNC.has(codeOf(error))) throw error;
  } finally {
    await handle?.close();
  }
}

/** The `code` of a host's error. */
export function codeOf(error: unknown): string {
  return String((error as { readonly code?: unknown } | undefined)?.code);
}
