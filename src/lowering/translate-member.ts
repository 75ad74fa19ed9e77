import type { ChainExpression, MemberExpression } from "acorn";
import { SharedValue } from "./broadcast.js";
import { choose, isNullish, literal, UNDEFINED } from "./build.js";
import { constantField, constantOf } from "./captured.js";
import { describeExpression, propertyName } from "./describe.js";
import type { Expression } from "./expression.js";
import { Refused, stop } from "./refused.js";
import type { Scope } from "./scope.js";
import { STANDARD_CONSTANTS, STANDARD_OBJECTS } from "./standard.js";

/** Whether a name means something outside the lambda: what the standard library has there, if anything. */
export function isFree(name: string, scope: Scope): boolean {
  const { self, captures } = scope.translation;
  if (scope.find(name) !== undefined || name === self) return false;
  return captures?.object !== name && captures?.names.has(name) !== true;
}

export function memberOf(node: MemberExpression, scope: Scope): Expression {
  const { object } = node;
  const name = propertyName(node);
  if (object.type === "Identifier" && STANDARD_OBJECTS.has(object.name) && isFree(object.name, scope)) {
    const path = `${object.name}.${name}`;
    const constant = STANDARD_CONSTANTS.get(path);
    return constant === undefined ? stop(`uses "${path}", which is not lowered`, path) : literal(constant);
  }
  const { property } = node;
  if (property.type === "PrivateIdentifier") throw new Refused(describeExpression(node));
  if (name !== undefined) return fieldOf(receiverOf(node, scope), name, scope);
  const of = scope.expressionOf(object);
  if (node.optional) scope.translation.chain?.push(of);
  return itemOf(of, scope.expressionOf(property), scope);
}

/** What a member is taken of; remembered where the chain may end there. */
export function receiverOf({ object, optional }: MemberExpression, scope: Scope): Expression {
  const of = scope.receiverOf(object);
  if (optional) scope.translation.chain?.push(of);
  return of;
}

/** `of.name`; of captured objects what they have there, once and for all. */
export function fieldOf(of: Expression, name: string, scope: Scope): Expression {
  if (of.kind === "captured") {
    if (of.value === scope.translation.captures?.values) return constantOf(of.value, name);
    if (of.value instanceof SharedValue) {
      return name === "value" ? constantOf(of.value, name) : stop(`uses "${name}" of a broadcast`, name);
    }
    const constant = constantField(of.value, name);
    if (constant !== undefined) return constant;
  }
  if (name in Object.prototype) stop(`reads the property "${name}", which every object has`, name);
  return { kind: "field", of, name };
}

function itemOf(of: Expression, index: Expression, scope: Scope): Expression {
  if (index.kind === "literal" && typeof index.value === "string") return fieldOf(of, index.value, scope);
  if (of.kind === "captured" && index.kind === "literal" && typeof index.value === "number") {
    return constantField(of.value, String(index.value)) ?? { kind: "at", of, index };
  }
  return { kind: "at", of, index };
}

/** `a?.b.c`: undefined where `a` is undefined or null, and then nothing of the rest is computed. */
export function chainOf({ expression }: ChainExpression, scope: Scope): Expression {
  const { translation } = scope;
  const outer = translation.chain;
  const links: Expression[] = [];
  translation.chain = links;
  const whole = scope.expressionOf(expression);
  translation.chain = outer;
  return links.reduceRight((rest, link) => choose(isNullish(link), UNDEFINED, rest), whole);
}
