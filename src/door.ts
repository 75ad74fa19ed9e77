import { ConfigError } from "./errors.js";

/** A part of the library that is loaded when something first needs it, once for the process, as the module that it is: code, not state. */
export class Door<M extends object> {
  readonly #what: string;
  readonly #load: () => Promise<M>;
  #module: M | undefined;
  #opening: Promise<M> | undefined;

  /** `what`: what the part does, for messages; `load` imports it. */
  constructor(what: string, load: () => Promise<M>) {
    this.#what = what;
    this.#load = load;
  }

  /** The part. For code that runs only after `open` has resolved. */
  get module(): M {
    if (this.#module === undefined) throw new Error(`What ${this.#what} is needed, and is not loaded.`);
    return this.#module;
  }

  /** Whether it is loaded. */
  get isOpen(): boolean {
    return this.#module !== undefined;
  }

  /** Resolves with the part, however often this is called. **Errors**: `ConfigError` "module-unavailable" where it cannot be loaded; the next call tries again. */
  open(): Promise<M> {
    this.#opening ??= this.#load().then(
      (module) => {
        this.#module = module;
        return module;
      },
      (cause: unknown) => {
        this.#opening = undefined;
        throw new ConfigError(
          `What ${this.#what} must be loadable, and was not: bundle all modules of this package, or copy its dist/ whole.`,
          { code: "module-unavailable", cause },
        );
      },
    );
    return this.#opening;
  }
}
