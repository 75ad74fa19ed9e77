/** An operator as `explain()` has it. */
export interface PlanOperator {
  readonly name: string;
  readonly inKernel: boolean;
  /** What the kernel does, or why it does not. */
  readonly why: string;
}

/** A stage, and the stages whose rows it reads. */
export interface PlanStage {
  readonly operators: readonly PlanOperator[];
  readonly parents: readonly PlanStage[];
}

const OPERATOR = /^ {2}(\S.*?) +(kernel {6}|JavaScript {2})(.*)$/;
const MERGE = / \(merge\)$/;

/** The last stage of what `explain()` says, with those before it; undefined where it says nothing. Stages come after those that they read. */
export function planOf(text: string): PlanStage | undefined {
  const ready: PlanStage[] = [];
  for (const part of text.split(/^stage \d+: .*\n/m).slice(1)) {
    const operators = part.split("\n").flatMap((line) => {
      const found = OPERATOR.exec(line);
      return found ? [{ name: found[1]!, inKernel: found[2]!.startsWith("kernel"), why: found[3]! }] : [];
    });
    ready.push({ operators, parents: ready.splice(ready.length - parentCount(operators, ready.length)) });
  }
  return ready.at(-1);
}

/** A stage that begins with merges reads a stage for each; one that begins with an input reads none; any other one the stage before it. */
function parentCount(operators: readonly PlanOperator[], ready: number): number {
  const merges = operators.findIndex(({ name }) => !MERGE.test(name));
  const leading = merges < 0 ? operators.length : merges;
  if (leading > 0) return Math.min(leading, ready);
  return /[sS]tream$/.test(operators[0]?.name ?? "") ? 0 : Math.min(1, ready);
}

/** Of all operators, how many run in the kernel. */
export function countInKernel({ operators, parents }: PlanStage): { kernel: number; all: number } {
  const counts = parents.map(countInKernel);
  return {
    kernel: counts.reduce((sum, { kernel }) => sum + kernel, operators.filter(({ inKernel }) => inKernel).length),
    all: counts.reduce((sum, { all }) => sum + all, operators.length),
  };
}
