import type { InputEvents, InputInfo, StreamInput } from "../batch/stream-input.js";
import type { InputBlock } from "../block/block.js";
import { ConfigError, messageOf, SourceError } from "../errors.js";
import type { Guarantee, Safety } from "../guarantee.js";
import type { FileEntry, Files } from "../host.js";
import { checkOptionNames, type OptionNames } from "../option-names.js";
import type { PastTake } from "../plan/batch-input.js";
import type { LoadedPartition, SourceDataset } from "../plan/dataset.js";
import type { BatchScope } from "../plan/scope.js";
import type { InputContext } from "../receiver/input.js";
import { type DurationLike, toDuration } from "../time/duration.js";
import { type FileFormat, type FileRows, readingFiles } from "./file-formats.js";
import type { FileSelection, SelectionRules } from "./file-selection.js";
import { filesOf, type PathPattern, pathPattern } from "./path-pattern.js";

const FILE_STREAM_OPTIONS: OptionNames<FileStreamOptions> = {
  filter: true,
  newFilesOnly: true,
  minRememberDuration: true,
};
const MIN_REMEMBER_MS = 60_000;

/** Which files of a folder become batches. */
export interface FileStreamOptions {
  /** Which files count, by their path. Default: those whose name does not begin with a dot; given, it takes the place of that rule. */
  filter?: (path: string) => boolean;
  /** Only files modified after the stream was made. Default true; otherwise those of the last `minRememberDuration` count too. */
  newFilesOnly?: boolean;
  /** How far back a file may be dated and still count, rounded up to whole batch intervals. Default 60 s. */
  minRememberDuration?: DurationLike;
}

export interface FileSourceOptions {
  /** Kind of stream, for messages. */
  readonly name: string;
  readonly directory: string;
  readonly format: FileFormat;
  readonly options: FileStreamOptions;
  readonly slideMs: number;
}

/**
 * The files that are new in a folder, or in all folders that a glob matches, at each batch time: one partition a file, in the order of their times of
 * modification, then of their paths. A file is read when a job first needs it, and again by a job that needs it later; it must not change until then.
 *
 * Folders inside are not looked into. A folder that cannot be listed gives no files and is told once, until it can be listed again.
 */
export class FileSource implements StreamInput {
  /** As long as a file can be new, the batch that selected it is remembered. */
  readonly rememberMs: number;
  readonly #name: string;
  readonly #context: InputContext;
  readonly #files: Files;
  readonly #pattern: PathPattern;
  readonly #format: FileFormat;
  #rules: SelectionRules;
  #selection: FileSelection | undefined;
  readonly #slideMs: number;
  #events: InputEvents | undefined;
  /** Folders whose listing failed the last time. */
  #unlisted = new Set<string>();
  #info: InputInfo = { numRecords: 0 };
  /** The files of the last batch. */
  #found: readonly FileEntry[] = [];
  /** The batch that was asked for last. */
  #taken: Promise<unknown> = Promise.resolve();

  constructor({ name, directory, format, options, slideMs }: FileSourceOptions, context: InputContext) {
    this.#name = name;
    this.#context = context;
    this.#files = filesOf(context.engine.host, name, "bring the bytes with pushStream() or textStream()");
    this.#pattern = pathPattern(directory, name);
    this.#format = format;
    this.#slideMs = slideMs;
    const { filter, newFilesOnly, rememberMs } = checked(options, name, slideMs);
    this.rememberMs = rememberMs;
    const notBeforeMs = newFilesOnly ? context.clock.now() : 0;
    this.#rules = { filter, notBeforeMs, rememberMs };
  }

  promise({ hasStore }: Safety): Guarantee {
    if (hasStore) {
      return {
        promised: "exact",
        because: "the plan of a batch names its files, which are read again where it runs again",
      };
    }
    return {
      promised: "until-restart",
      because:
        "without a store for checkpoints the next process takes files by their times alone: some again, some never",
    };
  }

