import type { CallExpression, MemberExpression, Expression as Node } from "acorn";
import { choose, literal } from "./build.js";
import { describeCall, propertyName } from "./describe.js";
import type { Expression, Variable } from "./expression.js";
import { Refused, stop } from "./refused.js";
import type { Scope } from "./scope.js";
import { EACH_METHODS, STANDARD_CONSTANTS, STANDARD_FUNCTIONS, STANDARD_METHODS } from "./standard.js";
import { innerOf } from "./translate-body.js";
import { isFree, receiverOf } from "./translate-member.js";
import { stateCallOf } from "./translate-state.js";

export function callOf(node: CallExpression, scope: Scope): Expression {
  const { callee } = node;
  if (callee.type === "Identifier") {
    if (isFree(callee.name, scope) && STANDARD_FUNCTIONS.has(callee.name)) {
      if (node.optional) stop(`calls "${callee.name}" only where it is there`, "?.");
      return { kind: "call", name: callee.name, args: argumentsOf(node, scope) };
    }
    throw new Refused(describeCall(node, scope));
  }
  if (callee.type !== "MemberExpression" || callee.object.type === "Super")
    throw new Refused(describeCall(node, scope));
  const name = propertyName(callee);
  if (name === undefined) throw new Refused(describeCall(node, scope));
  if (node.optional) stop(`calls "${name}" only where it is there`, "?.");
  const { object } = callee;
  if (object.type === "Identifier") {
    if (scope.find(object.name)?.kind === "state") return stateCallOf(name, node, scope);
    if (isFree(object.name, scope) && !STANDARD_CONSTANTS.has(object.name)) return standardCallOf(node, name, scope);
  }
  return methodOf(node, callee, name, scope);
}

function standardCallOf(node: CallExpression, name: string, scope: Scope): Expression {
  const refusal = describeCall(node, scope);
  const path = refusal.token ?? name;
  if (!STANDARD_FUNCTIONS.has(path)) throw new Refused(refusal);
  if (path === "JSON.parse" && node.arguments.length > 1) stop("JSON.parse with a reviver", path);
  const isExtreme = path === "Math.max" || path === "Math.min";
  if (isExtreme && node.arguments.some(({ type }) => type === "SpreadElement")) return extremeOf(node, path, scope);
  return { kind: "call", name: path, args: argumentsOf(node, scope) };
}

/** No host that is known refuses so many arguments; more are left to the lambda. */
const SPREAD_MAX = 30_000;

/** `Math.max(a, ...list)`: a fold over the list. */
function extremeOf({ arguments: args }: CallExpression, name: string, scope: Scope): Expression {
  const call = (...values: Expression[]): Expression => ({ kind: "call", name, args: values });
  let extreme = call();
  for (const argument of args) {
    if (argument.type !== "SpreadElement") {
      const value = scope.expressionOf(argument);
      extreme = extreme.kind === "call" && extreme.args.length === 0 ? call(value) : call(extreme, value);
      continue;
    }
    const of: Expression = { kind: "tuple", items: [{ kind: "spread", of: scope.expressionOf(argument.argument) }] };
    const [accumulator, item] = [variable(), variable()];
    const initial =
      extreme.kind === "call" && extreme.args.length === 0
        ? literal(name === "Math.max" ? -Infinity : Infinity)
        : extreme;
    const fold: Expression = { kind: "fold", of, accumulator, item, body: call(accumulator, item), initial };
    const length: Expression = { kind: "field", of, name: "length" };
    const isLong: Expression = { kind: "binary", operator: ">", left: length, right: literal(SPREAD_MAX) };
    extreme = choose(isLong, { kind: "fail", reason: "spreads a long list" }, fold);
  }
  return extreme;
}

function methodOf(node: CallExpression, callee: MemberExpression, name: string, scope: Scope): Expression {
  const of = receiverOf(callee, scope);
  if (of.kind === "captured" && of.value === scope.translation.captures?.values)
    throw new Refused(describeCall(node, scope));
  if (EACH_METHODS.has(name)) return eachOf(node, of, name, scope);
  const isLookUp = (name === "get" || name === "has") && isCaptured(of);
  if (!isLookUp && !STANDARD_METHODS.has(name)) throw new Refused(describeCall(node, scope));
  return { kind: "method", of, name, args: argumentsOf(node, scope) };
}

/** Whether it was captured or is found in something that was: only then `get` and `has` are those of maps and sets. */
function isCaptured(of: Expression): boolean {
  switch (of.kind) {
    case "captured":
      return true;
    case "field":
    case "at":
    case "method":
      return isCaptured(of.of);
    case "condition":
      return isCaptured(of.else);
    default:
      return false;
  }
}

export function argumentsOf(node: CallExpression, scope: Scope): Expression[] {
  return node.arguments.map((argument) =>
    argument.type === "SpreadElement" ? stop("spreads its arguments", "...") : scope.expressionOf(argument),
  );
}

function eachOf(node: CallExpression, of: Expression, name: string, scope: Scope): Expression {
  const [given, initial, ...others] = node.arguments;
  if (given === undefined || others.length > 0) stop(`calls "${name}" with other arguments than a function`, name);
  if (name === "reduce") {
    const [accumulator, item] = [variable(), variable()];
    if (initial?.type === "SpreadElement") stop("spreads its arguments", "...");
    const from = initial && scope.expressionOf(initial);
    const body = appliedTo(given as Node, [accumulator, item], name, scope);
    return { kind: "fold", of, accumulator, item, body, initial: from };
  }
  if (initial !== undefined) stop(`calls "${name}" with other arguments than a function`, name);
  const item = variable();
  const body = appliedTo(given as Node, [item], name, scope);
  return { kind: "each", method: name as "map" | "filter" | "some" | "every", of, item, body };
}

/** A new one each time: it is known by what it is, not by a name. */
function variable(): Variable {
  return { kind: "variable" };
}

/** What a function inside a lambda gives for its parameters: one that is written there, or a standard one that heeds one argument only. */
function appliedTo(given: Node, values: readonly Variable[], name: string, scope: Scope): Expression {
  if (given.type === "ArrowFunctionExpression") return innerOf(given, values, scope);
  const isPlain = given.type === "Identifier" && ["Number", "String", "Boolean", "parseFloat"].includes(given.name);
  if (isPlain && values.length === 1 && isFree(given.name, scope))
    return { kind: "call", name: given.name, args: values };
  return stop(`calls "${name}" with a function that is not written there`, name);
}
