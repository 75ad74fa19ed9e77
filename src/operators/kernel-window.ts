import { needLowering } from "../lowering/door.js";
import { type Refusal, refuse } from "../lowering/expression.js";
import { BackOff } from "../plan/back-off.js";
import { type Dataset, merged, type StageRunner } from "../plan/dataset.js";
import type { ShuffleOperator } from "../plan/operator.js";
import { type RowType, sameType } from "../plan/row-type.js";
import type { BatchScope } from "../plan/scope.js";
import type { SlidePlan, SlideTypes } from "../plan/slide.js";
import type { FramedState } from "../plan/state-update.js";
import type { StateTable } from "../state/state-table.js";
import { FramedVersion, type VersionBefore } from "./framed-version.js";
import type { UserFunction } from "./lambda.js";
import type { Reducer } from "./reduce-by-key.js";

/** Types that a slide is planned for. */
const PLANS_MAX = 8;

export interface WindowFunctions {
  readonly fn: UserFunction<Reducer>;
  readonly inverse: UserFunction<Reducer>;
  readonly filter: UserFunction<(pair: [unknown, unknown]) => unknown> | undefined;
}

export interface KernelWindowOptions {
  readonly name: string;
  /** What made the panes. */
  readonly panes: ShuffleOperator;
  readonly functions: WindowFunctions;
  /** A slide is of one pane. */
  readonly isSinglePane: boolean;
}

/** What a slide brings. */
export interface Slide {
  readonly leaving: readonly Dataset[];
  readonly entering: readonly Dataset[];
}

/**
 * The kernel form of a window with an inverse: versions of its running values as sealed frames. A version is made beside the one before, which is given
 * back when the new one counts. **Cost:** a look at each key, whatever the number of panes is.
 */
export class KernelWindow {
  readonly #options: KernelWindowOptions;
  readonly #version = new FramedVersion();
  #plans: Array<{ readonly types: SlideTypes; readonly plan: SlidePlan | Refusal }> = [];
  readonly #backOff = new BackOff();

  constructor(options: KernelWindowOptions) {
    this.#options = options;
  }

  /** The version that counts; undefined where the kernel has none. */
  get version(): FramedState | undefined {
    return this.#version.counts;
  }

  /** Whether frames say in how many panes a key is: a filter asks for that. */
  get countsPanes(): boolean {
    return this.#options.functions.filter !== undefined;
  }

  /** How the window slides for these types, or why the kernel does not do it. */
  planFor(types: SlideTypes): SlidePlan | Refusal {
    const expressions = this.#expressions();
    if ("ok" in expressions) return expressions;
    const known = this.#plans.find((each) => isSame(each.types, types));
    if (known) return known.plan;
    const plan = needLowering().planSlide(expressions, types);
    this.#plans.push({ types, plan });
    if (this.#plans.length > PLANS_MAX) this.#plans.shift();
    return plan;
  }

  /** What its rows are in the kernel for panes of a type, or why it is not there. */
  typeFor(panes: RowType): RowType | Refusal {
    const first = this.planFor({ state: undefined, leaving: undefined, entering: panes });
    if ("ok" in first) return first;
    const next = this.planFor({ state: first.type, leaving: panes, entering: panes });
    return "ok" in next ? next : next.type;
  }

  /** Whether the kernel should be asked for the next version: not where it cannot do it, nor for some time after it left one to JavaScript. */
  attempt(): boolean {
    if ("ok" in this.#expressions()) return false;
    return this.#backOff.attempt();
  }

  /**
   * The version after a slide, which does not count yet; undefined where JavaScript has to make it. `rows`: pairs of key and value, and the number of panes
   * where these count, where the kernel does not have them. `isSaved`: the version says what it changes.
   */
  async next(
    runner: StageRunner,
    { leaving, entering }: Slide,
    numPartitions: number,
    rows: ReadonlyArray<readonly unknown[]> | undefined,
    isSaved: boolean,
  ): Promise<FramedState | undefined> {
    const hasRows = rows?.some((partition) => partition.length > 0) === true;
    const framed = hasRows ? runner.states.frame(rows) : undefined;
    if (hasRows && framed === undefined) return this.#leave();
    const before = this.#version.counts ?? (framed && { ...framed, type: this.#pairs(framed.type) });
    try {
      const made = await runner.states.slide({
        name: this.#options.name,
        numPartitions,
        isSaved,
        before,
        leaving: this.#reduced(leaving),
        entering: this.#reduced(entering),
        planFor: (types) => this.planFor(types),
      });
      if (made !== "bail" && !("ok" in made)) return made;
      // Before there is anything JavaScript has as little to do.
      return made === "bail" || before ? this.#leave() : undefined;
    } finally {
      if (framed) runner.states.release(framed.scope);
    }
  }

  /** As `FramedVersion.take`. */
  take(runner: StageRunner, version: FramedState, before: VersionBefore): void {
    this.#version.take(runner, version, before);
  }

  /** As `FramedVersion.moveTo`. */
  moveTo(tables: ReadonlyArray<StateTable<unknown>>, rows: ReadonlyArray<readonly unknown[]>): void {
    this.#version.moveTo(tables, rows);
  }

  /** Gives the version back, with its scope. */
  drop(release: (scope: BatchScope) => void): void {
    this.#version.drop(release);
  }

  #leave(): undefined {
    this.#backOff.bailed();
  }

  #expressions() {
    const { functions, isSinglePane } = this.#options;
    const [fn, inverse, filter] = [functions.fn, functions.inverse, functions.filter].map((each) => each?.lowering);
    if (!fn!.ok) return fn!;
    if (!inverse!.ok) return inverse!;
    if (filter && !filter.ok) return filter;
    if (filter && !isSinglePane) return refuse("a filter, and slides of several batches");
    return { fn: fn!.expression, inverse: inverse!.expression, filter: filter?.expression };
  }

  #pairs(type: RowType): RowType {
    return this.countsPanes && type.kind === "tuple" ? { kind: "tuple", items: type.items.slice(0, 2) } : type;
  }

  /** Panes reduced to one, in their order. */
  #reduced(panes: readonly Dataset[]): Dataset | undefined {
    return panes.length < 2 ? panes[0] : merged(panes, this.#options.panes);
  }
}

function isSame(a: SlideTypes, b: SlideTypes): boolean {
  return sameType(a.state, b.state) && sameType(a.leaving, b.leaving) && sameType(a.entering, b.entering);
}
