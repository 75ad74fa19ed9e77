import { ConfigError } from "../../errors.js";
import type { NarrowOperator, ShuffleOperator } from "../../plan/operator.js";
import type { StreamNode } from "../../plan/stream-node.js";

/** Where an operator is in a graph: the number of its stream, and its own among those of the stream. */
export type OperatorAddress = readonly [stream: number, index: number];

/** The address of what every thread has: an operator that counts rows. */
export const COUNT: OperatorAddress = [-1, 0];

/** What a stream of one thread must have in common with that of another: all of it, as text. */
export interface StreamIdentity {
  /** For messages: `map (stream 2)`. */
  readonly title: string;
  readonly text: string;
}

/** Characters of an operator's functions that a message shows. */
const SHOWN_MAX = 160;

/** The operators that rows of a stream go through, in an order that follows from how the stream was made. */
export function operatorsOf({ operator }: StreamNode): Array<NarrowOperator | ShuffleOperator> {
  const ofForms = operator.forms.flatMap((form) => ("operator" in form ? [form.operator] : []));
  return [...ofForms, ...(operator.others ?? [])];
}

/** Kind, parents and parameters of each stream, and the sources of its functions with what they captured. All are prepared. */
export function identityOf(nodes: readonly StreamNode[]): StreamIdentity[] {
  return nodes.map((node) => {
    const { name, parents, slideDuration, operator, id } = node;
    const forms = operator.forms.map((form) => ("operator" in form ? `${form.kind} ${form.operator.name}` : form.kind));
    const identities = [operator, ...operatorsOf(node)].flatMap((each) => each.identity?.() ?? []);
    const lines = [
      name,
      `of ${parents.map((parent) => parent.id).join(", ") || "outside"}, every ${slideDuration.milliseconds} ms`,
      forms.join(", "),
      ...identities,
    ];
    return { title: `${name} (stream ${id})`, text: lines.join("\n") };
  });
}

/**
 * Throws a `ConfigError` "program-mismatch" at the first stream of the program that the context has otherwise or not at all. What the context has besides,
 * after those of the program, is its own affair.
 */
export function assertSameGraph(
  ofProgram: readonly StreamIdentity[],
  ofContext: readonly StreamIdentity[],
  url: string,
): void {
  const remedy =
    "Call the function that it exports on the context, before anything else is added to it, and let it make the same streams each time.";
  for (const [stream, inWorker] of ofProgram.entries()) {
    const here = ofContext[stream];
    if (here?.text === inWorker.text) continue;
    const [there, own] = difference(inWorker.text, here?.text ?? "nothing");
    throw new ConfigError(
      `The program ${url} makes other streams in a worker than its context has: ${inWorker.title} is ${there} there, and ${own} here. ${remedy}`,
      { code: "program-mismatch", details: { program: url, operator: inWorker.title, stream, there, here: own } },
    );
  }
  if (ofProgram.length > 0) return;
  throw new ConfigError(`The program ${url} makes no streams on the context that it is given. ${remedy}`, {
    code: "program-mismatch",
    details: { program: url },
  });
}

/** The first lines that differ. */
function difference(a: string, b: string): [string, string] {
  const [left, right] = [a.split("\n"), b.split("\n")];
  const at = left.findIndex((line, index) => line !== right[index]);
  const shown = (line: string | undefined) => JSON.stringify((line ?? "nothing more").trim().slice(0, SHOWN_MAX));
  return at < 0 ? [shown(undefined), shown(right[left.length])] : [shown(left[at]), shown(right[at])];
}
