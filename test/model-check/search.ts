/** Explicit-state search of the commit protocol: every order in which processes can make their calls, and every call at which one can end. */
import { PROTOCOL, Process, type Rules } from "./process.js";
import { SeenStates } from "./seen-states.js";
import { batchOf, epochOf, kindOf, Store, writerOf } from "./store.js";

export interface Bounds {
  /** Processes that run at once. */
  readonly writers: number;
  readonly batches: number;
  /** How often one ends and is begun again. */
  readonly crashes: number;
  /** The search ends here, and says that it has not seen all. */
  readonly statesMax?: number;
}

export interface Outcome {
  readonly states: number;
  /** What must not be, and what led to it. */
  readonly violation?: { readonly what: string; readonly trace: readonly string[] };
}

interface State {
  readonly store: Store;
  readonly processes: readonly Process[];
  readonly crashes: number;
  /** Ids that were given. */
  readonly begun: number;
}

interface Visit {
  readonly state: State;
  readonly before: Visit | undefined;
  readonly label: string;
}

/** Looks at every state that can be reached, depth first; ends with the first one that breaks an invariant. */
export function search(bounds: Bounds, changed: Partial<Rules> = {}): Outcome {
  const rules = { ...PROTOCOL, ...changed };
  const seen = new SeenStates();
  const first: State = {
    store: new Store(),
    processes: Array.from({ length: bounds.writers }, (_, i) => new Process(i + 1)),
    crashes: 0,
    begun: bounds.writers,
  };
  const stack: Visit[] = [{ state: first, before: undefined, label: "" }];
  while (stack.length > 0) {
    const visit = stack.pop()!;
    if (!seen.add(keyOf(visit.state))) continue;
    const what = broken(visit.state);
    if (what !== undefined) return { states: seen.size, violation: { what, trace: traceOf(visit) } };
    if (seen.size >= (bounds.statesMax ?? Number.POSITIVE_INFINITY)) return { states: seen.size };
    for (const [label, state] of successors(visit.state, bounds, rules)) stack.push({ state, before: visit, label });
  }
  return { states: seen.size };
}

function* successors(state: State, bounds: Bounds, rules: Rules): Iterable<[string, State]> {
  for (const [i, { id, step, making }] of state.processes.entries()) {
    if (step !== "ended") {
      yield moved(state, i, (process, store) => `${id} ${process.advance(store, rules, bounds.batches)}`);
    }
    if (making !== "idle") yield moved(state, i, (process, store) => `${id} ${process.make(store, rules)}`);
    // Before its first write nobody can tell that it was there.
    if (state.crashes < bounds.crashes && step !== "list" && step !== "read") {
      const processes = state.processes.with(i, new Process(state.begun + 1));
      yield [`${id} dies`, { ...state, processes, crashes: state.crashes + 1, begun: state.begun + 1 }];
    }
  }
}

function moved(state: State, at: number, step: (process: Process, store: Store) => string): [string, State] {
  const process = state.processes[at]!.clone();
  const store = new Store(state.store);
  const label = step(process, store);
  return [label, { ...state, store, processes: state.processes.with(at, process) }];
}

/** Processes are told apart by what they wrote alone: which of them is first does not matter. */
function keyOf({ store, processes, crashes }: State): string {
  return `${store.key()}|${crashes}|${processes
    .map((process) => process.key())
    .sort()
    .join("|")}`;
}

function broken(state: State): string | undefined {
  return brokenHistory(state.store) ?? brokenProcess(state) ?? brokenOutput(state.store) ?? unrecoverable(state.store);
}

/** Each epoch writes on its own after it was opened; each batch is planned before it is committed, and committed once. */
function brokenHistory({ history }: Store): string | undefined {
  let epoch = 0;
  let planned = 0;
  let committed = 0;
  for (const [i, entry] of history.entries()) {
    if (entry === undefined) return `entry ${i + 1} was never written, and a later one was`;
    const isNext = kindOf(entry) === "opened" ? epochOf(entry) === epoch + 1 : epochOf(entry) === epoch;
    if (!isNext) return `entry ${i + 1} is of epoch ${epochOf(entry)} in epoch ${epoch}`;
    epoch = epochOf(entry);
    if (kindOf(entry) === "planned") {
      if (batchOf(entry) !== committed + 1 || planned > committed)
        return `batch ${batchOf(entry)} is planned out of turn`;
      planned = batchOf(entry);
    }
    if (kindOf(entry) === "committed") {
      if (batchOf(entry) !== committed + 1 || planned !== batchOf(entry))
        return `batch ${batchOf(entry)} is committed out of turn`;
      committed = batchOf(entry);
    }
  }
  return undefined;
}

/** Whoever goes on after an entry has it in the history; whoever writes the job can go on. */
function brokenProcess({ store, processes }: State): string | undefined {
  const { history } = store;
  const newest = history.at(-1);
  for (const { id, epoch, step, writes, next, failed } of processes) {
    const goesOn = step === "output" || (step === "write" && writes !== "opened");
    if (goesOn && writerOf(history[next - 2]!) !== id)
      return `${id} goes on after entry ${next - 1}, which another wrote`;
    const isOwner = newest !== undefined && epochOf(newest) === epoch && writerOf(newest) === id;
    if (failed && isOwner) return `${id} writes the job and cannot go on: it ${failed}`;
  }
  return undefined;
}

/** What is visible of a batch is what its plan in the history says. */
function brokenOutput({ history, outputs }: Store): string | undefined {
  for (const [i, output] of outputs.entries()) {
    if (!output) continue;
    const plan = history.find((entry) => kindOf(entry) === "planned" && batchOf(entry) === i + 1);
    if (plan === undefined) return `an output of batch ${i + 1} is visible, and the batch is not planned`;
    if (writerOf(plan) !== output) return `an output of batch ${i + 1} is visible, and its plan is another one`;
  }
  return undefined;
}

/** The store gives the history back, whatever else is in it, and whichever generation cannot be read. */
function unrecoverable(store: Store): string | undefined {
  const { generations } = store;
  return notRead(store, []) ?? generations.map(({ at }) => notRead(store, [at])).find((what) => what !== undefined);
}

function notRead(store: Store, unreadable: readonly number[]): string | undefined {
  const { history, log, newest } = store;
  const where = unreadable.length > 0 ? ` without generation ${unreadable[0]}` : "";
  if (newest !== history.length) return `the log ends at entry ${newest}, the history at ${history.length}`;
  const basis = store.basis(unreadable);
  if (basis === "none") return `nothing is whole${where}`;
  for (let number = (basis?.at ?? 0) + 1; number <= newest; number++) {
    if (!log[number]) return `entry ${number} is gone, and is needed${where}`;
    if (log[number] !== history[number - 1]) return `entry ${number} is not what the history has${where}`;
  }
  return undefined;
}

function traceOf(visit: Visit): string[] {
  const labels: string[] = [];
  for (let at: Visit | undefined = visit; at?.before; at = at.before) labels.unshift(at.label);
  return labels;
}
