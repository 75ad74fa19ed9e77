import type { ArrayExpression, ObjectExpression, Property } from "acorn";
import type { Expression, RecordField, Spread } from "./expression.js";
import { stop } from "./refused.js";
import type { Scope } from "./scope.js";

export function tupleOf({ elements }: ArrayExpression, scope: Scope): Expression {
  const items = elements.map((element): Expression | Spread => {
    if (element === null) return stop("an array with a hole", "[,]");
    if (element.type === "SpreadElement") return { kind: "spread", of: scope.expressionOf(element.argument) };
    return scope.expressionOf(element);
  });
  return { kind: "tuple", items };
}

export function recordOf({ properties }: ObjectExpression, scope: Scope): Expression {
  const fields = properties.map((property): RecordField | Spread => {
    if (property.type === "SpreadElement") return { kind: "spread", of: scope.expressionOf(property.argument) };
    const name = keyOf(property);
    if (name === undefined) stop("makes an object with a property whose name is computed", "[]");
    if (property.kind !== "init") stop("makes an object with an accessor", property.kind);
    if (name === "__proto__") stop('makes an object with "__proto__"', name);
    return { kind: "entry", name, value: scope.expressionOf(property.value) };
  });
  return { kind: "record", fields };
}

/** The name of a property that stands in the source, of an object or of a pattern. */
export function keyOf({ key, computed }: Pick<Property, "key" | "computed">): string | undefined {
  if (key.type === "Identifier" && !computed) return key.name;
  return key.type === "Literal" && !key.regex && !key.bigint ? String(key.value) : undefined;
}
