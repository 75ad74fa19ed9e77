import type { SketchForm } from "../kernel/group-spec.js";
import type { KernelRows, KernelValue } from "../lowering/compile/kernel-rows.js";
import { needLowering } from "../lowering/door.js";
import { type Refusal, refuse } from "../lowering/expression.js";
import type { Added, NarrowOperator, Sink } from "../plan/operator.js";
import type { Origin } from "../plan/origin.js";
import type { Partitioner } from "../plan/partitioner.js";
import { BYTES, NUMBER } from "../plan/row-type.js";
import type { Step } from "../plan/stream-operator.js";
import { ofCanonicalStrings, type Sketch, type SketchKind } from "../sketches/sketch.js";
import { CombineByKeyOperator } from "./combine-by-key.js";
import type { Combination } from "./kernel-aggregate.js";
import { isRefusal } from "./kernel-step.js";
import { asPair } from "./lambda.js";
import { narrow, shuffle } from "./steps.js";
import { underNoKey } from "./under-no-key.js";

type AnySketch = Sketch<unknown>;

/** The values of each key as a sketch, in bytes: of each partition first, then merged across partitions in their order. */
export function sketchByKey(origin: Origin, kind: SketchKind<unknown>, partitioner: Partitioner): CombineByKeyOperator {
  const aggregator = {
    create: (value: unknown) => added(kind.make(), value),
    mergeValue: (sketch: unknown, value: unknown) => added(sketch as AnySketch, value),
    mergeCombined: (sketch: unknown, bytes: unknown) => merged(sketch as AnySketch, bytes),
    own: (bytes: unknown) => merged(kind.make(), bytes),
    seal: (sketch: unknown) => (sketch as AnySketch).toBytes(),
  };
  return new CombineByKeyOperator({
    origin,
    partitioner,
    parameters: [kind.algorithm, ...kind.parameters],
    isIdentified: true,
    aggregator: () => aggregator,
    how: `keeps a ${kind.algorithm} for each key`,
    aggregates: (rows, value) => sketched(rows, kind, "sketch", value),
    merges: (rows, sealed) => sketched(rows, kind, "sketch-merge", sealed),
  });
}

/** The kernel's form: of each key one cell that leads to a sketch. Values with parts are hashed by their canonical strings. */
function sketched(
  rows: KernelRows,
  { algorithm, form, isOfNumbers }: SketchKind<unknown>,
  op: "sketch" | "sketch-merge",
  value: KernelValue,
): Combination | Refusal {
  if (form === undefined) return refuse(`the kernel has no ${algorithm}`);
  if (value.kind !== "scalar") {
    if (isOfNumbers) return refuse("the values are no numbers");
    const text = needLowering().canonicalText(rows, value);
    return isRefusal(text) ? text : sketchOf(op, text, ofCanonicalStrings(form));
  }
  if (isOfNumbers && op === "sketch" && !(value.tags & NUMBER.tags)) return refuse("the values are no numbers");
  if ((op === "sketch-merge") !== (value.tags === BYTES.tags)) return refuse("the rows are not those of map tasks");
  return sketchOf(op, value, form);
}

function sketchOf(op: "sketch" | "sketch-merge", value: KernelValue, sketch: SketchForm): Combination {
  return {
    first: { ...value, tags: BYTES.tags } as KernelValue,
    aggregates: [{ op, first: value, value, type: BYTES, sketch }],
  };
}

/** Rows, or pairs, to what sketches of them say. */
export function sketchSteps(
  origin: Origin,
  kind: SketchKind<unknown>,
  partitioner: Partitioner,
  byKey: boolean,
): Step[] {
  const steps = [
    shuffle(sketchByKey(origin, kind, partitioner)),
    narrow(new SketchResultOperator(origin, kind, byKey)),
  ];
  if (byKey) return steps;
  return [narrow(underNoKey(origin.name)), ...steps];
}

function added(sketch: AnySketch, value: unknown): AnySketch {
  sketch.add(value);
  return sketch;
}

function merged(sketch: AnySketch, bytes: unknown): AnySketch {
  sketch.merge(bytes as Uint8Array);
  return sketch;
}

/** What sketches in bytes say: of each key a pair or, where there are no keys, one row, also where no value was there. */
export class SketchResultOperator implements NarrowOperator {
  readonly name: string;
  readonly refusal = refuse("works out what the sketches say");
  readonly #origin: Origin;
  readonly #kind: SketchKind<unknown>;
  readonly #byKey: boolean;

  constructor(origin: Origin, kind: SketchKind<unknown>, byKey: boolean) {
    this.name = origin.name;
    this.#origin = origin;
    this.#kind = kind;
    this.#byKey = byKey;
  }

  prepare(): void {}

  addTo(): Added {
    return this.refusal;
  }

  connect(next: Sink): Sink {
    const { push } = next;
    let isEmpty = true;
    return {
      push: (row) => {
        const [key, bytes] = asPair(this.#origin, row);
        const result = merged(this.#kind.make(), bytes).result();
        isEmpty = false;
        push(this.#byKey ? [key, result] : result);
      },
      end: () => {
        if (isEmpty && !this.#byKey) push(this.#kind.make().result());
        next.end();
      },
    };
  }
}
