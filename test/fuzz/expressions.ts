import type { Draw } from "../model/draw.js";
import { booleanOf, numberOf } from "./numbers.js";
import { functionBlock } from "./statements.js";
import { stringOf } from "./strings.js";
import { FIELD_NAMES } from "./types.js";
import { drawNumber, drawString } from "./values.js";

/** What a generated expression is meant to give; now and then it gives something else, and so may a variable of the kind. */
export type Kind = "string" | "number" | "boolean" | "json" | "jsonText" | "list" | "map" | "set" | "record" | "any";

/** Something that expressions can use: the text that stands for it, and what it holds. */
export interface Known {
  readonly text: string;
  readonly kind: Kind;
  /** Whether it is a name that can be assigned to. */
  readonly isVariable?: boolean;
}

/** Writes random expressions over what is known where they stand. */
export class ExpressionMaker {
  readonly draw: Draw;
  known: readonly Known[];
  /** Whether expressions seldom throw: what is made for a kind gives that kind. */
  readonly isCalm: boolean;
  #names = 0;

  constructor(draw: Draw, known: readonly Known[], { isCalm = false }: { readonly isCalm?: boolean } = {}) {
    this.draw = draw;
    this.known = known;
    this.isCalm = isCalm;
  }

  /** A name that is not in use. */
  name(): string {
    return `v${this.#names++}`;
  }

  /** An expression of a kind; those that come out of `depth` levels are variables and literals. */
  make(kind: Kind, depth: number): string {
    const { draw } = this;
    if (draw.chance(this.isCalm ? 0.002 : 0.04))
      return this.make(draw.pick<Kind>(["string", "number", "boolean", "json", "list", "any"]), depth);
    if (depth > 0 && draw.chance(0.08)) return this.choice(kind, depth - 1);
    const own = this.known.filter((known) => known.kind === kind);
    if (own.length > 0 && draw.chance(depth > 0 ? 0.25 : 0.8)) return draw.pick(own).text;
    switch (kind) {
      case "string":
        return depth > 0 ? stringOf(this, depth - 1) : this.stringLiteral();
      case "number":
        return depth > 0 ? numberOf(this, depth - 1) : this.numberLiteral();
      case "boolean":
        return depth > 0 ? booleanOf(this, depth - 1) : draw.pick(["true", "false", "!0", "!1"]);
      case "json":
        return this.#json(depth - 1);
      case "jsonText":
        return this.make("string", depth);
      case "list":
        return depth > 0 ? this.#list(depth - 1) : `[${this.make("any", 0)}]`;
      case "record":
        return this.#record(depth - 1);
      case "map":
      case "set":
        return `"${kind}"`;
      case "any":
        return this.#any(depth);
    }
  }

