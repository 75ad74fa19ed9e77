import { evaluate } from "../reference/model/evaluate.js";
import { Draw } from "./draw.js";
import * as functions from "./functions.js";
import { after, attempt, type Maker, type Shape } from "./operators.js";
import { INTERVAL_MS, type Program, type Queue, type Step } from "./program.js";
import { INPUT_TYPES, rowsOfType } from "./rows.js";
import { STREAM_MAKERS, STREAM_MAKERS_WITH_THAT } from "./stream-operators.js";
import type { Type } from "./types.js";

const STEPS_MAX = 6;
const SLIDE_MS_MAX = 6 * INTERVAL_MS;
/** A choice that does not fit is made again so often; few programs come to this. */
const ATTEMPTS_MAX = 200;
/** Of one output batch. */
const ROWS_MAX = 2000;

/** What comes more often than the rest: what programs are made of, and what needs pairs, which most streams are not. */
const FREQUENT = [
  ...[
    "map",
    "map",
    "flatMap",
    "filter",
    "reduceByKey",
    "reduceByKey",
    "combineByKey",
    "groupByKey",
    "transform",
    "transform",
  ],
  ...["mapValues", "groupByKeyAndWindow", "reduceByKeyAndWindow", "reduceByKeyAndWindow", "reduceByKeyAndWindow"],
  ...["updateStateByKey", "updateStateByKey", "updateStateByKeyPartitions", "mapWithState", "mapWithState"],
];
const FREQUENT_WITH_THAT = ["cogroup", "join", "leftOuterJoin", "rightOuterJoin", "fullOuterJoin", "transformWith"];

/** A program, with what is known of its streams. */
export type Shaped = Program & { readonly shapes: readonly Shape[] };

const LEVELS = ["MEMORY_ONLY", "MEMORY_ONLY_SER", "MEMORY_AND_DISK", "MEMORY_ONLY_SER_2", "DISK_ONLY"] as const;

/** Whether programs may use a method, of streams or of RDDs. */
export type Enabled = (method: string) => boolean;

/** The random program of a seed. */
export function generate(seed: number, enabled: Enabled = () => true): Shaped {
  const draw = new Draw(seed);
  const numBatches = draw.int(2, 8);
  const mayMiss = draw.chance(0.2);
  const types = draw.list(draw.pick([1, 1, 1, 2, 2, 3]), () => draw.pick(INPUT_TYPES));
  const inputs = types.map((type) => queueOf(draw, type, numBatches, mayMiss));
  const shapes = types.map((type): Shape => ({ type, slideMs: INTERVAL_MS, size: 12 }));
  const steps: Step[] = [];
  if (types[0] === "string" && draw.chance(0.6)) addWordCount(draw, steps, shapes);
  const wanted = draw.int(1, STEPS_MAX);
  for (let attempts = 0; steps.length < wanted && attempts < ATTEMPTS_MAX; attempts++) {
    const added = nextStep(draw, shapes, enabled);
    if (added === undefined) continue;
    steps.push(added.step);
    shapes.push(added.shape);
  }
  const used = new Set(steps.flatMap(({ on }) => on));
  const outputs = shapes.map((_, number) => number).filter((number) => !used.has(number) || draw.chance(0.1));
  const settings = {
    ...(draw.chance(0.1) && { take: draw.int(0, 5) }),
    ...(draw.chance(0.1) && { rememberMs: draw.int(1, 4) * INTERVAL_MS }),
    ...(draw.chance(0.1) && { hasStore: true }),
  };
  return small({ parallelism: draw.int(1, 4), inputs, steps, outputs, numBatches, shapes, ...settings });
}

function queueOf(draw: Draw, type: Type, numBatches: number, mayMiss: boolean): Queue {
  const length = draw.chance(0.6) ? numBatches : draw.int(1, numBatches);
  const batches = draw.list(length, () => (mayMiss && draw.chance(0.25) ? null : rowsOfType(draw, type)));
  const whenEmpty = mayMiss && draw.chance(0.3) ? null : rowsOfType(draw, type);
  return {
    batches,
    ...(draw.chance(0.05) && { takesAll: true }),
    ...(draw.chance(0.1) && { whenEmpty }),
  };
}

/** What the kernel can do without JavaScript, or the beginning of it. */
function addWordCount(draw: Draw, steps: Step[], shapes: Shape[]): void {
  const calls: Array<[method: string, type: Type, args: unknown[]]> = [
    ["flatMap", "string", [draw.pick(functions.SPLITS)]],
    ["map", "string:number", [draw.pick(functions.PAIRINGS)]],
    ["reduceByKey", "string:number", [functions.SUM, draw.pick([undefined, undefined, 1, 3])]],
  ];
  const from = draw.int(0, 1);
  for (const [method, type, args] of calls.slice(from, draw.int(from + 1, 3))) {
    const on = from === 0 || steps.length > 0 ? shapes.length - 1 : 0;
    steps.push({ method, on: [steps.length === 0 ? 0 : on], args });
    shapes.push({ ...shapes[0]!, type });
  }
}

/** Without the last steps, where they make more rows than are worth the time. */
function small(program: Shaped): Shaped {
  const { steps, outputs, shapes, inputs } = program;
  const isSmall = evaluate(program).every((output) => "error" in output || output.rows.length <= ROWS_MAX);
  if (isSmall || steps.length === 0) return program;
  const last = inputs.length + steps.length - 1;
  const left = outputs.filter((number) => number !== last);
  const parents = steps.at(-1)!.on;
  return small({
    ...program,
    steps: steps.slice(0, -1),
    shapes: shapes.slice(0, -1),
    outputs: [...new Set([...left, ...parents])],
  });
}

function nextStep(draw: Draw, shapes: readonly Shape[], enabled: Enabled): { step: Step; shape: Shape } | undefined {
  const pickStream = () => (draw.chance(0.6) ? shapes.length - 1 : draw.int(0, shapes.length - 1));
  const [number, thatNumber] = [pickStream(), draw.int(0, shapes.length - 1)];
  const [stream, that] = [shapes[number]!, shapes[thatNumber]!];
  const withThat = draw.chance(0.25) && that.slideMs === stream.slideMs;
  const makers: Record<string, Maker> = withThat ? STREAM_MAKERS_WITH_THAT : STREAM_MAKERS;
  const hasSnapshots = stream.snapshots !== undefined && draw.chance(0.3);
  const method =
    hasSnapshots && !withThat
      ? "stateSnapshots"
      : draw.pick([...Object.keys(makers), ...(withThat ? FREQUENT_WITH_THAT : FREQUENT)]);
  const made = enabled(method) ? attempt(makers[method]!, draw, stream, that) : undefined;
  if (made === undefined || made.rdd?.some((step) => !enabled(step.method)) || (made.slideMs ?? 0) > SLIDE_MS_MAX)
    return undefined;
  const { args, rdd } = made;
  const others = withThat ? [thatNumber, ...(method === "union" && draw.chance(0.3) ? [number] : [])] : [];
  const persist = draw.chance(0.1) ? draw.pick(LEVELS) : undefined;
  const step: Step = {
    method,
    on: [number, ...others],
    args: [...args],
    ...(rdd && { rdd }),
    ...(persist && { persist }),
  };
  return { step, shape: after(stream, made) };
}
