import { assignmentOf, effectOf } from "./assignments.js";
import type { ExpressionMaker, Kind } from "./expressions.js";
import { loopOf } from "./loops.js";
import { drawType, kindOf, patternOf } from "./patterns.js";

export interface StatementOptions {
  /** How deep expressions nest. */
  readonly depth: number;
  /** Whether there is a state, which statements may change. */
  readonly stateful: boolean;
  /** Makes what is returned. */
  readonly result: () => string;
}

interface BlockOptions {
  /** How likely it ends with a return. */
  readonly returns: number;
  /** What only happens in loops that are lowered: nothing returns, throws or changes the state. */
  readonly isLoop?: boolean;
  /** Whether it is the body of a function, whose parameters it cannot hide. */
  readonly isBody?: boolean;
}

/** Writes random statements over what is known where they stand. */
export class StatementMaker {
  readonly #maker: ExpressionMaker;
  readonly #options: StatementOptions;

  constructor(maker: ExpressionMaker, options: StatementOptions) {
    this.#maker = maker;
    this.#options = options;
  }

  /** A block of its own names. `last` is made where all of them are known. */
  block(
    statements: number,
    { returns, isLoop = false, isBody = false }: BlockOptions,
    last: () => string = () => "",
  ): string {
    const maker = this.#maker;
    const before = maker.known;
    const lines: string[] = [];
    if (!isBody && maker.draw.chance(0.05)) lines.push(this.#hiding());
    for (let i = 0; i < statements; i++) lines.push(this.#statement(isLoop));
    lines.push(last());
    if (maker.draw.chance(returns)) lines.push(this.#return());
    maker.known = before;
    return `{ ${lines.filter((line) => line !== "").join(" ")} }`;
  }

  /** A name that hides one from outside of the block. */
  #hiding(): string {
    const maker = this.#maker;
    const names = maker.known.filter(({ isVariable }) => isVariable);
    if (names.length === 0) return "";
    const { text } = maker.draw.pick(names);
    const kind = maker.draw.pick<Kind>(["number", "string"]);
    maker.known = [...maker.known.filter((known) => known.text !== text), { text, kind, isVariable: true }];
    return `let ${text} = ${kind === "number" ? maker.numberLiteral() : maker.stringLiteral()};`;
  }

  #return(): string {
    const maker = this.#maker;
    const { result } = this.#options;
    const assignment = maker.draw.chance(0.1) ? assignmentOf(maker, false) : undefined;
    if (assignment === undefined) return `return ${result()};`;
    if (maker.draw.chance(0.5)) return `return ${assignment}, ${result()};`;
    return `return ${maker.make("boolean", 1)} ? (${assignment}, ${result()}) : ${result()};`;
  }

  #statement(isLoop: boolean): string {
    const { draw } = this.#maker;
    const maker = this.#maker;
    if (this.#options.stateful && !isLoop && draw.chance(0.4)) return this.#change();
    const inner = (least: number) => this.block(draw.int(least, 2), { returns: isLoop ? 0 : 0.4, isLoop });
    switch (draw.int(0, 14)) {
      case 0:
      case 1: {
        const test = maker.make("boolean", 2);
        return `if (${test}) ${draw.chance(0.5) && !isLoop ? this.#return() : inner(0)}`;
      }
      case 2:
        return `if (${maker.make("any", 1)}) ${inner(1)} else ${inner(0)}`;
      case 3:
        return this.block(draw.int(1, 2), { returns: 0, isLoop });
      case 4:
        return draw.chance(maker.isCalm ? 0.01 : 0.3) && !isLoop
          ? `if (${maker.make("boolean", 1)}) throw new Error(${maker.make("string", 0)});`
          : ";";
      case 5:
      case 6:
        return statementOf(assignmentOf(maker, isLoop));
      case 7:
        return statementOf(effectOf(maker, isLoop));
      case 8:
      case 9:
        return loopOf(maker, isLoop, (names, last) =>
          maker.with(names, () => this.block(draw.int(0, 2), { returns: 0, isLoop: true, isBody: true }, last)),
        );
      default:
        return this.#declaration();
    }
  }

  #declaration(): string {
    const maker = this.#maker;
    const word = maker.draw.pick(["const", "let"]);
    const type = drawType(maker.draw, 1);
    const value = maker.make(kindOf(type), this.#options.depth - 1);
    const { text, known } = patternOf(maker, type, 1, word === "let");
    maker.known = [...maker.known, ...known];
    return `${word} ${text} = ${value};`;
  }

  #change(): string {
    const maker = this.#maker;
    const update = () => `state.update(${maker.make(maker.draw.pick<Kind>(["number", "number", "any"]), 2)})`;
    switch (maker.draw.int(0, 6)) {
      case 0:
        return `if (!state.isTimingOut()) ${update()};`;
      case 1:
        return `if (${maker.make("boolean", 1)}) state.remove(); else ${update()};`;
      case 2:
        return `${maker.make("boolean", 1)} && ${update()};`;
      case 3:
        return `${maker.make("boolean", 1)} ? state.remove() : ${update()};`;
      case 4:
        return `${update()}, ${update()};`;
      default:
        return `${update()};`;
    }
  }
}

/** The body of a function inside a lambda that gives a kind, as statements. What is outside it cannot be assigned to. */
export function functionBlock(maker: ExpressionMaker, kind: Kind, depth: number): string {
  const before = maker.known;
  maker.known = before.map((known) => ({ ...known, isVariable: false }));
  const result = () => maker.make(kind, depth);
  const statements = new StatementMaker(maker, { depth, stateful: false, result });
  const block = statements.block(maker.draw.int(1, 3), { returns: 1, isBody: true });
  maker.known = before;
  return block;
}

function statementOf(expression: string | undefined): string {
  return expression === undefined ? ";" : `${expression};`;
}
