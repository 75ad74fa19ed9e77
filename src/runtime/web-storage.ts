/** Storage that belongs to the origin of a page, where the host has it. */

/** A file of the origin that one worker alone has open; every call has ended when it returns. */
export interface SyncFile {
  /** How many bytes were read at that place. */
  read(target: Uint8Array, options: { readonly at: number }): number;
  /** How many bytes were written at that place; the file grows as it must. */
  write(bytes: Uint8Array, options: { readonly at: number }): number;
  /** Cuts the file, or lengthens it with zeros. */
  truncate(bytes: number): void;
  /** Its bytes. */
  getSize(): number;
  /** Makes what was written durable. */
  flush(): void;
  /** Lets others open it. */
  close(): void;
}

/** What a host has of it; an absent member is what it lacks. */
export interface WebStorage {
  /** Databases. */
  readonly indexedDb?: IDBFactory;
  /** Opens files of a folder of the origin, which are made where they are absent. Rejects with the host's own errors. */
  openFiles?(folder: string, names: readonly string[]): Promise<SyncFile[]>;
  /**
   * Takes a lock that all of the origin know by its name, and resolves with what gives it back; a host gives it back itself when it ends the holder. Resolves with
   * undefined where another one has it for all of `waitMs`.
   */
  lock?(name: string, waitMs: number): Promise<(() => void) | undefined>;
}

/** A handle of a file as workers have it. */
interface WorkerFileHandle {
  createSyncAccessHandle(): Promise<SyncFile>;
}

/** What this host has. */
export function webStorage(): WebStorage {
  const { indexedDB: indexedDb, navigator } = globalThis;
  const { storage, locks } = navigator ?? {};
  // A page has handles too, without what workers do with them.
  const { FileSystemFileHandle: handles } = globalThis as { FileSystemFileHandle?: { readonly prototype: object } };
  const opensFiles = storage?.getDirectory !== undefined && "createSyncAccessHandle" in (handles?.prototype ?? {});
  return {
    ...(indexedDb && { indexedDb }),
    ...(opensFiles && { openFiles: (folder, names) => openFiles(storage, folder, names) }),
    ...(locks && { lock: (name, waitMs) => lock(locks, name, waitMs) }),
  };
}

async function openFiles(storage: StorageManager, folder: string, names: readonly string[]): Promise<SyncFile[]> {
  const root = await storage.getDirectory();
  const directory = await root.getDirectoryHandle(folder, { create: true });
  const files: SyncFile[] = [];
  try {
    for (const name of names) {
      const handle = (await directory.getFileHandle(name, { create: true })) as unknown as WorkerFileHandle;
      files.push(await handle.createSyncAccessHandle());
    }
    return files;
  } catch (error) {
    for (const file of files) file.close();
    throw error;
  }
}

function lock(locks: LockManager, name: string, waitMs: number): Promise<(() => void) | undefined> {
  return new Promise((resolve, reject) => {
    const held = () => new Promise<void>((release) => resolve(release));
    locks.request(name, { signal: AbortSignal.timeout(waitMs) }, held).catch((error: unknown) => {
      const isLate = (error as { readonly name?: string }).name === "TimeoutError";
      if (isLate) resolve(undefined);
      else reject(error);
    });
  });
}
