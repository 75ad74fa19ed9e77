import type { Draw } from "../model/draw.js";
import { ExpressionMaker, type Kind, type Known } from "./expressions.js";
import { drawType, kindOf, patternOf } from "./patterns.js";
import { StatementMaker } from "./statements.js";
import type { ArgumentType } from "./types.js";
import { drawScalar, drawString } from "./values.js";

/** A random lambda: its source text, what its arguments are like, and what it captures; then the source is that of a factory. */
export interface FuzzLambda {
  readonly source: string;
  readonly parameters: readonly ArgumentType[];
  readonly captured: object | undefined;
}

export interface FuzzOptions {
  /** What arguments there are; drawn where it is left out. */
  readonly parameters?: readonly ArgumentType[];
  /** Whether lambdas may capture values. By default a sixth do. */
  readonly captures?: boolean;
  /** How deep expressions nest. */
  readonly depth?: number;
  /** Makes a function of `mapWithState`, which takes a key, a value and the state. */
  readonly stateful?: boolean;
  /** Makes lambdas that seldom throw. */
  readonly isCalm?: boolean;
  /** Makes what is returned, of what is known there; drawn where it is left out. */
  readonly result?: (maker: ExpressionMaker) => string;
}

/** The source text of a random lambda in the grammar that is lowered, and what to call it with. */
export function drawLambda(draw: Draw, options: FuzzOptions = {}): FuzzLambda {
  const parameters = options.parameters ?? draw.list(draw.pick([1, 1, 1, 2, 2, 3]), () => drawType(draw));
  const hasCaptures = options.captures ?? draw.chance(1 / 6);
  const captured = hasCaptures ? drawCaptured(draw) : undefined;
  const isWhole = draw.chance(0.3);
  const known = captured === undefined ? [] : knownOf(captured, isWhole ? "v." : "");
  const maker = new FunctionMaker(draw, known, options);
  const lambda = maker.lambda(parameters);
  const source =
    captured === undefined ? lambda : `(${isWhole ? "v" : `{ ${Object.keys(captured).join(", ")} }`}) => ${lambda}`;
  return { source, parameters, captured };
}

interface Captured {
  readonly m: ReadonlyMap<unknown, unknown>;
  readonly s: ReadonlySet<unknown>;
  readonly list: readonly unknown[];
  readonly o: object;
  readonly k: unknown;
}

function drawCaptured(draw: Draw): Captured {
  return {
    m: new Map(
      draw.list(draw.int(0, 4), () => [
        drawScalar(draw),
        draw.chance(0.8) ? drawScalar(draw) : { id: drawScalar(draw) },
      ]),
    ),
    s: new Set(draw.list(draw.int(0, 4), () => drawScalar(draw))),
    list: draw.list(draw.int(0, 3), () => drawScalar(draw)),
    o: { id: drawScalar(draw), name: drawString(draw), user: { n: drawScalar(draw), tags: ["a", 1] } },
    k: drawScalar(draw),
  };
}

function knownOf(captured: Captured, prefix: string): Known[] {
  const kinds: Record<keyof Captured, Kind> = { m: "map", s: "set", list: "list", o: "record", k: "any" };
  return Object.keys(captured).map((name) => ({ text: prefix + name, kind: kinds[name as keyof Captured] }));
}

class FunctionMaker {
  readonly #draw: Draw;
  readonly #maker: ExpressionMaker;
  readonly #depth: number;
  readonly #stateful: boolean;
  readonly #given: FuzzOptions["result"];

  constructor(draw: Draw, known: readonly Known[], { depth, stateful, isCalm = false, result }: FuzzOptions) {
    this.#draw = draw;
    this.#maker = new ExpressionMaker(draw, known, { isCalm });
    this.#depth = depth ?? draw.int(1, 4);
    this.#stateful = stateful ?? false;
    this.#given = result;
  }

  lambda(types: readonly ArgumentType[]): string {
    const draw = this.#draw;
    const maker = this.#maker;
    const params = types.map((type) => this.#parameter(type));
    if (this.#stateful) {
      params.push("state");
      const reads: Known[] = [
        { text: "state.getOption()", kind: "number" },
        { text: "(state.getOption() ?? 0)", kind: "number" },
        { text: "state.exists()", kind: "boolean" },
        { text: "state.isTimingOut()", kind: "boolean" },
      ];
      maker.known = [...maker.known, ...reads, { text: "state.get()", kind: "any" }];
    }
    const result = () => this.#result();
    if (!this.#stateful && draw.chance(0.5)) return `(${params.join(", ")}) => ${result()}`;
    const statements = new StatementMaker(maker, { depth: this.#depth, stateful: this.#stateful, result });
    const body = statements.block(draw.int(1, 5), { returns: 1, isBody: true });
    return draw.chance(0.2) ? `(function (${params.join(", ")}) ${body})` : `(${params.join(", ")}) => ${body}`;
  }

  #parameter(type: ArgumentType): string {
    const { text, known } = patternOf(this.#maker, type, 2);
    const defaults = this.#draw.chance(0.1) ? ` = ${this.#maker.make(kindOf(type), 0)}` : "";
    this.#maker.known = [...this.#maker.known, ...known];
    return text + defaults;
  }

  #result(): string {
    if (this.#given) return this.#given(this.#maker);
    const draw = this.#draw;
    const expression = this.#maker.make(
      draw.pick<Kind>(["string", "number", "boolean", "any", "list", "record", "json"]),
      this.#depth,
    );
    return draw.chance(0.2) ? `[${expression}, ${this.#maker.make("any", this.#depth - 1)}]` : expression;
  }
}