  stringLiteral(): string {
    const text = this.draw.pick([" ", ",", "", "a", "ERROR", "=", "-", drawString(this.draw)]);
    return this.draw.chance(0.1)
      ? `\`${JSON.stringify(text).slice(1, -1).replace(/[`$]/g, "\\$&")}\``
      : JSON.stringify(text);
  }

  numberLiteral(): string {
    if (this.draw.chance(0.6)) return String(this.draw.int(0, 12));
    const number = drawNumber(this.draw);
    if (this.draw.chance(0.2))
      return this.draw.pick(["NaN", "Infinity", "Math.PI", "Number.MAX_SAFE_INTEGER", "0xff", "1_000"]);
    return number < 0 || Object.is(number, -0) ? `(-${-number})` : String(number);
  }

  /** As `make`, for what a member is taken of: a number there needs parentheses. */
  receiver(kind: Kind, depth: number): string {
    const text = this.make(kind, depth);
    if (this.isCalm && kind === "string" && this.draw.chance(0.7)) return `String(${text})`;
    return /[\d.]$/.test(text) ? `(${text})` : text;
  }

  /** What any kind of expression can be made by. */
  choice(kind: Kind, depth: number): string {
    const part = () => this.make(kind, depth);
    switch (this.draw.int(0, 4)) {
      case 0:
        return `(${this.make("boolean", depth)} ? ${part()} : ${part()})`;
      case 1:
        return `(${this.make("any", depth)} ?? ${part()})`;
      case 2:
        return `(${part()} ${this.draw.pick(["&&", "||"])} ${part()})`;
      case 3:
        return `(${this.make("any", depth)}, ${part()})`;
      default:
        return `(${this.make("any", depth)} === ${this.make("any", depth)} ? ${part()} : ${part()})`;
    }
  }

  #json(depth: number): string {
    const { draw } = this;
    const texts = this.known.filter(({ kind }) => kind === "jsonText");
    if (texts.length > 0 && draw.chance(this.isCalm ? 0.1 : 0.5)) return `JSON.parse(${draw.pick(texts).text})`;
    const roots = this.known.filter(({ kind }) => kind === "json" || kind === "record");
    if (roots.length === 0)
      return depth > 0 && !this.isCalm ? `JSON.parse(${this.make("string", depth)})` : this.make("any", 0);
    let text = draw.pick(roots).text;
    for (let links = draw.int(0, 2); links >= 0; links--) text += this.#link(depth);
    return text;
  }

  /** A property of something, perhaps of nothing. */
  #link(depth: number): string {
    const { draw } = this;
    const name = draw.pick(FIELD_NAMES);
    const optional = draw.chance(this.isCalm ? 0.97 : 0.5);
    if (draw.chance(0.15))
      return `${optional ? "?." : ""}[${depth > 0 ? this.make("any", depth - 1) : draw.int(0, 2)}]`;
    if (name.includes("-")) return `${optional ? "?." : ""}["${name}"]`;
    return `${optional ? "?." : "."}${name}`;
  }

  #list(depth: number): string {
    const { draw } = this;
    const item = this.name();
    switch (draw.int(0, 6)) {
      case 0:
      case 1:
        return `${this.receiver("string", depth)}.split(${this.stringLiteral()}${draw.chance(0.1) ? `, ${draw.int(0, 4)}` : ""})`;
      case 2: {
        const items = draw.list(draw.int(0, 3), () =>
          draw.chance(0.15) ? `...${this.make("list", depth)}` : this.make("any", depth),
        );
        return `[${items.join(", ")}]`;
      }
      case 3: {
        const of = this.receiver("list", depth);
        if (draw.chance(0.15)) return `${of}.map(${draw.pick(["Number", "String"])})`;
        return `${of}.map(${item} => ${this.body([{ text: item, kind: draw.pick<Kind>(["string", "any"]) }], "any", depth)})`;
      }
      case 4: {
        const of = this.receiver("list", depth);
        if (draw.chance(0.2)) return `${of}.filter(Boolean)`;
        return `${of}.filter((${item}) => ${this.body([{ text: item, kind: draw.pick<Kind>(["string", "any"]) }], "boolean", depth)})`;
      }
      case 5:
        return `${this.receiver("list", depth)}.slice(${draw.list(draw.int(0, 2), () => this.make("number", depth)).join(", ")})`;
      default:
        return `${this.receiver("list", depth)}.concat(${this.make("list", depth)})`;
    }
  }

  #record(depth: number): string {
    const fields = this.draw.list(this.draw.int(0, 3), () => {
      if (this.draw.chance(0.15))
        return `...${this.make(this.draw.pick<Kind>(["record", "json", "any"]), Math.max(0, depth))}`;
      const name = this.draw.pick([...FIELD_NAMES, "1", "0x10"]);
      const key = /^[\w]+$/.test(name) ? name : JSON.stringify(name);
      return `${key}: ${this.make("any", Math.max(0, depth))}`;
    });
    return `({ ${fields.join(", ")} })`;
  }

  #any(depth: number): string {
    const { draw } = this;
    const maps = this.known.filter(({ kind }) => kind === "map");
    if (maps.length > 0 && draw.chance(0.1))
      return `${draw.pick(maps).text}.get(${this.make("string", Math.max(0, depth - 1))})`;
    if (this.known.length > 0 && draw.chance(0.3)) {
      const { text, kind } = draw.pick(this.known);
      return kind === "map" || kind === "set" ? `${text}.size` : text;
    }
    if (depth <= 0)
      return draw.pick([this.stringLiteral(), this.numberLiteral(), "null", "undefined", "true", "void 0"]);
    return this.make(draw.pick<Kind>(["string", "number", "boolean", "json", "list", "record"]), depth);
  }

  /** The body of a function inside the lambda that gives a kind: an expression, or now and then statements. */
  body(parameters: readonly Known[], kind: Kind, depth: number): string {
    return this.with(parameters, () =>
      depth > 0 && this.draw.chance(0.15)
        ? functionBlock(this, kind, depth - 1)
        : this.make(kind, Math.max(0, depth - 1)),
    );
  }

  /** Makes something where more is known. */
  with<T>(known: readonly Known[], make: () => T): T {
    const before = this.known;
    this.known = [...before, ...known];
    const made = make();
    this.known = before;
    return made;
  }
}
