import type { CallExpression, Expression as Node } from "acorn";
import { choose, FALSE, isUndefined, TRUE, UNDEFINED } from "./build.js";
import { propertyName } from "./describe.js";
import type { Expression } from "./expression.js";
import { stop } from "./refused.js";
import type { Scope, Translation } from "./scope.js";

/** What a method of the state gives that does not change it. */
export function stateCallOf(name: string, node: CallExpression, { translation }: Scope): Expression {
  const { value, exists } = translation.state!;
  if (name === "update" || name === "remove")
    stop(`changes the state in the middle of an expression, by "${name}"`, name);
  if (node.arguments.length > 0) stop(`calls "${name}" of the state with arguments`, name);
  switch (name) {
    case "get":
      return choose(exists, value, fail("there is no state"));
    case "getOption":
      return value;
    case "exists":
      return exists;
    case "isTimingOut":
      return translation.isTimingOut!;
    default:
      return stop(`calls "${name}" of the state, which it does not have`, name);
  }
}

/** Changes the state of the translation where an expression does so, and gives what may throw meanwhile; nothing where it is something else. */
export function stateChangeOf(node: Node, scope: Scope): Expression[] | undefined {
  if (node.type !== "CallExpression" || node.callee.type !== "MemberExpression" || node.optional) return undefined;
  const { object } = node.callee;
  const name = propertyName(node.callee);
  if (object.type !== "Identifier" || scope.find(object.name)?.kind !== "state") return undefined;
  if (name === "update") return update(node, scope);
  return name === "remove" ? remove(node, scope.translation) : undefined;
}

function update({ arguments: args }: CallExpression, scope: Scope): Expression[] {
  const { translation } = scope;
  const [given, ...others] = args;
  if (given === undefined || given.type === "SpreadElement" || others.length > 0) {
    return stop('calls "update" of the state with other arguments than the new one', "update");
  }
  const value = scope.expressionOf(given);
  const checks = [
    value,
    ...mayChange(translation),
    choose(isUndefined(value), fail("undefined is no state"), UNDEFINED),
  ];
  const { isRemoved } = translation.state!;
  translation.state = { value, exists: TRUE, isUpdated: TRUE, isRemoved };
  return checks;
}

function remove({ arguments: args }: CallExpression, translation: Translation): Expression[] {
  if (args.length > 0) stop('calls "remove" of the state with arguments', "remove");
  const checks = mayChange(translation);
  const { isUpdated } = translation.state!;
  translation.state = { value: UNDEFINED, exists: FALSE, isUpdated, isRemoved: TRUE };
  return checks;
}

function mayChange({ isTimingOut, state }: Translation): Expression[] {
  const failure = fail("the state is timing out or removed");
  return [choose(isTimingOut!, failure, UNDEFINED), choose(state!.isRemoved, failure, UNDEFINED)];
}

function fail(reason: string): Expression {
  return { kind: "fail", reason };
}
