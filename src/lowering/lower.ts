import { isUnsealed, lookIntoCapture, type Sealed } from "./capture.js";
import { type Lowering, refuse, type StatefulLowering } from "./expression.js";
import { type Made, madeBy } from "./factory.js";
import { formOf } from "./form.js";
import { parseFunction, parserLoaded, SOURCE_CHARACTERS_MAX } from "./parser.js";
import { disprove, disproveStateful } from "./prove.js";
import type { Lambda } from "./row.js";
import { translate, translateStateful } from "./translate.js";

/** How many source texts are remembered; the oldest goes first. */
export const SOURCES_REMEMBERED_MAX = 512;

const sourceOf = Function.prototype.toString;
// Both only save work: what a source says never changes. What the standard library does may, so the proof is never kept.
const byFunction = new WeakMap<Lambda, Lowering>();
const bySource = new Map<string, Lowering>();

/**
 * The expression that a lambda computes, read from its source and proved against the running standard library by calling it on a few
 * fixed arguments; or why it stays JavaScript. Nothing is called unless its source is free of effects.
 * An explicit form has its expression already: nothing is parsed or called.
 * Of a captured lambda that is not sealed, what it would be now: its factory is run on a copy of the values, and nothing is remembered.
 * **Limits**: `SOURCE_CHARACTERS_MAX`, `EXPRESSION_DEPTH_MAX`; without a parser (`ensureParser`) every lambda is refused.
 * **Errors**: only those of sealing, `ConfigError` `capture-value` and `capture-factory`.
 * **Order**: parsing once for each function or text, then some tens of calls each time.
 */
export function lower(fn: Lambda): Lowering {
  const form = formOf(fn);
  if (form) return { ok: true, ...form };
  const sealed = lookIntoCapture(fn);
  if (!parserLoaded()) return refuse("the parser is not loaded");
  let lowering = byFunction.get(fn);
  if (lowering === undefined) {
    lowering = sealed === undefined ? lowerSource(sourceOf.call(fn)) : lowerCapture(sealed);
    if (!isUnsealed(fn)) byFunction.set(fn, lowering);
  }
  if (!lowering.ok) return lowering;
  return disprove(sealed?.fn ?? fn, lowering.expression, lowering.parameters) ?? lowering;
}

function lowerSource(source: string): Lowering {
  const known = bySource.get(source);
  if (known !== undefined) return known;
  const parsed = parseFunction(source);
  const lowering = parsed.ok ? translate(parsed.node) : parsed;
  if (source.length > SOURCE_CHARACTERS_MAX) return lowering;
  if (bySource.size >= SOURCES_REMEMBERED_MAX) {
    for (const oldest of bySource.keys()) {
      bySource.delete(oldest);
      break;
    }
  }
  bySource.set(source, lowering);
  return lowering;
}

function lowerCapture(sealed: Sealed): Lowering {
  const made = madeBy(sealed);
  return made.ok ? translate(made.node, made.captures) : made;
}

/** As `lower`, of a function of `mapWithState`, which takes the state of its key at `stateIndex`; nothing is remembered. */
export function lowerStateful(fn: Lambda, stateIndex: number): StatefulLowering {
  const sealed = lookIntoCapture(fn);
  if (!parserLoaded()) return refuse("the parser is not loaded");
  const made: Made = sealed === undefined ? parseFunction(sourceOf.call(fn)) : madeBy(sealed);
  if (!made.ok) return made;
  const lowering = translateStateful(made.node, stateIndex, made.captures);
  if (!lowering.ok) return lowering;
  return disproveStateful(sealed?.fn ?? fn, lowering.stateful, stateIndex) ?? lowering;
}
