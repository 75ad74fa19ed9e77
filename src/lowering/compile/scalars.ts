import { abi } from "#kernel";
import { BIGINT, BOOLEAN, NULL, NULLISH, NUMBER, STRING, UNDEFINED } from "../../block/row-type.js";
import { HOST_FUNCTIONS, type HostFunction } from "../../kernel/assist.js";
import type { LiteralValue } from "../expression.js";
import { Refused } from "../refused.js";
import type { KernelValue } from "./kernel-rows.js";
import { LookUps } from "./look-ups.js";
import type { ProgramGraph } from "./program-graph.js";

export type Scalar = Extract<KernelValue, { kind: "scalar" }>;

export const JSON_TAG = 1 << abi.TAG_JSON;
export { NULLISH };

const NONE = -1;

/** The condition under which JavaScript would come to an expression; undefined: always. */
export type Path = Scalar | undefined;

/** Values without parts, and the operations on them that JavaScript makes of its operators. */
export class Scalars {
  readonly graph: ProgramGraph;
  readonly lookUps: LookUps;
  #guards = new Set<string>();
  readonly #opposites = new Map<number, Scalar>();

  constructor(graph: ProgramGraph) {
    this.graph = graph;
    this.lookUps = new LookUps(this);
  }

  constant(value: LiteralValue): Scalar {
    if (typeof value === "bigint") throw new Refused("a bigint", `${value}n`);
    const tags = { string: STRING, number: NUMBER, boolean: BOOLEAN, undefined: UNDEFINED, object: NULL }[
      typeof value as "string"
    ].tags;
    return { kind: "scalar", tags, register: this.graph.constant(value) };
  }

  compute(op: number, operands: ReadonlyArray<Scalar | undefined>, tags: number, imm = 0): Scalar {
    const registers = operands.map((operand) => operand?.register ?? NONE);
    return { kind: "scalar", tags, register: this.graph.compute(op, registers, imm) };
  }

  /** What is thrown where `ok` does not hold, though the expression is come to, makes the program leave its rows to JavaScript. */
  guard(path: Path, ok: Scalar): void {
    const known = this.graph.constantOf(ok.register);
    if (known?.value === true) return;
    // What was asked before, of these rows or of more, need not be asked again.
    const [always, here] = [`${NONE}|${ok.register}`, `${path?.register ?? NONE}|${ok.register}`];
    if (this.#guards.has(always) || this.#guards.has(here)) return;
    this.#guards.add(here);
    this.graph.add({
      op: abi.OP_GUARD,
      operands: [path?.register ?? NONE, ok.register],
      imm: 0,
      outputs: [],
      isEffect: true,
    });
  }

  /** Calls `body` and forgets what it guards; returns whether it may throw. */
  mayThrow(body: () => void): boolean {
    const guards = this.#guards;
    this.#guards = new Set(guards);
    const mayThrow = this.graph.withoutEffects(body);
    this.#guards = guards;
    return mayThrow;
  }

  hasTag(value: Scalar, tags: number): Scalar {
    if ((value.tags & ~tags) === 0) return this.constant(true);
    if ((value.tags & tags) === 0) return this.constant(false);
    return this.compute(abi.OP_HAS_TAG, [value], BOOLEAN.tags, tags);
  }

  truthy(value: Scalar): Scalar {
    if (value.tags === BOOLEAN.tags) return value;
    const known = this.graph.constantOf(value.register);
    if (known) return this.constant(Boolean(known.value));
    return this.compute(abi.OP_TRUTHY, [value], BOOLEAN.tags);
  }

  not(value: Scalar): Scalar {
    const known = this.graph.constantOf(value.register);
    if (known) return this.constant(!known.value);
    const opposite = this.#opposites.get(value.register);
    if (opposite) return opposite;
    const result = this.compute(abi.OP_TRUTHY, [value], BOOLEAN.tags, 1);
    if (value.tags === BOOLEAN.tags) this.#opposites.set(result.register, value);
    return result;
  }

  /** Of booleans, as `or`. */
  and(a: Path, b: Scalar): Scalar {
    if (a === undefined) return b;
    return this.#both(a, b, true);
  }

  or(a: Scalar, b: Scalar): Scalar {
    return this.#both(a, b, false);
  }

  /** `neutral`: what leaves the other one as it is; its opposite decides alone. */
  #both(a: Scalar, b: Scalar, neutral: boolean): Scalar {
    if (a.register === b.register) return a;
    const known = this.graph.constantOf(a.register);
    if (known) return known.value === neutral ? b : a;
    if (this.graph.constantOf(b.register)) return this.#both(b, a, neutral);
    return this.compute(abi.OP_BOTH, [a, b], BOOLEAN.tags, neutral ? 0 : 1);
  }

  select(test: Scalar, then: Scalar, otherwise: Scalar): Scalar {
    // The same value may be known to be less on one side.
    if (then.register === otherwise.register) return { ...then, tags: then.tags | otherwise.tags };
    const known = this.graph.constantOf(test.register);
    if (known) return known.value ? then : otherwise;
    if (then.tags === BOOLEAN.tags && otherwise.tags === BOOLEAN.tags) {
      const [yes, no] = [then, otherwise].map(({ register }) => this.graph.constantOf(register)?.value);
      if (test.register === otherwise.register || no === false) return this.and(test, then);
      if (test.register === then.register || yes === true) return this.or(test, otherwise);
      if (yes === false) return this.and(this.not(test), otherwise);
      if (no === true) return this.or(this.not(test), then);
    }
    return this.compute(abi.OP_SELECT, [test, then, otherwise], then.tags | otherwise.tags);
  }

