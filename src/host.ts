/**
 * What the library asks of the host that it runs in, by capability. `src/runtime/` has the implementations; everything else sees only this.
 * An absent member is a capability that the host lacks.
 */
export interface Host {
  /** Name and version, for reports. */
  readonly name: string;
  /** Threads that can run at once. */
  readonly cores: number;
  /** Writes to standard output, or what comes nearest. */
  write(text: string): void;
  /** Tells the operator something, a line at a time. */
  warn(line: string): void;
  /** `count` random bytes. */
  randomBytes(count: number): Uint8Array;
  /** The bytes of a text in base64, where the host is faster at that than a loop. */
  fromBase64?(text: string): Uint8Array<ArrayBuffer>;
  /** Milliseconds that never go back, for measuring. */
  monotonicNow(): number;
  /** Calls `fire` once after `delayMs`. */
  setTimer(delayMs: number, fire: () => void): Timer;
  /** Resolves after other work of the host (I/O, timers) had its turn. */
  breathe(): Promise<void>;
  connectTcp?(hostname: string, port: number, events: TcpEvents): TcpConnection;
  startWorker?(events: WorkerEvents, options: WorkerOptions): WorkerHandle;
  /** Whether threads can read each other's memory. */
  readonly sharesMemory?: boolean;
  /** Whether the kernel may use SIMD, and so shared memory too. Absent: the engine that runs WebAssembly is asked. */
  readonly simd?: boolean;
  /** The kernel, where the host has compiled it: some compile nothing at run time. */
  readonly kernelModule?: WebAssembly.Module;
  /** A mark that follows a call through everything asynchronous that it starts. */
  asyncMark?(): AsyncMark;
  /** Loads what lowers lambdas at once, for `explain()` before `start()`. */
  loadLowering?(): unknown;
  /** Files and folders; absent where the host has none. */
  readonly files?: Files;
  /** Processes of this host; absent where the host has no such thing. */
  readonly processes?: Processes;
  /** Files at the level of system calls, for what must survive a power cut; absent where the host has none. */
  readonly durableFiles?: DurableFiles;
  /** Calls `notify` once when the process is asked to end (SIGTERM, SIGINT), until the returned function is called. */
  onShutdown?(notify: (signal: string) => void): () => void;
}

export interface Processes {
  /** What tells this host from others. */
  readonly host: string;
  /** What tells this process from others of the host. */
  readonly own: string;
  /** Whether another process of this host, by what it called its own, runs. */
  isAlive(process: string): boolean;
}

/** What the library asks of a file system. Paths are the host's own; rejections are the host's own errors, with their `code`. */
export interface Files {
  /** The entries of a folder, in no particular order. Rejects where there is no such folder. */
  list(folder: string): Promise<FileEntry[]>;
  /** What is at `path`, or undefined where nothing is. */
  stat(path: string): Promise<FileEntry | undefined>;
  /** The bytes of a file, from `fromByte` on, a piece at a time. */
  read(path: string, fromByte?: number): AsyncIterable<Uint8Array>;
  /**
   * Makes or replaces a file with these bytes; durable (fsync) when resolved, unless the file `isTemporary`, of no use to another process.
   */
  write(
    path: string,
    pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    options?: { readonly isTemporary?: boolean },
  ): Promise<void>;
  /** Moves a file or folder, atomically; a file that is there is replaced. */
  rename(from: string, to: string): Promise<void>;
  /** Makes a folder and those above it, durable when resolved; no error where it is there. */
  makeFolder(path: string): Promise<void>;
  /** Removes a file, or a folder with all that is in it; no error where nothing is there. */
  remove(path: string): Promise<void>;
  /** Makes a new folder for temporary files, whose name begins with `prefix`. */
  makeTemporaryFolder(prefix: string): Promise<string>;
  join(...parts: string[]): string;
}

