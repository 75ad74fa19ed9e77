import type { ArrayPattern, ObjectPattern, Pattern } from "acorn";
import { withDefault } from "./build.js";
import type { Expression } from "./expression.js";
import { stop } from "./refused.js";
import type { Scope } from "./scope.js";
import { keyOf } from "./translate-literal.js";
import { fieldOf } from "./translate-member.js";

/** The names that a pattern declares. */
export function namesOf(pattern: Pattern): string[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name];
    case "AssignmentPattern":
      return namesOf(pattern.left);
    case "ArrayPattern":
      return pattern.elements.flatMap((element) => (element === null ? [] : namesOf(element)));
    case "ObjectPattern":
      return pattern.properties.flatMap((property) =>
        namesOf(property.type === "RestElement" ? property.argument : property.value),
      );
    case "RestElement":
      return namesOf(pattern.argument);
    default:
      return [];
  }
}

/** Binds the names of a pattern to parts of a value. What may throw on the way is added to `checks`, in order. */
export function bindPattern(pattern: Pattern, value: Expression, scope: Scope, checks: Expression[]): void {
  switch (pattern.type) {
    case "Identifier":
      checks.push(value);
      scope.bind(pattern.name, value);
      break;
    case "AssignmentPattern":
      checks.push(value);
      bindPattern(pattern.left, withDefault(value, scope.expressionOf(pattern.right)), scope, checks);
      break;
    case "ArrayPattern":
      bindItems(pattern, value, scope, checks);
      break;
    case "ObjectPattern":
      bindFields(pattern, value, scope, checks);
      break;
    case "RestElement":
      stop("takes the rest of an array", "...");
      break;
    default:
      stop("assigns to something", "=");
  }
}

function bindItems({ elements }: ArrayPattern, value: Expression, scope: Scope, checks: Expression[]): void {
  // Taking no item still throws where there is nothing to take it from.
  if (elements.every((element) => element === null)) checks.push({ kind: "element", of: value, index: 0 });
  for (const [index, element] of elements.entries()) {
    if (element === null) continue;
    if (element.type === "RestElement") stop("takes the rest of an array", "...");
    bindPattern(element, { kind: "element", of: value, index }, scope, checks);
  }
}

function bindFields({ properties }: ObjectPattern, value: Expression, scope: Scope, checks: Expression[]): void {
  const isKnown = value.kind === "captured" || value.kind === "record" || value.kind === "tuple";
  if (properties.length === 0 && !isKnown) stop("takes an object apart into nothing", "{}");
  for (const property of properties) {
    if (property.type === "RestElement") stop("takes the rest of an object", "...");
    const name = keyOf(property);
    if (name === undefined) stop("takes a property whose name is computed", "[]");
    bindPattern(property.value, fieldOf(value, name, scope), scope, checks);
  }
}
