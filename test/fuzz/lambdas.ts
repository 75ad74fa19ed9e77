import type { Draw } from "../model/draw.js";
import { ExpressionMaker, type Kind, type Known } from "./expressions.js";
import { type ArgumentType, BOOLEAN, FIELD_NAMES, JSON_TEXT, JSON_VALUE, NUMBER, SCALAR, STRING } from "./types.js";
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
}

const SIMPLE: readonly ArgumentType[] = [STRING, STRING, NUMBER, BOOLEAN, SCALAR, JSON_TEXT, JSON_VALUE];

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

function drawType(draw: Draw, depth = 2): ArgumentType {
  if (depth === 0 || draw.chance(0.7)) return draw.pick(SIMPLE);
  switch (draw.int(0, 2)) {
    case 0:
      return { kind: "tuple", items: draw.list(draw.int(1, 3), () => drawType(draw, depth - 1)) };
    case 1:
      return {
        kind: "record",
        fields: FIELD_NAMES.filter(() => draw.chance(0.4)).map((name) => [name, drawType(draw, depth - 1)]),
      };
    default:
      return { kind: "list", of: drawType(draw, depth - 1) };
  }
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

  constructor(draw: Draw, known: readonly Known[], { depth, stateful }: FuzzOptions) {
    this.#draw = draw;
    this.#maker = new ExpressionMaker(draw, known);
    this.#depth = depth ?? draw.int(1, 4);
    this.#stateful = stateful ?? false;
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
    if (!this.#stateful && draw.chance(0.5)) return `(${params.join(", ")}) => ${this.#result()}`;
    const body = this.#block(draw.int(1, 4), 1);
    return draw.chance(0.2) ? `(function (${params.join(", ")}) ${body})` : `(${params.join(", ")}) => ${body}`;
  }

  #parameter(type: ArgumentType): string {
    const { text, known } = this.#pattern(type, 2);
    const defaults = this.#draw.chance(0.1) ? ` = ${this.#maker.make(kindOf(type), 0)}` : "";
    this.#maker.known = [...this.#maker.known, ...known];
    return text + defaults;
  }

  /** A name or a pattern, for a value of a type, and what it declares. */
  #pattern(type: ArgumentType, depth: number): { text: string; known: Known[] } {
    const draw = this.#draw;
    if (depth > 0 && draw.chance(0.4)) {
      const items = type.kind === "tuple" ? type.items : type.kind === "list" ? [type.of, type.of] : undefined;
      if (items !== undefined) {
        const parts = items.map((item) => this.#part(item, depth - 1));
        return { text: `[${parts.map(({ text }) => text).join(", ")}]`, known: parts.flatMap(({ known }) => known) };
      }
      const fields = fieldsOf(type, draw);
      if (fields !== undefined) {
        const parts = fields.map(([name, field]) => ({ name, ...this.#part(field, depth - 1) }));
        const texts = parts.map(({ name, text }) => `${/^\w+$/.test(name) ? name : JSON.stringify(name)}: ${text}`);
        return { text: `{ ${texts.join(", ")} }`, known: parts.flatMap(({ known }) => known) };
      }
    }
    const name = this.#name();
    return { text: name, known: [{ text: name, kind: kindOf(type) }] };
  }

  #part(type: ArgumentType, depth: number): { text: string; known: Known[] } {
    const part = this.#pattern(type, depth);
    return this.#draw.chance(0.2) ? { ...part, text: `${part.text} = ${this.#maker.make(kindOf(type), 0)}` } : part;
  }

  /** Seldom a name that means something where it is not declared. */
  #name(): string {
    const name = this.#maker.name();
    return this.#draw.chance(0.02) ? `${this.#draw.pick(["of", "async", "get", "$", "_"])}${name}` : name;
  }

  #result(): string {
    const draw = this.#draw;
    const expression = this.#maker.make(
      draw.pick<Kind>(["string", "number", "boolean", "any", "list", "record", "json"]),
      this.#depth,
    );
    return draw.chance(0.2) ? `[${expression}, ${this.#maker.make("any", this.#depth - 1)}]` : expression;
  }

  /** `returns` is how likely it ends with a return. */
  #block(statements: number, returns: number): string {
    const before = this.#maker.known;
    const lines: string[] = [];
    for (let i = 0; i < statements; i++) lines.push(this.#statement());
    if (this.#draw.chance(returns)) lines.push(`return ${this.#result()};`);
    this.#maker.known = before;
    return `{ ${lines.join(" ")} }`;
  }

  #statement(): string {
    const draw = this.#draw;
    const maker = this.#maker;
    if (this.#stateful && draw.chance(0.4)) return this.#change();
    switch (draw.int(0, 9)) {
      case 0:
      case 1: {
        const test = maker.make("boolean", 2);
        return `if (${test}) ${draw.chance(0.5) ? `return ${this.#result()};` : this.#block(draw.int(0, 2), 0.4)}`;
      }
      case 2: {
        const [test, then, otherwise] = [maker.make("any", 1), this.#block(1, 0.4), this.#block(draw.int(0, 2), 0.4)];
        return `if (${test}) ${then} else ${otherwise}`;
      }
      case 3:
        return this.#block(draw.int(1, 2), 0);
      case 4:
        return draw.chance(0.3) ? `if (${maker.make("boolean", 1)}) throw new Error(${maker.make("string", 0)});` : ";";
      default:
        return this.#declaration();
    }
  }

  #declaration(): string {
    const draw = this.#draw;
    const type = drawType(draw, 1);
    const value = this.#maker.make(kindOf(type), this.#depth - 1);
    const { text, known } = this.#pattern(type, 1);
    this.#maker.known = [...this.#maker.known, ...known];
    return `${draw.pick(["const", "let"])} ${text} = ${value};`;
  }

  #change(): string {
    const draw = this.#draw;
    const update = () => `state.update(${this.#maker.make(draw.pick<Kind>(["number", "number", "any"]), 2)})`;
    switch (draw.int(0, 6)) {
      case 0:
        return `if (!state.isTimingOut()) ${update()};`;
      case 1:
        return `if (${this.#maker.make("boolean", 1)}) state.remove(); else ${update()};`;
      case 2:
        return `${this.#maker.make("boolean", 1)} && ${update()};`;
      case 3:
        return `${this.#maker.make("boolean", 1)} ? state.remove() : ${update()};`;
      case 4:
        return `${update()}, ${update()};`;
      default:
        return `${update()};`;
    }
  }
}

function fieldsOf(type: ArgumentType, draw: Draw): ReadonlyArray<readonly [string, ArgumentType]> | undefined {
  if (type.kind === "record") return type.fields.length > 0 ? type.fields : undefined;
  return type.kind === "json"
    ? FIELD_NAMES.filter(() => draw.chance(0.3))
        .concat("id")
        .slice(-2)
        .map((name) => [name, JSON_VALUE])
    : undefined;
}

function kindOf({ kind }: ArgumentType): Kind {
  switch (kind) {
    case "scalar":
      return "any";
    case "tuple":
      return "list";
    default:
      return kind;
  }
}
