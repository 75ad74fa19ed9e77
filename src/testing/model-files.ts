import type { DurableEntry, DurableFile, DurableFiles } from "../host.js";
import type { ModelMachine } from "./model-machine.js";
import { hostError, hostErrorOf, type StorageFault } from "./storage-fault.js";

/** Calls of a dead process are never answered. */
const NEVER = new Promise<never>(() => {});

/** What one process of the model's machine sees of its disk. Each call is done at once, and answered in its turn. */
export class ModelFiles implements DurableFiles {
  readonly #machine: ModelMachine;
  readonly processId: number;
  #isDead = false;
  #resumed: Promise<void> | undefined;
  /** Files whose fsync waits for their name: the flaw "name-before-data". */
  readonly #owed = new Set<number>();

  constructor(machine: ModelMachine, processId: number) {
    this.#machine = machine;
    this.processId = processId;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** No call is answered any more. */
  end(): void {
    this.#isDead = true;
  }

  /** Calls wait until the returned function is called. */
  suspend(): () => void {
    let resume = () => {};
    this.#resumed = new Promise((resolve) => {
      resume = () => {
        this.#resumed = undefined;
        resolve();
      };
    });
    return resume;
  }

  isProcessAlive(processId: number): boolean {
    return this.#machine.isProcessAlive(processId);
  }

  open(path: string, mode: "read" | "append" | "new"): Promise<DurableFile> {
    return this.#call(`open ${path}`, () => {
      const found = this.#find(path);
      if (found !== undefined && mode === "new") throw hostError("EEXIST", path);
      if (found === undefined && mode === "read") throw hostError("ENOENT", path);
      const isFolder = found !== undefined && this.#machine.disk.namesIn(found) !== undefined;
      if (isFolder && mode !== "read") throw hostError("EISDIR", path);
      return this.#file(found ?? this.#makeIn(path, "file"), path, mode === "new");
    });
  }

  look(path: string): Promise<DurableEntry | undefined> {
    return this.#call(`look at ${path}`, () => {
      const found = this.#machine.disk.find(namesOf(path));
      return typeof found === "number" ? this.#entry(found) : undefined;
    });
  }

  list(folder: string): Promise<Array<{ name: string; kind: DurableEntry["kind"] }>> {
    return this.#call(`list ${folder}`, () => {
      const names = this.#machine.disk.namesIn(this.#known(folder));
      if (!names) throw hostError("ENOTDIR", folder);
      return [...names].map(([name, node]) => ({ name, kind: this.#entry(node).kind }));
    });
  }

  link(from: string, to: string): Promise<void> {
    return this.#call(`link ${to}`, () => {
      const node = this.#known(from);
      if (this.#find(to) !== undefined) throw hostError("EEXIST", to);
      this.#machine.change(this.#folderOf(to), { names: [[nameOf(to), node]] }, `link ${to}`);
      this.#payOwed(node, to);
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#call(`rename ${to}`, () => {
      const node = this.#known(from);
      const there = this.#find(to);
      if (there !== undefined && this.#machine.disk.namesIn(there)) throw hostError("EISDIR", to);
      const names = [[nameOf(from), undefined] as const, [nameOf(to), node] as const];
      this.#machine.change(this.#folderOf(to), { names }, `rename to ${to}`);
      this.#payOwed(node, to);
    });
  }

  unlink(path: string): Promise<void> {
    return this.#call(`unlink ${path}`, () => {
      if (this.#machine.disk.namesIn(this.#known(path))) throw hostError("EISDIR", path);
      this.#machine.change(this.#folderOf(path), { names: [[nameOf(path), undefined]] }, `unlink ${path}`);
    });
  }

  makeFolder(path: string): Promise<void> {
    return this.#call(`make ${path}`, () => {
      if (this.#find(path) !== undefined) throw hostError("EEXIST", path);
      this.#makeIn(path, "folder");
    });
  }

  syncFolder(folder: string): Promise<void> {
    return this.#call(`fsync ${folder}`, (fault) => {
      const node = this.#known(folder);
      if (this.#machine.flaw !== "no-folder-sync") this.#sync(node, folder, fault);
    });
  }

  resolve(path: string): Promise<string> {
    return this.#call(`resolve ${path}`, () => {
      this.#known(path);
      return path;
    });
  }

  join(...parts: string[]): string {
    return parts.join("/").replace(/\/+/g, "/");
  }

  parentOf(path: string): string {
    return path.slice(0, Math.max(1, path.lastIndexOf("/")));
  }

  #file(node: number, path: string, isNew: boolean): DurableFile {
    const { disk } = this.#machine;
    return {
      look: () => this.#call(`look at ${path}`, () => this.#entry(node)),
      read: (target, position) =>
        this.#call(`read ${path}`, () => {
          const bytes = disk.bytesOf(node).subarray(position, position + target.length);
          target.set(bytes);
          return bytes.length;
        }),
      write: (bytes) =>
        this.#call(`write ${path}`, (fault) => {
          const isShort = fault === "short-write";
          const write = bytes.slice(0, isShort ? bytes.length >> 1 : bytes.length);
          const what = `write ${write.length} bytes to ${path}`;
          this.#machine.change(node, { write, at: disk.bytesOf(node).length }, what);
          if (isShort) throw hostErrorOf(fault, path);
          return write.length;
        }),
      truncate: (length) =>
        this.#call(`truncate ${path}`, () => this.#machine.change(node, { truncate: length }, `truncate ${path}`)),
      sync: () =>
        this.#call(`fsync ${path}`, (fault) => {
          if (this.#machine.flaw === "no-data-sync") return;
          if (this.#machine.flaw === "name-before-data" && isNew) this.#owed.add(node);
          else this.#sync(node, path, fault);
        }),
      close: () => this.#call(`close ${path}`, () => {}),
    };
  }

  /** Faults of fsync and of short writes are for the calls that they can befall; others find the disk failing. */
  async #call<T>(doing: string, run: (fault: StorageFault | undefined) => T): Promise<T> {
    while (this.#resumed) await this.#resumed;
    if (this.#isDead) return NEVER;
    const fault = this.#machine.fault(doing);
    if (fault === undefined) return run(undefined);
    const isBefallen = fault === "short-write" ? doing.startsWith("write") : doing.startsWith("fsync");
    if (fault === "eio" || fault === "enospc" || fault === "edquot" || fault === "emfile" || !isBefallen)
      throw hostErrorOf(fault, doing);
    return run(fault);
  }

  #sync(node: number, path: string, fault: StorageFault | undefined): void {
    if (fault === undefined) this.#machine.sync(node, `fsync ${path}`);
    else {
      this.#machine.loseChanges(node, `failing fsync ${path}`);
      throw hostErrorOf(fault, path);
    }
  }

  #payOwed(node: number, path: string): void {
    if (this.#owed.delete(node)) this.#machine.sync(node, `fsync ${path}`);
  }

  #makeIn(path: string, kind: "file" | "folder"): number {
    const folder = this.#folderOf(path);
    return this.#machine.make(kind, folder, nameOf(path), `make ${path}`);
  }

  #folderOf(path: string): number {
    return this.#known(this.parentOf(path));
  }

  #known(path: string): number {
    const found = this.#find(path);
    if (found === undefined) throw hostError("ENOENT", path);
    return found;
  }

  #find(path: string): number | undefined {
    const found = this.#machine.disk.find(namesOf(path));
    if (found === "ENOTDIR") throw hostError("ENOTDIR", path);
    return found;
  }

  #entry(node: number): DurableEntry {
    const isFolder = this.#machine.disk.namesIn(node) !== undefined;
    const bytes = isFolder ? 0 : this.#machine.disk.bytesOf(node).length;
    return {
      kind: isFolder ? "folder" : "file",
      identity: String(node),
      bytes,
      modifiedMs: this.#machine.madeAt(node),
    };
  }
}

function namesOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "");
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
