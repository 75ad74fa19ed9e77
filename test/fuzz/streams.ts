import { Draw } from "../model/draw.js";
import { ExpressionMaker } from "./expressions.js";
import { drawLambda } from "./lambdas.js";
import { drawLines, type LineKind } from "./lines.js";
import { reducedOf, reducerOf } from "./reducers.js";
import { drawKey, drawRow, isPair, pairOf, typedValue } from "./stream-types.js";
import { type ArgumentType, BOOLEAN, JSON_VALUE, NUMBER, SCALAR, STRING } from "./types.js";

/** A random program on lines of text: calls on the stream of lines, in the order of the source, what is asked of each batch, and the lines that come. */
export interface StreamProgram {
  readonly calls: readonly string[];
  readonly output: string;
  readonly batches: ReadonlyArray<readonly string[]>;
  readonly master: string;
}

const OUTPUTS = [
  ...["collect()", "collect()", "collect()", "collect()", "count()", "take(3)", "top(3)", "takeOrdered(2)"],
  ...["countByValue()", "isEmpty()"],
];

/** What lines of JSON mostly are. */
const JSON_ROW: ArgumentType = {
  kind: "record",
  fields: [
    ["id", NUMBER],
    ["name", STRING],
    ["price", SCALAR],
    ["tags", { kind: "list", of: STRING }],
    ["user", JSON_VALUE],
    ["ok", BOOLEAN],
    ["n", NUMBER],
  ],
};

/** Rows of a type, and the call that makes them. */
interface Call {
  readonly text: string;
  readonly type: ArgumentType;
}

/** The random program of a seed. */
export function drawProgram(seed: number): StreamProgram {
  const draw = new Draw(seed);
  const kind = draw.pick<LineKind>(["cells", "json", "text"]);
  const writer = new ProgramWriter(draw, kind);
  return {
    calls: writer.calls(draw.int(2, 5)),
    output: draw.pick(OUTPUTS),
    batches: draw.list(draw.int(1, 4), () => drawLines(draw, kind)),
    master: draw.chance(0.9) ? "local[1]" : "local[2]",
  };
}

class ProgramWriter {
  readonly #draw: Draw;
  readonly #kind: LineKind;
  /** Windows are as many batches long, in all. */
  #windows = 0;

  constructor(draw: Draw, kind: LineKind) {
    this.#draw = draw;
    this.#kind = kind;
  }

  calls(count: number): string[] {
    const calls = [this.#first()];
    while (calls.length < count) calls.push(this.#next(calls.at(-1)!.type, calls.length));
    return calls.map(({ text }) => text).filter((text) => text !== "");
  }

  #first(): Call {
    const draw = this.#draw;
    switch (this.#kind) {
      case "cells":
        return draw.chance(0.5)
          ? { text: '.map((line) => line.split(","))', type: { kind: "list", of: STRING } }
          : {
              text: '.map((line) => { const [a, b, c = "none"] = line.split(","); return [a, Number(b), c]; })',
              type: { kind: "tuple", items: [STRING, NUMBER, STRING] },
            };
      case "json":
        return { text: ".map((line) => JSON.parse(line))", type: JSON_ROW };
      case "text":
        return draw.chance(0.6)
          ? { text: `.flatMap((line) => line.split(${JSON.stringify(draw.pick([" ", ",", "a"]))}))`, type: STRING }
          : { text: "", type: STRING };
    }
  }

  #next(type: ArgumentType, depth: number): Call {
    const draw = this.#draw;
    if (isPair(type) && draw.chance(0.75)) return this.#byKey(type.items[0], type.items[1], depth);
    switch (draw.int(0, 9)) {
      case 0:
      case 1:
        return { text: `.filter(${this.#lambda(type, (maker) => maker.make("boolean", 2))})`, type };
      case 2: {
        const to = drawRow(draw);
        return { text: `.map(${this.#lambda(type, (maker) => typedValue(maker, to, 2))})`, type: to };
      }
      case 3: {
        const to = draw.chance(0.5) ? STRING : drawRow(draw);
        const items = (maker: ExpressionMaker) =>
          to === STRING
            ? `${maker.receiver("string", 1)}.split(${maker.stringLiteral()})`
            : `[${draw.list(draw.int(0, 3), () => typedValue(maker, to, 1)).join(", ")}]`;
        return { text: `.flatMap(${this.#lambda(type, items)})`, type: to };
      }
      case 4:
        return this.#anyRows(type);
      default: {
        const to = pairOf(drawKey(draw), drawRow(draw));
        return { text: `.map(${this.#lambda(type, (maker) => typedValue(maker, to, 2))})`, type: to };
      }
    }
  }

