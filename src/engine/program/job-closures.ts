import type { RowsBlock } from "../../block/block.js";
import { gathered } from "../../operators/repartition.js";
import type { ShuffleOperator } from "../../plan/operator.js";
import type { PartitionPlan } from "../../plan/partition-plan.js";
import type { JobBlocks } from "../job-blocks.js";
import type { ClosureWork, JobTasks, Taken } from "../job-tasks.js";
import type { RowsPlan, RowsTask, TaskIdentity } from "../task.js";
import type { ClosureSink } from "./closure-task.js";
import type { Programs } from "./programs.js";

/** The part of a job's closures that can run in workers: those of a program, over rows that are bytes already. */
export class JobClosures {
  readonly #programs: Programs;
  readonly #tasks: JobTasks;
  readonly #blocks: JobBlocks;
  /** Plans whose first steps have run, and nobody has asked yet what came of it. */
  readonly #begun = new Map<PartitionPlan, { readonly prefix: number; readonly taken: Taken }>();

  constructor(programs: Programs, tasks: JobTasks, blocks: JobBlocks) {
    this.#programs = programs;
    this.#tasks = tasks;
    this.#blocks = blocks;
  }

  /** Whether workers can do the map side or the reduce side of a shuffle. */
  has(operator: ShuffleOperator): boolean {
    return this.#programs.placeOf(operator) !== undefined;
  }

  /**
   * Runs what comes first in the plans and is the program's; `settle` then puts the rows in its place. Of plans that are made of parts only the parts, each
   * as a task of its own; with `partsOnly` of others nothing. `isKept`: the rows are read again later.
   */
  async evaluate(
    plans: readonly PartitionPlan[],
    { partsOnly = false, isKept = false }: { partsOnly?: boolean; isKept?: boolean } = {},
  ): Promise<void> {
    if (this.#programs.isEmpty) return;
    const work: ClosureWork[] = [];
    const begun: Array<{ plan: PartitionPlan; prefix: number }> = [];
    const visit = (plan: PartitionPlan, isPart: boolean): void => {
      if (this.#blocks.isReplaced(plan)) return;
      const { base } = plan;
      if (base.kind === "parts") for (const part of base.parts) visit(part, true);
      else if (isPart || !partsOnly) {
        const steps = this.#placedSteps(plan);
        const identity = this.#tasks.identity("rows", work.length, plans.length);
        const rows: RowsPlan = { inputs: steps.length === 0 ? [] : this.#blocks.blocksOf(plan), steps };
        const placed = this.#placed(identity, rows, { kind: "gather" }, undefined, gathering, isKept);
        if (placed === undefined) return;
        work.push(placed);
        begun.push({ plan, prefix: steps.length });
      }
    };
    for (const plan of plans) visit(plan, false);
    const taken = await this.#tasks.runClosures(work);
    for (const [index, { plan, prefix }] of begun.entries()) this.#begun.set(plan, { prefix, taken: taken[index]! });
  }

  /** Waits for what workers have made of a plan, and throws what its closures threw there: called where the plan's turn has come. */
  async settle(plan: PartitionPlan): Promise<void> {
    if (this.#begun.size === 0) return;
    if (plan.base.kind === "parts") for (const part of plan.base.parts) await this.settle(part);
    const begun = this.#begun.get(plan);
    if (begun === undefined) return;
    this.#begun.delete(plan);
    const [rows] = await begun.taken();
    this.#blocks.replace(plan, begun.prefix, [rows!]);
  }

  /** The tasks that combine rows of the plans for a shuffle; undefined for those that must run on the host's thread. */
  async map(operator: ShuffleOperator, tasks: ReadonlyArray<RowsTask<RowsBlock[]>>): Promise<Array<Taken | undefined>> {
    return this.#run(operator, tasks, (address, partition) => ({ kind: "combine", operator: address, partition }));
  }

  /** The tasks that merge what map tasks made; undefined for those that must run on the host's thread. */
  async reduce(
    operator: ShuffleOperator,
    tasks: ReadonlyArray<RowsTask<RowsBlock[]>>,
  ): Promise<Array<Taken | undefined>> {
    return this.#run(operator, tasks, (address) => ({ kind: "merge", operator: address }));
  }

  async #run(
    operator: ShuffleOperator,
    tasks: ReadonlyArray<RowsTask<RowsBlock[]>>,
    sinkOf: (address: readonly [number, number], partition: number) => ClosureSink,
  ): Promise<Array<Taken | undefined>> {
    const place = this.#programs.placeOf(operator);
    if (place === undefined) return [];
    const work: ClosureWork[] = [];
    const indexOf = tasks.map((task) => {
      const sink = sinkOf(place.address, task.partition);
      const placed = this.#placed(task, task.plan, sink, place.program, task.open, true);
      return placed && work.push(placed) - 1;
    });
    const taken = await this.#tasks.runClosures(work);
    return indexOf.map((index) => (index === undefined ? undefined : taken[index]));
  }

  /** The first steps of a plan, as far as they are the program's; none where one of all steps is known to make what cannot leave its thread. */
  #placedSteps({ steps }: PartitionPlan): PartitionPlan["steps"] {
    if (steps.some(({ operator }) => this.#programs.isKeptHere(operator))) return [];
    const end = steps.findIndex(({ operator }) => !this.#programs.mayPlace(operator));
    return end < 0 ? steps : steps.slice(0, end);
  }

  #placed(
    { stage, partition, of, batch, attempt }: TaskIdentity,
    plan: RowsPlan,
    sink: ClosureSink,
    program: number | undefined,
    open: RowsTask<RowsBlock[]>["open"],
    isRead: boolean,
  ): ClosureWork | undefined {
    const placed = this.#programs.planOf(plan, program);
    if (placed === undefined) return undefined;
    const identity: TaskIdentity = { stage, partition, of, batch, attempt };
    return {
      task: { form: "closures", ...identity, ...placed, sink },
      here: { form: "rows", ...identity, plan, open },
      isRead,
    };
  }
}

function gathering(): ReturnType<RowsTask<RowsBlock[]>["open"]> {
  const { push, end, result } = gathered();
  return { push, end, result: () => [result()] };
}
