import type { ExpressionMaker, Kind } from "./expressions.js";

/** An expression that gives a text. */
export function stringOf(maker: ExpressionMaker, depth: number): string {
  const { draw } = maker;
  const [text, number] = [() => maker.make("string", depth), () => maker.make("number", depth)];
  const receiver = () => maker.receiver("string", depth);
  switch (draw.int(0, 16)) {
    case 0:
      return `(${text()} + ${maker.make(draw.pick<Kind>(["string", "number", "any"]), depth)})`;
    case 1:
      return `\`${draw.pick(["", "a", "\\n"])}\${${maker.make("any", depth)}}${draw.pick(["", ":", " "])}\${${text()}}\``;
    case 2:
      return `${receiver()}.${draw.pick(["trim", "trimStart", "trimEnd", "toLowerCase", "toUpperCase"])}()`;
    case 3:
    case 4: {
      const method = draw.pick(["slice", "substring"]);
      return `${receiver()}.${method}(${draw.list(draw.int(0, 2), number).join(", ")})`;
    }
    case 5:
      return `${receiver()}.${draw.pick(["charAt", "at"])}(${number()})`;
    case 6:
      return `String(${maker.make("any", depth)})`;
    case 7:
      return `typeof ${maker.make("any", depth)}`;
    case 8:
      return `${maker.receiver("number", depth)}.toString(${draw.chance(0.5) ? "" : draw.pick([2, 10, 16, 36])})`;
    case 9:
      return `${maker.receiver("list", depth)}.join(${draw.chance(0.8) ? maker.stringLiteral() : ""})`;
    case 10:
      return `${receiver()}.${draw.pick(["replace", "replaceAll"])}(${maker.stringLiteral()}, ${text()})`;
    case 11:
      return `${receiver()}.${draw.pick(["padStart", "padEnd"])}(${number()} & 31${draw.chance(0.5) ? `, ${text()}` : ""})`;
    case 12:
      return `${receiver()}.repeat(${draw.chance(0.8) ? `${number()} & 3` : draw.int(0, 3)})`;
    case 13:
      return `${receiver()}.split(${maker.stringLiteral()})[${draw.chance(0.8) ? draw.int(0, 2) : number()}]`;
    case 14:
      return `${receiver()}.concat(${draw.list(draw.int(0, 2), text).join(", ")})`;
    case 15:
      if (maker.isCalm) return `String(${maker.make("json", depth)})`;
      return `${maker.receiver("json", depth)}${draw.pick(["?.trim()", "?.slice(1)", ".toLowerCase()", '?.split(",")?.[0]'])}`;
    default:
      return `${receiver()}[${number()}]`;
  }
}
