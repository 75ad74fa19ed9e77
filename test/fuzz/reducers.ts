import { assignmentTo } from "./assignments.js";
import type { ExpressionMaker } from "./expressions.js";
import type { ArgumentType } from "./types.js";

/** A function of two values of a type that gives one of it: what `reduceByKey` takes. */
export function reducerOf(maker: ExpressionMaker, type: ArgumentType): string {
  const { draw } = maker;
  if (type.kind === "tuple" && draw.chance(0.4)) {
    const sides = ["a", "b"].map((side) => type.items.map((_, i) => `${side}${i}`));
    const [left, right] = sides.map((names) => `[${names.join(", ")}]`);
    return `(${left}, ${right}) => [${type.items.map((item, i) => reducedOf(maker, item, `a${i}`, `b${i}`)).join(", ")}]`;
  }
  if (type.kind === "record" && draw.chance(0.4)) {
    const [left, right] = ["a", "b"].map(
      (side) => `{ ${type.fields.map(([name], i) => `${name}: ${side}${i}`).join(", ")} }`,
    );
    const fields = type.fields.map(([name, field], i) => `${name}: ${reducedOf(maker, field, `a${i}`, `b${i}`)}`);
    return `(${left}, ${right}) => ({ ${fields.join(", ")} })`;
  }
  if (draw.chance(0.1)) return `(a, b) => { ${statements(maker, type)} }`;
  return `(a, b) => ${reducedOf(maker, type, "a", "b")}`;
}

/** What comes of two values that are written so. */
export function reducedOf(maker: ExpressionMaker, type: ArgumentType, a: string, b: string): string {
  const { draw } = maker;
  if (draw.chance(0.05)) return draw.pick([a, b]);
  switch (type.kind) {
    case "number":
      return numberOf(maker, a, b);
    case "string":
      return draw.pick([
        `${a} + ${b}`,
        `\`\${${a}},\${${b}}\``,
        `${a} + "," + ${b}`,
        `(${a} < ${b} ? ${a} : ${b})`,
        `(${a} > ${b} ? ${a} : ${b})`,
        `(${b} < ${a} ? ${a} : ${b})`,
        `(${b} === "a" ? ${a} : ${a} + ${b})`,
        `(${b} ? ${a} + ${b}.slice(1) : ${a})`,
        a,
        b,
      ]);
    case "tuple":
      return `[${type.items.map((item, i) => reducedOf(maker, item, `${a}[${i}]`, `${b}[${i}]`)).join(", ")}]`;
    case "record": {
      const fields = type.fields.map(([name, field]) => {
        return `${name}: ${reducedOf(maker, field, `${a}.${name}`, `${b}.${name}`)}`;
      });
      return `({ ${fields.join(", ")} })`;
    }
    default:
      return draw.pick([a, b, `(${a} && ${b})`, `(${a} || ${b})`, `(${a} ?? ${b})`, `(${a} < ${b} ? ${a} : ${b})`]);
  }
}

function numberOf(maker: ExpressionMaker, a: string, b: string): string {
  return maker.draw.pick([
    `${a} + ${b}`,
    `${a} + ${b}`,
    `${b} + ${a}`,
    `${a} - ${b}`,
    `${a} + 1`,
    `${a} + ${b} * 2`,
    `Math.max(${a}, ${b})`,
    `Math.min(${b}, ${a})`,
    `(${a} < ${b} ? ${a} : ${b})`,
    `(${a} < ${b} ? ${b} : ${a})`,
    `(${b} > ${a} ? ${b} : ${a})`,
    `(${a} | ${b})`,
    `(${a} & ${b})`,
    `(${b} ^ ${a})`,
    `(${b} > 0 ? ${a} + ${b} : ${a})`,
    `(${b} < 2 ? ${a} : Math.max(${a}, ${b}))`,
    `(${a} || ${b})`,
    `(${a} && ${b})`,
    a,
    b,
    maker.with(
      [a, b].map((text) => ({ text, kind: "number" as const })),
      () => maker.make("number", 2),
    ),
  ]);
}

function statements(maker: ExpressionMaker, type: ArgumentType): string {
  const [a, b] = [
    { text: "a", kind: type.kind === "number" ? ("number" as const) : ("any" as const), isVariable: true },
    { text: "b", kind: "any" as const },
  ];
  return maker.with([a, b], () => {
    const effect = `${assignmentTo(maker, a, true)};`;
    const test = maker.draw.chance(0.5) ? `if (${maker.make("boolean", 1)}) ${effect}` : effect;
    return `${test} return ${reducedOf(maker, type, "a", "b")};`;
  });
}
