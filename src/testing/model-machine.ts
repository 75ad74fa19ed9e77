import { type Change, type DiskImage, DiskModel, type Fate } from "./disk-model.js";
import { ModelFiles } from "./model-files.js";
import type { StorageFault } from "./storage-fault.js";

/** A rule of stores that is broken on purpose, to see that tests notice: bytes, or names, are not made durable, or bytes only after they have their name. */
export type StoreFlaw = "no-data-sync" | "no-folder-sync" | "name-before-data";

/** A system call that changed something, or made it durable. */
export interface CrashStep {
  /** In words. */
  readonly what: string;
  /** The number of the file or folder it was for. */
  readonly node: number;
  /** A new file or folder that the change gives a name. */
  readonly makes?: "file" | "folder";
  /** Absent where earlier changes are made durable, or lost. */
  readonly change?: Change;
  /** An fsync that failed: earlier changes stay visible, and are lost with the power. */
  readonly loses?: true;
}

export interface ModelMachineOptions {
  readonly flaw?: StoreFlaw | undefined;
  readonly keepsTrace: boolean;
  readonly fault?: ((call: number, doing: string) => StorageFault | undefined) | undefined;
}

/** How long a machine is off after a crash: what was being made then is old when it runs again. */
const DOWNTIME_MS = 3_600_000;
/** Of 100 power cuts 25 keep all that was not durable, 25 lose it, and in the others each change has a fate of its own. */
const ALL_KEPT = 0.25;
const ALL_LOST = 0.5;

/** Does a change to a disk as it was recorded. */
export function replay(disk: DiskModel, { node, makes, change, loses, what }: CrashStep): void {
  if (makes) disk.make(makes);
  if (change) disk.change(node, change, what);
  else if (loses) disk.loseChanges(node);
  else disk.sync(node);
}

/** A machine with one disk and several processes, which crash alone or, when the power goes, together. */
export class ModelMachine {
  readonly #options: ModelMachineOptions;
  readonly #processes = new Map<number, ModelFiles>();
  readonly #madeAtMs = new Map<number, number>();
  #nowMs = 0;
  #started = 0;
  #calls = 0;
  #stepCount = 0;
  #disk: DiskModel;
  /** What the steps began with. */
  #start: DiskImage;
  #steps: CrashStep[] = [];

  constructor(start: DiskImage, options: ModelMachineOptions) {
    this.#options = options;
    this.#start = start;
    this.#disk = new DiskModel(start);
    // Processes before these may have left files that bear their numbers.
    for (const path of start.files.keys())
      this.#started = Math.max(this.#started, Number(/~(\d+)-/.exec(path)?.[1] ?? 0));
  }

  get disk(): DiskModel {
    return this.#disk;
  }

  get flaw(): StoreFlaw | undefined {
    return this.#options.flaw;
  }

  get start(): DiskImage {
    return this.#start;
  }

  /** Since the start, or since the power went. */
  get steps(): readonly CrashStep[] {
    return this.#steps;
  }

  get stepCount(): number {
    return this.#stepCount;
  }

  /** Starts a process. */
  run(): ModelFiles {
    this.#started += 1;
    const files = new ModelFiles(this, this.#started);
    this.#processes.set(this.#started, files);
    return files;
  }

  isProcessAlive(processId: number): boolean {
    return this.#processes.get(processId)?.isDead === false;
  }

  fault(doing: string): StorageFault | undefined {
    this.#calls += 1;
    return this.#options.fault?.(this.#calls, doing);
  }

  /** When a file was made or changed. */
  madeAt(node: number): number {
    return this.#madeAtMs.get(node) ?? 0;
  }

  make(kind: "file" | "folder", folder: number, name: string, what: string): number {
    const made = this.#disk.make(kind);
    const change: Change = { names: [[name, made]] };
    this.#disk.change(folder, change, what);
    this.#madeAtMs.set(made, this.#nowMs);
    this.#record({ what, node: folder, makes: kind, change });
    return made;
  }

  change(node: number, change: Change, what: string): void {
    this.#disk.change(node, change, what);
    this.#madeAtMs.set(node, this.#nowMs);
    this.#record({ what, node, change });
  }

  sync(node: number, what: string): void {
    if (this.#disk.sync(node)) this.#record({ what, node });
  }

  loseChanges(node: number, what: string): void {
    this.#disk.loseChanges(node);
    this.#record({ what, node, loses: true });
  }

  /** The power goes, and comes again: all processes are dead, and of the changes that were not durable some are there. */
  losePower(random: () => number): void {
    for (const files of this.#processes.values()) files.end();
    const roll = random();
    const { pending } = this.#disk;
    const fates = pending.map(({ change }): Fate => {
      const isKept = roll < ALL_KEPT || (roll >= ALL_LOST && random() < 0.5);
      return isKept && "write" in change && roll >= ALL_LOST
        ? fateOfWrite(change.write.length, random)
        : isKept
          ? "kept"
          : "lost";
    });
    this.#start = this.#disk.image((index) => fates[index]!);
    this.#disk = new DiskModel(this.#start);
    this.#steps = [];
    this.#stepCount = 0;
    this.#madeAtMs.clear();
    this.#nowMs += DOWNTIME_MS;
  }

  /** Time goes by after a process was killed. What it did stays. */
  killed(): void {
    this.#nowMs += DOWNTIME_MS;
  }

  #record(step: CrashStep): void {
    this.#stepCount += 1;
    if (this.#options.keepsTrace) this.#steps.push(step);
  }
}

/** Half of the writes that are kept are whole. */
function fateOfWrite(length: number, random: () => number): Fate {
  const roll = random();
  if (roll < 0.5) return "kept";
  if (roll < 0.6) return "zeros";
  if (roll < 0.7) return "first-block-zeros";
  return { bytes: Math.floor(random() * length) };
}
