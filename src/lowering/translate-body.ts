import type { ArrowFunctionExpression, Pattern } from "acorn";
import { after, choose, FALSE, UNDEFINED } from "./build.js";
import type { Expression } from "./expression.js";
import { chooseState, type Outcome } from "./outcome.js";
import type { FunctionNode } from "./parser.js";
import { stop } from "./refused.js";
import type { Scope } from "./scope.js";
import { bindPattern, namesOf } from "./translate-pattern.js";
import { outcomeOf, returnOf } from "./translate-statement.js";

/** What stands for the parameter at an index: a value; or the state or the time, which are known by name only. */
export type Given = Expression | "state" | "time";

/** What a function returns; the state after it is the translation's. */
export function bodyOf(node: FunctionNode, given: readonly Given[], scope: Scope): Expression {
  if (node.async) stop("async", "async");
  if (node.generator) stop("generator", "*");
  const { translation } = scope;
  const parameters = bindParameters(node.params, given, scope);
  const { body } = node;
  const outcome: Outcome = body.type === "BlockStatement" ? outcomeOf(body.body, scope) : returnOf(body, scope);
  const { checks, returns, value, state } = outcome;
  if (returns === FALSE && translation.state === undefined) stop("returns nothing");
  translation.state = chooseState(returns, state, translation.state);
  const result = after([...parameters, ...checks], choose(returns, value, UNDEFINED));
  translation.checkDepth(result);
  return result;
}

/** What a function inside a lambda returns, which is called any number of times and so must leave the state alone. */
export function innerOf(node: ArrowFunctionExpression, values: readonly Expression[], scope: Scope): Expression {
  if (node.params.length > values.length) stop("makes a function that takes more than an item", "=>");
  const { translation } = scope;
  const { state, chain, assigned } = translation;
  translation.chain = undefined;
  translation.functionDepth += 1;
  const body = bodyOf(node, values, scope.inner());
  translation.functionDepth -= 1;
  translation.chain = chain;
  translation.assigned = assigned;
  if (translation.state !== state) stop("changes the state inside a function", "=>");
  return body;
}

/** Binds parameters to what is given for them; returns what may throw meanwhile. */
function bindParameters(params: readonly Pattern[], given: readonly Given[], scope: Scope): Expression[] {
  const checks: Expression[] = [];
  for (const parameter of params) for (const name of namesOf(parameter)) scope.announce(name);
  for (const [index, parameter] of params.entries()) {
    const value = given[index]!;
    if (parameter.type === "RestElement") stop("has a rest parameter", "...");
    if (typeof value !== "string") bindPattern(parameter, value, scope, checks);
    else if (parameter.type === "Identifier") scope.bindAs(parameter.name, value);
    else stop(`takes the ${value} apart`, value);
  }
  return checks;
}
