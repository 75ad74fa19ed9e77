import type { StateSpecification } from "../../model/program.js";
import { shuffled } from "./rdd.js";
import { lastTime, type Stream, streamOf } from "./streams.js";
import { grouped, identity, type Pair } from "./values.js";

/** A key's state. `updated` is the time of its last update; entries touched later have a higher `touch`. */
interface Entry {
  readonly key: unknown;
  readonly state: unknown;
  readonly updated: number;
  readonly touch: number;
}

interface Step {
  readonly rows: unknown[];
  readonly entries: Map<string, Entry>;
}

/** The mapped rows: one call for each record, in the order of arrival, then one for each key that timed out. Snapshots beside it. */
export function mapWithState(parallelism: number, stream: Stream, spec: StateSpecification): Stream {
  const { slide } = stream;
  const made = new Map<number, Step[]>();
  const mapped: Stream = streamOf(slide, [stream], (time) => {
    const before = made.get(lastTime(mapped, time - slide))?.map(({ entries }) => entries);
    const states = before ?? initialState(parallelism, spec, time);
    const batch = shuffled(parallelism, stream.at(time) ?? [], spec.partitioning);
    const steps = batch.map((rows, p) => stepOf(rows as Pair[], states[p]!, spec, time));
    made.set(time, steps);
    return steps.map(({ rows }) => rows);
  });
  mapped.states.push(mapped);
  const snapshots = streamOf(slide, [mapped], (time) => {
    const pairs = ({ entries }: Step) => [...entries.values()].map(({ key, state }) => [key, state]);
    return mapped.at(time) && made.get(time)!.map(pairs);
  });
  return { ...mapped, snapshots };
}

function initialState(parallelism: number, spec: StateSpecification, updated: number): Array<Map<string, Entry>> {
  return shuffled(parallelism, [[...(spec.initial?.rows ?? [])]], spec.partitioning).map((pairs) => {
    const entries = grouped(pairs).map(([key, [state]], touch) => ({ key, state, updated, touch }));
    return new Map(entries.map((entry) => [identity(entry.key), entry]));
  });
}

function stepOf(
  records: readonly Pair[],
  before: ReadonlyMap<string, Entry>,
  spec: StateSpecification,
  time: number,
): Step {
  const { form, fn, timeout } = spec;
  const entries = new Map(before);
  const rows: unknown[] = [];
  let touch = Math.max(0, ...[...before.values()].map((entry) => entry.touch));
  const call = (id: string, key: unknown, value: unknown, isTimingOut: boolean): void => {
    let state = entries.get(id)?.state;
    let isUpdated = false;
    const get = () => state;
    const set = (next: unknown) => {
      state = next;
      isUpdated = next !== undefined;
    };
    const exists = () => state !== undefined;
    const handle = {
      exists,
      get,
      getOption: get,
      update: set,
      remove: () => set(undefined),
      isTimingOut: () => isTimingOut,
    };
    const result = fn(key, value, handle, { milliseconds: time });
    if (form === "function" || result !== undefined) rows.push(result);
    if (state === undefined || isTimingOut) entries.delete(id);
    else if (isUpdated || timeout !== undefined)
      entries.set(id, { key: entries.get(id)?.key ?? key, state, updated: time, touch: ++touch });
  };
  for (const [key, value] of records) call(identity(key), key === 0 ? 0 : key, value, false);
  if (timeout === undefined) return { rows, entries };
  const isIdle = ([, { updated }]: [string, Entry]) => updated < time - timeout;
  const idle = [...entries].filter(isIdle).sort(([, a], [, b]) => a.touch - b.touch);
  for (const [id, { key }] of idle) call(id, key, undefined, true);
  return { rows, entries };
}
