import type { ExpressionMaker, Kind, Known } from "./expressions.js";

/** An expression that gives a number. */
export function numberOf(maker: ExpressionMaker, depth: number): string {
  const { draw } = maker;
  const [text, number] = [() => maker.make("string", depth), () => maker.make("number", depth)];
  const receiver = () => maker.receiver("string", depth);
  switch (draw.int(0, 12)) {
    case 0:
    case 1:
    case 2:
      return `(${number()} ${draw.pick(["+", "-", "*", "/", "%"])} ${number()})`;
    case 3:
      return `(${number()} ${draw.pick(["&", "|", "^", "<<", ">>", ">>>"])} ${number()})`;
    case 4:
      return `(${draw.pick(["-", "+", "~"])} ${draw.chance(0.7) ? number() : maker.make("any", depth)})`;
    case 5:
      return `${maker.receiver(draw.chance(0.7) ? "string" : "list", depth)}.length`;
    case 6:
      return `${receiver()}.${draw.pick(["indexOf", "lastIndexOf"])}(${text()}${draw.chance(0.3) ? `, ${number()}` : ""})`;
    case 7:
      return `${receiver()}.${draw.pick(["charCodeAt", "codePointAt"])}(${number()})`;
    case 8:
      return `${draw.pick(["Number", "parseFloat", "Number.parseFloat", "Number"])}(${maker.make(draw.pick<Kind>(["string", "any"]), depth)})`;
    case 9:
      return `${draw.pick(["parseInt", "Number.parseInt"])}(${maker.make(draw.pick<Kind>(["string", "number"]), depth)}${draw.pick(["", ", 10", ", 16", ", 2"])})`;
    case 10: {
      const name = draw.pick(["abs", "ceil", "floor", "round", "trunc", "sign", "sqrt", "fround", "clz32"]);
      return `Math.${name}(${number()})`;
    }
    case 11:
      if (draw.chance(0.3)) return spreadOf(maker, depth);
      return `Math.${draw.pick(["min", "max", "imul"])}(${draw.list(draw.int(1, 3), number).join(", ")})`;
    default:
      return foldOf(maker, depth);
  }
}

function spreadOf(maker: ExpressionMaker, depth: number): string {
  const { draw } = maker;
  const args = draw.list(draw.int(0, 2), () => maker.make("number", depth));
  args.splice(draw.int(0, args.length), 0, `...${maker.make("list", depth)}`);
  return `Math.${draw.pick(["min", "max"])}(${args.join(", ")})`;
}

function foldOf(maker: ExpressionMaker, depth: number): string {
  const [a, b] = [maker.name(), maker.name()];
  const of = maker.receiver("list", depth);
  const parameters: readonly Known[] = [
    { text: a, kind: "number" },
    { text: b, kind: "any" },
  ];
  const body = maker.body(parameters, "number", depth);
  return `${of}.reduce((${a}, ${b}) => ${body}${maker.draw.chance(0.8) ? `, ${maker.numberLiteral()}` : ""})`;
}

/** An expression that gives a truth value. */
export function booleanOf(maker: ExpressionMaker, depth: number): string {
  const [text, number, any] = [
    () => maker.make("string", depth),
    () => maker.make("number", depth),
    () => maker.make("any", depth),
  ];
  const { draw } = maker;
  const receiver = () => maker.receiver("string", depth);
  switch (draw.int(0, 9)) {
    case 0:
      return `(${number()} ${draw.pick(["<", "<=", ">", ">="])} ${number()})`;
    case 1:
      return `(${any()} ${draw.pick(["<", "<=", ">", ">=", "==", "!="])} ${any()})`;
    case 2:
    case 3:
      return `(${any()} ${draw.pick(["===", "!=="])} ${any()})`;
    case 4:
      return `!${any()}`;
    case 5:
      return `(${maker.make("boolean", depth)} ${draw.pick(["&&", "||"])} ${maker.make("boolean", depth)})`;
    case 6:
      return `${receiver()}.${draw.pick(["startsWith", "endsWith", "includes"])}(${text()}${draw.chance(0.2) ? `, ${number()}` : ""})`;
    case 7: {
      const name = draw.pick([
        "isNaN",
        "isFinite",
        "Number.isInteger",
        "Number.isNaN",
        "Number.isFinite",
        "Number.isSafeInteger",
        "Boolean",
        "Array.isArray",
      ]);
      return `${name}(${any()})`;
    }
    case 8: {
      const known = maker.known.filter(({ kind }) => kind === "map" || kind === "set");
      return known.length > 0 ? `${draw.pick(known).text}.has(${any()})` : `Object.is(${any()}, ${any()})`;
    }
    default: {
      const item = maker.name();
      const of = maker.receiver("list", depth);
      const body = maker.body([{ text: item, kind: "any" }], "boolean", depth);
      return `${of}.${draw.pick(["some", "every"])}(${item} => ${body})`;
    }
  }
}