  #anyRows(type: ArgumentType): Call {
    const draw = this.#draw;
    switch (draw.int(0, 5)) {
      case 0:
        return { text: ".transform((rdd) => rdd.distinct())", type };
      case 1: {
        const key = this.#lambda(type, (maker) => typedValue(maker, draw.pick([STRING, NUMBER]), 1));
        return { text: `.transform((rdd) => rdd.sortBy(${key}, ${draw.chance(0.5)}))`, type };
      }
      case 2:
        return this.#windows++ < 2 ? { text: ".window(2000)", type } : { text: ".count()", type: NUMBER };
      case 3:
        return { text: ".countByValue()", type: pairOf(type, NUMBER) };
      case 4:
        return { text: `.reduce(${reducerOf(this.#maker(), type)})`, type };
      default:
        return { text: `.repartition(${draw.int(1, 3)})`, type };
    }
  }

  #byKey(key: ArgumentType, value: ArgumentType, depth: number): Call {
    const draw = this.#draw;
    const type = pairOf(key, value);
    const maker = this.#maker();
    const partitions = draw.chance(0.3) ? `, ${draw.int(1, 3)}` : "";
    switch (draw.int(0, 11)) {
      case 0:
      case 1:
      case 2:
        return { text: `.reduceByKey(${reducerOf(maker, value)}${partitions})`, type };
      case 3:
        return { text: `.mapWithState(${this.#spec(key, value)})`, type: draw.chance(0.5) ? SCALAR : type };
      case 4:
        return this.#updateState(key, value);
      case 5:
      case 6: {
        if (depth > 3) return { text: `.reduceByKey(${reducerOf(maker, value)})`, type };
        const name = draw.pick(["join", "join", "leftOuterJoin", "rightOuterJoin", "fullOuterJoin"]);
        const first = this.#first();
        const to = pairOf(key, drawRow(draw));
        const text = `${first.text}.map(${this.#lambda(first.type, (each) => typedValue(each, to, 1))})`;
        const both: ArgumentType = { kind: "tuple", items: [value, to.items[1]] };
        return { text: `.${name}(lines${text}${partitions})`, type: pairOf(key, both) };
      }
      case 7: {
        const [window, slide] = draw.pick([
          [2000, 1000],
          [3000, 1000],
          [2000, 2000],
        ]);
        if (this.#windows++ >= 2) return { text: ".groupByKey()", type: pairOf(key, { kind: "list", of: value }) };
        const inverse = value === NUMBER && draw.chance(0.5) ? "(a, b) => a + b, (a, b) => a - b" : undefined;
        return { text: `.reduceByKeyAndWindow(${inverse ?? reducerOf(maker, value)}, ${window}, ${slide})`, type };
      }
      case 8: {
        const to = drawRow(draw);
        return {
          text: `.mapValues(${this.#lambda(value, (each) => typedValue(each, to, 2))})`,
          type: pairOf(key, to),
        };
      }
      case 9:
        return { text: ".groupByKey()", type: pairOf(key, { kind: "list", of: value }) };
      case 10:
        return { text: `.transform((rdd) => rdd.sortByKey(${draw.chance(0.5)}))`, type };
      default: {
        const to: ArgumentType = { kind: "tuple", items: [value, NUMBER] };
        const merged = reducedOf(maker, value, "c[0]", "v");
        const joined = reducedOf(maker, value, "a[0]", "b[0]");
        return {
          text: `.combineByKey((v) => [v, 1], (c, v) => [${merged}, c[1] + 1], (a, b) => [${joined}, a[1] + b[1]])`,
          type: pairOf(key, to),
        };
      }
    }
  }

  #spec(key: ArgumentType, value: ArgumentType): string {
    const draw = this.#draw;
    const timeout = draw.chance(0.3) ? ".timeout(1500)" : "";
    if (draw.chance(0.3)) {
      const { source } = drawLambda(draw, { parameters: [key, value], stateful: true, captures: false, depth: 2 });
      return `StateSpec.function(${source})${timeout}`;
    }
    const state = drawRow(draw);
    const maker = this.#maker();
    const [first, next] = [typedValue(maker, state, 0), reducedOf(maker, state, "before", "first")];
    const removes = draw.chance(0.3) ? "if (state.exists() && v === w) state.remove(); else " : "";
    const result = draw.pick(["[key, state.getOption()]", "before", "state.exists()", "[key, before]", "state.get()"]);
    return `StateSpec.function((key, v, state) => { if (state.isTimingOut()) return [key, "gone"]; const w = ${typedValue(
      this.#maker(),
      SCALAR,
      0,
    )}; const first = ${first}; const before = state.getOption() ?? first; ${removes}state.update(${next}); return ${result}; })${timeout}`;
  }

  #updateState(key: ArgumentType, value: ArgumentType): Call {
    const draw = this.#draw;
    const maker = this.#maker();
    const next = reducedOf(maker, value, "so", "v");
    const first = typedValue(maker, value, 0);
    const body = draw.pick([
      `(values, state) => values.reduce((so, v) => ${next}, state ?? ${first})`,
      `(values, state) => { let so = state ?? ${first}; for (const v of values) so = ${next}; return so; }`,
      `(values, state) => { let so = ${first}; values.forEach((v) => { so = ${next}; }); return values.length > 1 ? undefined : so; }`,
      `(values, state) => values.length === 0 ? undefined : values.at(-1) ?? state`,
      `(values, state = 0) => state + values.length`,
      `(values, state) => values.some((v) => v) ? values[values.length - 1] : state`,
    ]);
    return { text: `.updateStateByKey(${body})`, type: pairOf(key, value) };
  }

  #maker(): ExpressionMaker {
    return new ExpressionMaker(this.#draw, [], { isCalm: true });
  }

  /** A lambda of a row. */
  #lambda(type: ArgumentType, result: (maker: ExpressionMaker) => string): string {
    return drawLambda(this.#draw, { parameters: [type], captures: false, isCalm: true, depth: 2, result }).source;
  }
}
