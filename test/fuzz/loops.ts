import { assignmentTo } from "./assignments.js";
import type { ExpressionMaker, Known } from "./expressions.js";
import { patternOf } from "./patterns.js";
import { type ArgumentType, JSON_VALUE, NUMBER, SCALAR, STRING } from "./types.js";

/** Makes the block of a loop where some names are known, which ends as told. */
type Body = (names: readonly Known[], last: () => string) => string;

const PAIR: ArgumentType = { kind: "tuple", items: [SCALAR, NUMBER] };
const ITEMS: readonly ArgumentType[] = [STRING, STRING, NUMBER, SCALAR, SCALAR, JSON_VALUE, PAIR];

/**
 * A loop by `for` or `forEach` that assigns to something from outside of it, as those that are lowered do; an empty statement where there is no
 * variable. `isInner`: inside of another loop.
 */
export function loopOf(maker: ExpressionMaker, isInner: boolean, body: Body): string {
  const { draw } = maker;
  const variables = maker.known.filter(({ isVariable }) => isVariable);
  if (variables.length === 0) return ";";
  const target = draw.pick(variables);
  const item = draw.pick(ITEMS);
  if (draw.chance(0.6)) {
    const word = draw.pick(["const", "let"]);
    const of = iterated(maker, item, isInner);
    const { text, known } = patternOf(maker, item, 1, word === "let");
    return `for (${word} ${text} of ${of}) ${body(known, () => `${assignmentTo(maker, target, true)};`)}`;
  }
  const of = called(maker, item, isInner);
  const { text, known } = patternOf(maker, item, 1);
  if (draw.chance(0.6))
    return `${of}.forEach((${text}) => ${body(known, () => `${assignmentTo(maker, target, true)};`)});`;
  const effect = maker.with(known, () => {
    const assignment = assignmentTo(maker, target, true);
    return draw.chance(0.7) ? assignment : `${maker.make("boolean", 1)} && (${assignment})`;
  });
  return `${of}.forEach((${text}) => ${effect});`;
}

/** What `for` goes over. */
function iterated(maker: ExpressionMaker, item: ArgumentType, isInner: boolean): string {
  if (item === STRING && maker.draw.chance(0.4)) return `${maker.receiver("string", 1)}.slice(0, 9)`;
  if (maker.draw.chance(0.3)) return splitText(maker, isInner);
  return maker.draw.chance(0.7) ? `${maker.receiver("list", 2)}.slice(0, 9)` : called(maker, item, isInner);
}

/** A list that is made here: of what is captured no such method is lowered. */
function called(maker: ExpressionMaker, item: ArgumentType, isInner: boolean): string {
  const { draw } = maker;
  if (item === PAIR) {
    const pairs = draw.list(draw.int(0, 3), () => `[${maker.make("any", 0)}, ${maker.make("number", 1)}]`);
    return `[${pairs.join(", ")}]`;
  }
  switch (draw.int(0, 3)) {
    case 0:
      return splitText(maker, isInner);
    case 1:
      return `[...(${maker.make("list", 1)}).slice(-9)]`;
    case 2:
      return `[${draw.list(draw.int(0, 4), () => maker.make("any", 1)).join(", ")}]`;
    default:
      return `(${maker.make("list", 1)}).slice(0, 9)`;
  }
}

/** Lists of any length, which the kernel folds too; in loops short ones, as their texts grow there. */
function splitText(maker: ExpressionMaker, isInner: boolean): string {
  const separator = JSON.stringify(maker.draw.pick([",", " ", "a", ", ", "=", "\n"]));
  return `(${maker.make("string", 0)}).split(${separator})${isInner ? ".slice(0, 3)" : ""}`;
}
