import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A process of a program of this folder, and the lines that it says. */
export class Child {
  readonly lines: string[] = [];
  readonly exited: Promise<void>;
  readonly #process: ChildProcess;
  #told: Array<() => void> = [];
  #hasExited = false;
  /** What it wrote to its error output. */
  errors = "";

  constructor(program: string, args: readonly string[], env: Record<string, string> = {}) {
    const path = fileURLToPath(new URL(program, import.meta.url));
    this.#process = spawn(process.execPath, [path, ...args], { env: { ...process.env, ...env } });
    this.#process.stderr!.on("data", (text: Buffer) => {
      this.errors += String(text);
    });
    createInterface({ input: this.#process.stdout! }).on("line", (line) => {
      this.lines.push(line);
      this.#tell();
    });
    this.exited = new Promise((resolve) => {
      this.#process.once("close", () => {
        this.#hasExited = true;
        this.#tell();
        resolve();
      });
    });
  }

  /** The signal that ended it. */
  get endedBy(): NodeJS.Signals | null {
    return this.#process.signalCode;
  }

  get pid(): number {
    return this.#process.pid!;
  }

  say(line: string): void {
    this.#process.stdin!.write(`${line}\n`);
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.exited;
  }

  /** The `count`-th line that begins with one of these words; rejects where the process ends before. */
  async line(words: readonly string[], count = 1): Promise<string> {
    for (;;) {
      const found = this.lines.filter((line) => words.some((word) => line.startsWith(word)))[count - 1];
      if (found !== undefined) return found;
      if (this.#hasExited) throw new Error(`The process ended before it said ${words.join(" or ")}: ${this.errors}`);
      await new Promise<void>((resolve) => this.#told.push(resolve));
    }
  }

  #tell(): void {
    for (const tell of this.#told.splice(0)) tell();
  }
}