  start(events: InputEvents): void {
    this.#events = events;
  }

  async stop(): Promise<void> {}

  /** What lies in the folder is not received before a batch finds it. */
  hasPending(): boolean {
    return false;
  }

  info(): InputInfo {
    return this.#info;
  }

  /** Told when a file is read, not when it is found. */
  rejected(): undefined {}

  free(): void {}

  /** One batch after the other: a slow listing must not leave the files of its time to the batch after it. */
  take(scope: BatchScope): Promise<SourceDataset> {
    const taken = this.#taken.then(() => this.#take(scope));
    this.#taken = taken.catch(() => {});
    return taken;
  }

  async #take({ batch }: BatchScope): Promise<SourceDataset> {
    const { host } = this.#context.engine;
    const { FileSelection } = await readingFiles.open();
    const beginMs = host.monotonicNow();
    const entries = await this.#list();
    const elapsedMs = host.monotonicNow() - beginMs;
    if (elapsedMs > this.#slideMs) {
      host.warn(
        `millrace: ${this.#name} took ${Math.round(elapsedMs)} ms to list ${this.#pattern.path}, longer than the batch interval of ${this.#slideMs} ms: ` +
          "make the interval longer, or keep fewer files there.",
      );
    }
    this.#selection ??= new FileSelection(this.#rules);
    const found = this.#selection.select(entries, batch.time);
    for (const { path, bytes } of found) {
      if (bytes === 0) host.warn(`millrace: ${this.#name} found ${path} empty: move files in when they are complete.`);
    }
    return this.#dataset(found, batch.time);
  }

  #dataset(found: readonly FileEntry[], timeMs: number): SourceDataset {
    const partitions = found.map((entry) => this.#partition(entry, timeMs));
    this.#found = found;
    this.#info = new FileBatch(
      found.map(({ path }) => path),
      partitions,
    );
    return { kind: "source", scope: undefined, partitions };
  }

  get address(): string {
    return this.#pattern.path;
  }

  /** The files, and since when files are new. */
  took(): unknown {
    const files = this.#found.map(({ name, path, bytes, modifiedMs }) => [name, path, bytes, modifiedMs]);
    return [this.#rules.notBeforeMs, files];
  }

  retake({ batch }: BatchScope, took: unknown): SourceDataset {
    return this.#dataset(filesIn(took), batch.time);
  }

  async resume(takes: readonly PastTake[]): Promise<void> {
    const { FileSelection } = await readingFiles.open();
    const newest = takes.at(-1);
    if (newest) this.#rules = { ...this.#rules, notBeforeMs: (newest.took as Took)[0] };
    this.#selection = new FileSelection(this.#rules);
    for (const { timeMs, took } of takes) {
      this.#selection.restore(
        filesIn(took).map(({ path }) => path),
        timeMs,
      );
    }
  }

  #partition(entry: FileEntry, timeMs: number): FilePartition {
    return new FilePartition(async (scope, isFirst) => {
      const read = (bytes: AsyncIterable<Uint8Array>) => this.#format.read(bytes, entry.path, scope);
      const { readFile } = await readingFiles.open();
      const { blocks, numRecords, rejected } = await readFile(this.#files, entry, read);
      if (rejected && isFirst) this.#events?.rejected(timeMs, rejected);
      return { blocks, numRecords };
    });
  }

  /** The entries of all folders. */
  async #list(): Promise<FileEntry[]> {
    const unlisted = new Set<string>();
    const failed = (folder: string, error: unknown) => {
      unlisted.add(folder);
      if (this.#unlisted.has(folder)) return;
      this.#context.engine.host.warn(
        `millrace: ${this.#name} cannot list ${folder}, no files of it until it can: ${messageOf(error)}`,
      );
    };
    const entries: FileEntry[] = [];
    for (const folder of await this.#folders(failed)) {
      // One by one, not spread into a call: a folder may have more entries than a call takes arguments.
      for (const entry of await this.#files.list(folder).catch((error: unknown) => failed(folder, error) ?? [])) {
        entries.push(entry);
      }
    }
    this.#unlisted = unlisted;
    return entries;
  }

  async #folders(failed: (folder: string, error: unknown) => void): Promise<string[]> {
    if (this.#pattern.segments.length === 0) return [this.#pattern.path];
    const { matches } = await readingFiles.open();
    const found = await matches(this.#files, this.#pattern, failed);
    return found.filter(({ kind }) => kind === "folder").map(({ path }) => path);
  }
}

