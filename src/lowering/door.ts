import { ConfigError } from "../errors.js";
import type { Parser } from "./parser.js";

/** What lies behind the door. */
export type LoweringModule = typeof import("./lowering.js");

/** What a host loads at once: the module, and acorn. */
export interface LoadedLowering {
  readonly lowering: LoweringModule;
  readonly parser: Parser;
}

// Both belong to the process, as the modules do that they were loaded from: they are code, not state.
let loaded: LoweringModule | undefined;
let loading: Promise<void> | undefined;

/** Whether lambdas can be lowered now. */
export function loweringLoaded(): boolean {
  return loaded !== undefined;
}

/** What lowers lambdas and compiles them; undefined where it is not loaded, or not yet. */
export function lowering(): LoweringModule | undefined {
  return loaded;
}

/** The same for code that runs only where a lambda has been lowered. */
export function needLowering(): LoweringModule {
  if (loaded === undefined) throw new Error("A lambda was lowered, and what lowers lambdas is not loaded.");
  return loaded;
}

/** Takes both from a host that can load them synchronously, so that nobody has to wait for `ensureLowering`. */
export function useLowering({ lowering, parser }: LoadedLowering): void {
  lowering.useParser(parser);
  loaded = lowering;
}

/**
 * Resolves when lambdas can be lowered; it is loaded once, however often this is called.
 * **Errors**: `ConfigError` `lowering-unavailable` or `parser-unavailable` when the host cannot load it; the next call tries again.
 */
export function ensureLowering(): Promise<void> {
  if (loaded !== undefined) return Promise.resolve();
  loading ??= load().finally(() => {
    loading = undefined;
  });
  return loading;
}

async function load(): Promise<void> {
  const module = await import("./lowering.js").catch((cause: unknown) => {
    throw new ConfigError(
      "What lowers lambdas must be loadable, and was not: bundle all modules of this package, copy its dist/ whole, or give lowering: false.",
      { code: "lowering-unavailable", cause },
    );
  });
  await module.ensureParser();
  loaded = module;
}
