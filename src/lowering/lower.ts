import { isUnsealed, lookIntoCapture, type Sealed } from "./capture.js";
import { type Lowering, type Refusal, refuse } from "./expression.js";
import { type FunctionNode, parseFunction, parserLoaded, SOURCE_CHARACTERS_MAX } from "./parser.js";
import { disprove } from "./prove.js";
import type { Lambda } from "./row.js";
import { type Captures, returnedBy, translate } from "./translate.js";

/** How many source texts are remembered; the oldest goes first. */
export const SOURCES_REMEMBERED_MAX = 512;

const sourceOf = Function.prototype.toString;
// Both only save work: what a source says never changes. What the standard library does may, so the proof is never kept.
const byFunction = new WeakMap<Lambda, Lowering>();
const bySource = new Map<string, Lowering>();

/**
 * The expression that a lambda computes, read from its source and proved against the running standard library by calling it on a few
 * fixed arguments; or why it stays JavaScript. Nothing is called unless its source is free of effects.
 * Of a captured lambda that is not sealed, what it would be now: its factory is run on a copy of the values, and nothing is remembered.
 * **Limits**: `SOURCE_CHARACTERS_MAX`, `EXPRESSION_DEPTH_MAX`; without a parser (`ensureParser`) every lambda is refused.
 * **Errors**: only those of sealing, `ConfigError` `capture-value` and `capture-factory`.
 * **Order**: parsing once for each function or text, then some tens of calls each time.
 */
export function lower(fn: Lambda): Lowering {
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

/** The factory must do nothing but return the lambda: then its source and the copied values say all that the lambda can see. */
function lowerCapture({ values, factory }: Sealed): Lowering {
  const parsed = parseFunction(sourceOf.call(factory));
  if (!parsed.ok) return ofFactory(parsed);
  const captures = capturesOf(parsed.node, values);
  if ("ok" in captures) return captures;
  const returned = returnedBy(parsed.node);
  if ("ok" in returned) return ofFactory(returned);
  if (returned.type !== "ArrowFunctionExpression" && returned.type !== "FunctionExpression") {
    return refuse("the factory returns a function that is made elsewhere");
  }
  return translate(returned, captures);
}

function capturesOf(factory: FunctionNode, values: object): Captures | Refusal {
  const [parameter, ...others] = factory.params;
  if (others.length > 0) return refuse("the factory has more than one parameter");
  const names = new Map<string, string>();
  if (parameter === undefined) return { values, names, object: undefined };
  if (parameter.type === "Identifier") return { values, names, object: parameter.name };
  if (parameter.type !== "ObjectPattern") return refuse("the factory takes the values in a way that is not lowered");
  for (const property of parameter.properties) {
    if (property.type === "RestElement") return refuse("the factory takes the rest of the values", "...");
    const { key, value, computed } = property;
    const name =
      key.type === "Identifier" && !computed ? key.name : key.type === "Literal" ? String(key.value) : undefined;
    if (name === undefined) return refuse("the factory takes a value whose name is computed", "[]");
    if (value.type === "AssignmentPattern") return refuse(`captured "${name}" has a default value`, name);
    if (value.type !== "Identifier") return refuse(`the factory takes captured "${name}" apart`, name);
    names.set(value.name, name);
  }
  return { values, names, object: undefined };
}

function ofFactory({ reason, token }: Refusal): Refusal {
  return refuse(`the factory: ${reason}`, token);
}
