import type { Expression, RecordField, Spread } from "./expression.js";

/** An expression as JavaScript would write it, for messages and to tell it from others: the first parameter is `row`, the others `b`, `c`. */
export function showExpression(expression: Expression, captured: (value: object) => string = () => "{...}"): string {
  const show = (part: Expression): string => showExpression(part, captured);
  const list = (parts: readonly Expression[]): string => parts.map(show).join(", ");
  switch (expression.kind) {
    case "parameter":
      return expression.index === 0 ? "row" : String.fromCharCode(0x61 + expression.index);
    case "literal":
      return typeof expression.value === "bigint" ? `${expression.value}n` : showLiteral(expression.value);
    case "captured":
      return captured(expression.value);
    case "variable":
      return "item";
    case "tuple":
      return `[${expression.items.map((item) => showSpread(item, show)).join(", ")}]`;
    case "record":
      return `{ ${expression.fields.map((field) => showField(field, show)).join(", ")} }`;
    case "field":
      return `${show(expression.of)}.${expression.name}`;
    case "at":
      return `${show(expression.of)}[${show(expression.index)}]`;
    case "element":
      return `${show(expression.of)}[${expression.index}]`;
    case "unary":
      return expression.operator === "typeof"
        ? `typeof ${show(expression.of)}`
        : `${expression.operator}${show(expression.of)}`;
    case "binary":
    case "logical":
      return `(${show(expression.left)} ${expression.operator} ${show(expression.right)})`;
    case "condition":
      return `(${show(expression.test)} ? ${show(expression.then)} : ${show(expression.else)})`;
    case "template":
      return expression.parts.map((part) => `String(${show(part)})`).join(" + ");
    case "sequence":
      return `(${list([...expression.checks, expression.result])})`;
    case "fail":
      return `fail(${JSON.stringify(expression.reason)})`;
    case "call":
      return `${expression.name}(${list(expression.args)})`;
    case "method":
      return `${show(expression.of)}.${expression.name}(${list(expression.args)})`;
    case "each":
      return `${show(expression.of)}.${expression.method}((item) => ${show(expression.body)})`;
    case "fold":
      return `${show(expression.of)}.reduce((sum, item) => ${show(expression.body)})`;
  }
}

function showLiteral(value: string | number | boolean | null | undefined): string {
  return typeof value === "string" ? JSON.stringify(value) : Object.is(value, -0) ? "-0" : String(value);
}

function showSpread(item: Expression | Spread, show: (part: Expression) => string): string {
  return item.kind === "spread" ? `...${show(item.of)}` : show(item);
}

function showField(field: RecordField | Spread, show: (part: Expression) => string): string {
  return field.kind === "spread" ? `...${show(field.of)}` : `${JSON.stringify(field.name)}: ${show(field.value)}`;
}
