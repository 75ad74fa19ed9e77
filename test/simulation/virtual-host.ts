import type { FileEntry, Files, Host, Timer } from "../../src/host.js";
import type { Library } from "./library.js";

interface Waiting {
  readonly atMs: number;
  readonly fire: () => void;
}

/** Time, chance and files of a simulation. Timers fire when somebody says so. */
export class VirtualHost {
  readonly warnings: string[] = [];
  readonly files = new VirtualFiles();
  #nowMs = 0;
  #waiting: Waiting[] = [];
  #random: () => number = () => 0.5;

  /** Begins again, with other numbers. */
  reset(random: () => number): void {
    this.#random = random;
    this.#nowMs = 0;
    this.#waiting = [];
    this.warnings.length = 0;
    this.files.clear();
  }

  /** The timer that is due first fires; false where there is none. */
  fireNext(): boolean {
    const next = this.#waiting.reduce<Waiting | undefined>(
      (first, each) => (first === undefined || each.atMs < first.atMs ? each : first),
      undefined,
    );
    if (next === undefined) return false;
    this.#waiting.splice(this.#waiting.indexOf(next), 1);
    this.#nowMs = Math.max(this.#nowMs, next.atMs);
    next.fire();
    return true;
  }

  setTimer(delayMs: number, fire: () => void): Timer {
    const waiting = { atMs: this.#nowMs + delayMs, fire };
    this.#waiting.push(waiting);
    return {
      cancel: () => {
        const index = this.#waiting.indexOf(waiting);
        if (index >= 0) this.#waiting.splice(index, 1);
      },
    };
  }

  /** The host that an engine knows, with what must be the same in every run taken from here. */
  over(real: Host): Host {
    const own: Partial<Host> = {
      write: () => {},
      warn: (line) => void this.warnings.push(line),
      randomBytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(this.#random() * 256)),
      monotonicNow: () => this.#nowMs,
      setTimer: (delayMs, fire) => this.setTimer(delayMs, fire),
      breathe: () => Promise.resolve(),
      files: this.files,
      processes: { host: "simulated", own: "simulated", isAlive: () => false },
    };
    return Object.assign(Object.create(real) as Host, own);
  }
}

/** Files in memory, in one folder, that are there whole or not at all. */
export class VirtualFiles implements Files {
  readonly #files = new Map<string, { readonly bytes: Uint8Array; readonly modifiedMs: number }>();

  clear(): void {
    this.#files.clear();
  }

  put(path: string, text: string, modifiedMs: number): void {
    this.#files.set(path, { bytes: new TextEncoder().encode(text), modifiedMs });
  }

  async list(folder: string): Promise<FileEntry[]> {
    return [...this.#files.keys()].filter((path) => path.startsWith(`${folder}/`)).map((path) => this.#entry(path));
  }

  async stat(path: string): Promise<FileEntry | undefined> {
    if (this.#files.has(path)) return this.#entry(path);
    return { name: path.slice(1), path, kind: "folder", bytes: 0, modifiedMs: 0 };
  }

  async *read(path: string, fromByte = 0): AsyncGenerator<Uint8Array> {
    yield this.#files.get(path)!.bytes.slice(fromByte);
  }

  join(...parts: string[]): string {
    return parts.join("/");
  }

  write = refused;
  rename = refused;
  renameToNew = refused;
  makeFolder = refused;
  remove = refused;
  makeTemporaryFolder = refused;

  #entry(path: string): FileEntry {
    const { bytes, modifiedMs } = this.#files.get(path)!;
    return { name: path.slice(path.lastIndexOf("/") + 1), path, kind: "file", bytes: bytes.length, modifiedMs };
  }
}

function refused(): never {
  throw new Error("The files of a simulation are only read.");
}

/** An engine on a virtual host, whose threads have started. */
export async function virtualEngine(library: Library, lowering: boolean) {
  const engine = new library.Engine({ master: "local[1]", defaultParallelism: 2, lowering });
  const host = new VirtualHost();
  const inner = engine as unknown as { host: Host };
  inner.host = host.over(inner.host);
  return { engine, host };
}

/** After so many turns of the host without any timer something real is waited for, such as a module that is loaded for the first time. */
const IDLE_TURNS = 100;
/** And after so many nothing can happen any more. */
const IDLE_TURNS_MAX = 3000;
/** Turns for one call: more are no progress. */
const TURNS_MAX = 100_000;

/** What `work` resolves with. Timers fire where nothing else happens. Rejects where nothing happens at all. */
export async function pump<R>(host: VirtualHost, work: Promise<R>): Promise<R> {
  let isSettled = false;
  const settled = () => {
    isSettled = true;
  };
  work.then(settled, settled);
  for (let turns = 0, idle = 0; !isSettled; turns += 1) {
    await new Promise<void>((resolve) => {
      if (idle < IDLE_TURNS) setImmediate(resolve);
      else setTimeout(resolve, 1);
    });
    if (isSettled) break;
    idle = host.fireNext() ? 0 : idle + 1;
    if (idle > IDLE_TURNS_MAX || turns > TURNS_MAX)
      throw new Error("Nothing happens any more, and a call is not answered.");
  }
  return work;
}
