import type { ExpressionMaker, Kind, Known } from "./expressions.js";

/** Makes an expression of a kind that is assigned. */
type Value = (kind: Kind) => string;

/** An assignment to one of the variables, as an expression; nothing where there is none. In loops nothing grows by more than a few characters. */
export function assignmentOf(maker: ExpressionMaker, isLoop: boolean): string | undefined {
  const variables = maker.known.filter(({ isVariable }) => isVariable);
  return variables.length > 0 ? assignmentTo(maker, maker.draw.pick(variables), isLoop) : undefined;
}

export function assignmentTo(maker: ExpressionMaker, { text, kind }: Known, isLoop: boolean): string {
  const { draw } = maker;
  const value: Value = isLoop ? (of) => smallValue(maker, of) : (of) => maker.make(of, 1);
  if (draw.chance(0.1)) return `${text} ${draw.pick(["??=", "||=", "&&="])} ${value(kind)}`;
  switch (kind) {
    case "number":
      return draw.pick([
        () => `${text} ${draw.pick(["+=", "-=", "*=", "/=", "%="])} ${value("number")}`,
        () => `${text} ${draw.pick(["&=", "|=", "^=", "<<=", ">>=", ">>>="])} ${value("number")}`,
        () => draw.pick([`${text}++`, `${text}--`, `++${text}`, `--${text}`]),
        () => `${text} = ${value("number")}`,
      ])();
    case "string":
      return draw.chance(0.6) ? `${text} += ${value(draw.pick<Kind>(["string", "any"]))}` : `${text} = ${value(kind)}`;
    default:
      return draw.chance(0.2) ? `${text} += ${value("any")}` : `${text} = ${value(kind)}`;
  }
}

/** Assignments under conditions, or one after the other; nothing where there is no variable. */
export function effectOf(maker: ExpressionMaker, isLoop: boolean): string | undefined {
  const [first, second] = [assignmentOf(maker, isLoop), assignmentOf(maker, isLoop)];
  if (first === undefined) return undefined;
  switch (maker.draw.int(0, 3)) {
    case 0:
      return `${maker.make("boolean", 1)} && (${first})`;
    case 1:
      return `${maker.make("boolean", 1)} || (${first})`;
    case 2:
      return `${maker.make("any", 1)} ? (${first}) : (${second})`;
    default:
      return `${first}, ${second}`;
  }
}

/** A value that is small whatever the variables hold that it is made of. */
function smallValue(maker: ExpressionMaker, kind: Kind): string {
  switch (kind) {
    case "number":
    case "boolean":
      return `Number(${maker.make(kind, 1)})`;
    case "string":
      return `String(${maker.make(kind, 1)}).slice(0, 9)`;
    case "list": {
      const item = maker.name();
      return maker.draw.chance(0.5)
        ? `[${maker.draw.list(maker.draw.int(0, 3), () => smallValue(maker, "any")).join(", ")}]`
        : `${maker.receiver(kind, 1)}.slice(0, 4).map(${item} => String(${item}).slice(0, 9))`;
    }
    case "record":
      return `({ id: ${smallValue(maker, "number")}, name: ${smallValue(maker, "string")} })`;
    default:
      return smallValue(maker, maker.draw.pick<Kind>(["number", "string", "string", "list", "record"]));
  }
}