export interface FileEntry {
  /** Last part of the path. */
  readonly name: string;
  readonly path: string;
  readonly kind: "file" | "folder" | "other";
  readonly bytes: number;
  /** Time of the last modification, in whole milliseconds since the epoch. */
  readonly modifiedMs: number;
}

/**
 * What a store in a folder asks of a file system: a member for each system call, so that the order in which bytes are written, made durable and named is the
 * store's. Paths are the host's own; rejections are the host's own errors, with their `code`. A symbolic link at the end of a path is never followed, except by
 * `resolve`.
 */
export interface DurableFiles {
  /** Which process this is. */
  readonly processId: number;
  /** Whether a process of this machine has that id. */
  isProcessAlive(processId: number): boolean;
  /** "new" makes a file, and rejects with "EEXIST" where the name is taken; "append" makes it where it is absent. Nobody but their owner may read either. */
  open(path: string, mode: "read" | "append" | "new"): Promise<DurableFile>;
  /** What has that name, or undefined where nothing has. */
  look(path: string): Promise<DurableEntry | undefined>;
  /** The entries of a folder, in no particular order. */
  list(folder: string): Promise<Array<Pick<DurableEntry, "kind"> & { readonly name: string }>>;
  /** Gives a file one more name; rejects with "EEXIST" where something has it. */
  link(from: string, to: string): Promise<void>;
  /** Moves a file within its folder; one that is there is replaced. */
  rename(from: string, to: string): Promise<void>;
  /** Takes the name of a file away; with the last one it is gone. */
  unlink(path: string): Promise<void>;
  /** Makes one folder, for its owner alone. Rejects with "EEXIST" where something has the name. */
  makeFolder(path: string): Promise<void>;
  /** Makes the names in a folder durable, where the host can. */
  syncFolder(folder: string): Promise<void>;
  /** The path without symbolic links. */
  resolve(path: string): Promise<string>;
  join(...parts: string[]): string;
  /** The folder that the name is in; the path itself where it is a root. */
  parentOf(path: string): string;
}

export interface DurableEntry {
  /** "other": a symbolic link, a device, a socket. */
  readonly kind: "file" | "folder" | "other";
  /** The same for the same file or folder under whatever name, as long as it is there. */
  readonly identity: string;
  readonly bytes: number;
  /** Time of the last modification by the file system's clock, in milliseconds. */
  readonly modifiedMs: number;
}

export interface DurableFile {
  look(): Promise<DurableEntry>;
  /** How many bytes were read at `position` into `target`; none at the end. */
  read(target: Uint8Array, position: number): Promise<number>;
  /** How many of the bytes were written at the end, which may be fewer than were given. */
  write(bytes: Uint8Array): Promise<number>;
  truncate(bytes: number): Promise<void>;
  /** Makes bytes and length durable. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface Timer {
  cancel(): void;
}

export interface TcpEvents {
  /** The bytes are valid only during the call. */
  data(bytes: Uint8Array): void;
  /** Once, at the end: with an error, or because the peer closed. */
  closed(error: Error | undefined): void;
}

export interface TcpConnection {
  pause(): void;
  resume(): void;
  destroy(): void;
}

export interface WorkerEvents {
  message(message: unknown): void;
  /** Once: the worker ended by itself. */
  exited(error: Error | undefined): void;
}

export interface WorkerOptions {
  /** Whether the worker is to import modules of the program's, as the host's thread does. */
  readonly importsPrograms: boolean;
}

export interface WorkerHandle {
  /** `transfer`: buffers in it that go over instead of being copied. */
  post(message: unknown, transfer?: ArrayBuffer[]): void;
  /** Whether the worker keeps the host's process alive. */
  keepAlive(keeps: boolean): void;
  terminate(): Promise<void>;
}

export interface AsyncMark {
  /** Runs `body` marked. */
  run<T>(body: () => T): T;
  /** True inside a `run`, also after an `await`, until what it returned has settled. */
  isSet(): boolean;
}