  toNumber(value: Scalar, path: Path): Scalar {
    if (value.tags === NUMBER.tags) return value;
    const known = this.graph.constantOf(value.register);
    if (known && typeof known.value !== "bigint") return this.constant(Number(known.value));
    return this.compute(abi.OP_TO_NUMBER, [value, path], NUMBER.tags);
  }

  toText(value: Scalar, path: Path): Scalar {
    if (value.tags === STRING.tags) return value;
    const known = this.graph.constantOf(value.register);
    if (known) return this.constant(String(known.value));
    return this.compute(abi.OP_TO_STRING, [value, path], STRING.tags);
  }

  arithmetic(imm: number, a: Scalar, b: Scalar): Scalar {
    return this.compute(abi.OP_ARITHMETIC, [a, b], NUMBER.tags, imm);
  }

  /** `a + b`. */
  add(a: Scalar, b: Scalar, path: Path): Scalar {
    const mayJoin = (a.tags | b.tags) & (STRING.tags | JSON_TAG);
    if (!mayJoin) return this.arithmetic(abi.ARITHMETIC_ADD, this.toNumber(a, path), this.toNumber(b, path));
    const joined = () => this.compute(abi.OP_CONCAT, [this.toText(a, path), this.toText(b, path)], STRING.tags);
    if (a.tags === STRING.tags || b.tags === STRING.tags) return joined();
    const isText = this.or(this.hasTag(a, STRING.tags), this.hasTag(b, STRING.tags));
    const numeric = this.arithmetic(abi.ARITHMETIC_ADD, this.toNumber(a, path), this.toNumber(b, path));
    return this.select(isText, joined(), numeric);
  }

  /** `a < b` and its kin; imm: `COMPARE_*`. */
  compare(imm: number, a: Scalar, b: Scalar, path: Path): Scalar {
    const isText = this.and(this.hasTag(a, STRING.tags), this.hasTag(b, STRING.tags));
    const known = this.graph.constantOf(isText.register);
    const texts = () => this.compute(abi.OP_COMPARE_TEXT, [this.asText(a), this.asText(b)], BOOLEAN.tags, imm);
    if (known?.value === true) return texts();
    const numbers = this.compute(abi.OP_COMPARE, [this.toNumber(a, path), this.toNumber(b, path)], BOOLEAN.tags, imm);
    return known ? numbers : this.select(isText, texts(), numbers);
  }

  /** The value where it is a string; "" elsewhere, as string operations read no other tag. */
  asText(value: Scalar): Scalar {
    if (value.tags === STRING.tags) return value;
    return { ...this.select(this.hasTag(value, STRING.tags), value, this.constant("")), tags: STRING.tags };
  }

  /** `a === b`, or `!==`. Whether two objects are the same one the kernel cannot tell. */
  equal(a: Scalar, b: Scalar, isNot: boolean, path: Path): Scalar {
    if ((a.tags & b.tags) === 0) return this.constant(isNot);
    const isOf = (tags: number) => a.tags === tags && b.tags === tags;
    if (isOf(UNDEFINED.tags) || isOf(NULL.tags)) return this.constant(!isNot);
    if (a.tags & b.tags & JSON_TAG) {
      this.guard(path, this.not(this.and(this.hasTag(a, JSON_TAG), this.hasTag(b, JSON_TAG))));
    }
    const kind = isOf(STRING.tags) ? abi.EQUAL_TEXTS : isOf(NUMBER.tags) ? abi.EQUAL_NUMBERS : 0;
    return this.compute(abi.OP_EQUAL, [a, b], BOOLEAN.tags, kind + (isNot ? 1 : 0));
  }

  /** What the host computes for each row; where it throws there the rows are left to JavaScript. */
  host(name: HostFunction, operands: readonly Scalar[], path: Path): Scalar {
    const tags = STRING.tags | UNDEFINED.tags;
    const made = this.compute(abi.OP_HOST, operands, tags, HOST_FUNCTIONS.indexOf(name));
    this.guard(path, this.hasTag(made, STRING.tags));
    return { ...made, tags: STRING.tags };
  }

  isNaN(value: Scalar): Scalar {
    const known = this.graph.constantOf(value.register);
    if (known) return this.constant(Number.isNaN(known.value));
    const isNumber = this.hasTag(value, NUMBER.tags);
    if (this.graph.constantOf(isNumber.register)?.value === false) return isNumber;
    return this.and(isNumber, this.compute(abi.OP_MATH, [value], BOOLEAN.tags, abi.MATH_IS_NAN));
  }

  /** Refuses what is no scalar. */
  of(value: KernelValue, what: string): Scalar {
    if (value.kind === "scalar") {
      if (value.tags & BIGINT.tags) throw new Refused("computes with what may be a bigint");
      return value;
    }
    throw new Refused(
      value.kind === "list" ? `${what} a list` : `${what} ${value.kind === "tuple" ? "an array" : "an object"}`,
    );
  }
}