/** What a batch took: since when files are new, and its files. */
type Took = readonly [
  notBeforeMs: number,
  files: ReadonlyArray<readonly [name: string, path: string, bytes: number, modifiedMs: number]>,
];

function filesIn(took: unknown): FileEntry[] {
  const [, files] = took as Took;
  return files.map(([name, path, bytes, modifiedMs]) => ({ name, path, kind: "file", bytes, modifiedMs }));
}

type ReadOnce = (scope: BatchScope, isFirst: boolean) => Promise<Omit<FileRows, "rejected">>;

/** The rows of one file of a batch. */
class FilePartition implements LoadedPartition {
  readonly #read: ReadOnce;
  /** Rows, once they were read. */
  numRecords: number | undefined;

  constructor(read: ReadOnce) {
    this.#read = read;
  }

  async load(scope: BatchScope): Promise<readonly InputBlock[]> {
    const { blocks, numRecords } = await this.#read(scope, this.numRecords === undefined);
    this.numRecords = numRecords;
    return blocks;
  }
}

/** What is known of a batch of files: Spark's metadata, and the records as they are read. */
class FileBatch implements InputInfo {
  readonly metadata: Record<string, unknown>;
  readonly #partitions: readonly FilePartition[];

  constructor(files: readonly string[], partitions: readonly FilePartition[]) {
    this.metadata = { files, Description: files.join("\n") };
    this.#partitions = partitions;
  }

  get numRecords(): number {
    return this.#partitions.reduce((sum, { numRecords = 0 }) => sum + numRecords, 0);
  }
}

function checked(options: FileStreamOptions, stream: string, slideMs: number) {
  checkOptionNames(stream, options, FILE_STREAM_OPTIONS);
  const { filter, newFilesOnly = true, minRememberDuration = MIN_REMEMBER_MS } = options;
  if (filter !== undefined && typeof filter !== "function") throw invalid(stream, "filter", "a function", filter);
  if (typeof newFilesOnly !== "boolean") throw invalid(stream, "newFilesOnly", "true or false", newFilesOnly);
  const { milliseconds } = toDuration(minRememberDuration, `minRememberDuration of ${stream}`);
  if (milliseconds <= 0) throw invalid(stream, "minRememberDuration", "longer than 0 ms", milliseconds);
  return {
    filter: filter ? checkedFilter(filter, stream) : isVisible,
    newFilesOnly,
    rememberMs: slideMs * Math.ceil(milliseconds / slideMs),
  };
}

/** A caller's filter, whose errors name the file. */
export function checkedFilter(filter: (path: string) => boolean, stream: string): (path: string) => boolean {
  return (path) => {
    try {
      return filter(path);
    } catch (cause) {
      throw new SourceError(`The filter of ${stream} threw at ${path}: ${messageOf(cause)}`, {
        code: "filter-failed",
        details: { path },
        cause,
      });
    }
  };
}

function isVisible(path: string): boolean {
  return !/(^|[\\/])\.[^\\/]*$/.test(path);
}

function invalid(stream: string, option: string, rule: string, got: unknown): ConfigError {
  return new ConfigError(`${option} of ${stream} must be ${rule}, got ${String(got)}.`, {
    code: "invalid-option",
    details: { option, got },
  });
}
