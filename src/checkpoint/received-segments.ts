import { CheckpointError } from "../errors.js";
import type { Logged } from "../plan/input-log.js";
import { Cursor } from "./cursor.js";
import type { PatientStore } from "./patient-store.js";
import { damaged, lengthOfSealed, type Sealed, sealedAfter, unseal } from "./sealed.js";

/** Begins the keys of segments. */
export const RECEIVED = "received/";

/** A segment of the log of received data. */
export interface ReceivedSegment {
  readonly key: string;
  bytes: number;
  /** Of each input that it has operations of, the position after the last one. */
  readonly ends: Map<string, number>;
}

/** What was logged of an input: operations without a gap, the first one at position `first`. */
export interface Operations {
  first: number;
  logged: Logged[];
}

/** Of the segments that a process found at its beginning, how many bytes of each it goes on from. */
export type FoundSegments = ReadonlyMap<string, number>;

export interface Received {
  readonly segments: ReceivedSegment[];
  /** What is in `operations`, but for `newest`. */
  readonly found: FoundSegments;
  /** The operations of the newest group: whoever wrote it may have ended when it could not make it durable. */
  readonly newest: readonly Operation[];
  readonly operations: ReadonlyMap<string, Operations>;
  /** What was damaged and is not needed, or was never acknowledged. */
  readonly cut: readonly string[];
}

/** A group, and where it begins and ends. */
interface Group {
  readonly segment: ReceivedSegment;
  readonly begin: number;
  readonly end: number;
  readonly epoch: number;
  readonly operations: readonly Operation[];
  /** Where the group says what its process found. */
  readonly found: FoundSegments | undefined;
}

export interface Operation {
  readonly input: string;
  readonly position: number;
  readonly logged: Logged;
}

/**
 * What is in the log of received data. A group at the end of a process's last segment that is not whole was never acknowledged: it is cut. What a process wrote after a later one had read the
 * log counts for nobody: each says at its beginning what it found. `needed`: of each input the position from which on it is needed.
 *
 * **Errors:** `CheckpointError` "log-damaged" where something else is not what was written, and is needed.
 */
export async function readReceived(
  store: PatientStore,
  job: string,
  needed: ReadonlyMap<string, number>,
): Promise<Received> {
  const segments: ReceivedSegment[] = [];
  const groups: Group[] = [];
  const operations = new Map<string, Operations>();
  const cut: string[] = [];
  for (const key of (await store.list(RECEIVED)).sort()) {
    const bytes = (await store.read(key)) ?? new Uint8Array(0);
    const segment: ReceivedSegment = { key, bytes: bytes.length, ends: new Map() };
    segments.push(segment);
    for (const each of groupsIn(key, bytes, job, cut)) groups.push(readGroup(segment, each));
  }
  const found = new Map<string, number>();
  const counted = counting(groups);
  for (const group of counted) {
    addGroup(group, operations);
    found.set(group.segment.key, group.end);
  }
  const newest = counted.at(-1);
  if (newest) found.set(newest.segment.key, newest.begin);
  for (const [input, { first }] of operations) {
    const from = needed.get(input) ?? 0;
    // There is a hole between what is needed and what is there.
    if (first > from) throw lost(input, from, first, cut);
  }
  return { segments, operations, cut, found, newest: newest?.operations ?? [] };
}

interface Placed {
  readonly group: Sealed;
  readonly begin: number;
  readonly end: number;
}

/** The groups of a segment that are whole; `cut` is told of what is not. */
function* groupsIn(key: string, bytes: Uint8Array, job: string, cut: string[]): Iterable<Placed> {
  for (let at = 0; at < bytes.length; ) {
    const rest = bytes.subarray(at);
    const length = lengthOfSealed(rest);
    try {
      if (length === undefined || length > rest.length) throw damaged(key, "ends inside a group", at);
      const group = unseal(key, rest.subarray(0, length));
      if (group.job !== job || group.kind !== "received")
        throw damaged(key, `has a ${group.kind} of job ${group.job}`, at);
      yield { group, begin: at, end: at + length };
      at += length;
    } catch (error) {
      if (!(error instanceof CheckpointError) || error.code !== "checkpoint-damaged") throw error;
      const next = sealedAfter(rest.subarray(1));
      const end = next < 0 ? bytes.length : at + 1 + next;
      cut.push(`${end - at} bytes of ${key} from byte ${at} on`);
      at = end;
    }
  }
}

/** The groups that nobody wrote too late, in their order. */
function counting(groups: readonly Group[]): Group[] {
  const counted: Group[] = [];
  // Of later processes, whose own words count.
  const words: Array<{ readonly epoch: number; readonly found: FoundSegments }> = [];
  for (const group of [...groups].reverse()) {
    const { segment, end, epoch, found } = group;
    const isKnown = words.every((later) => later.epoch <= epoch || end <= (later.found.get(segment.key) ?? 0));
    if (!isKnown) continue;
    counted.push(group);
    if (found) words.push({ epoch, found });
  }
  return counted.reverse();
}

function readGroup(segment: ReceivedSegment, { group: { epoch, payload }, begin, end }: Placed): Group {
  let found: FoundSegments | undefined;
  const operations: Operation[] = [];
  const fields = Cursor.of(segment.key, payload);
  for (const { input, position, logged } of fields.eachLeft(readOperation)) {
    if (logged instanceof Map) {
      found = logged;
      continue;
    }
    segment.ends.set(input, Math.max(segment.ends.get(input) ?? 0, position + 1));
    operations.push({ input, position, logged: logged as Logged });
  }
  return { segment, begin, end, epoch, operations, found };
}

function addGroup(group: Group, operations: Map<string, Operations>): void {
  for (const { input, position, logged } of group.operations) {
    const known = operations.get(input) ?? { first: position, logged: [] };
    operations.set(input, known);
    const index = position - known.first;
    if (index < 0 || index > known.logged.length) {
      // What was before is deleted, or is not needed: what follows counts.
      known.first = position;
      known.logged = [logged];
      continue;
    }
    known.logged.length = index;
    known.logged.push(logged);
  }
}

function readOperation(fields: Cursor): {
  readonly input: string;
  readonly position: number;
  readonly logged: Logged | FoundSegments;
} {
  const input = fields.text();
  const position = fields.count();
  const kind = fields.text();
  switch (kind) {
    case "text":
    case "rows":
    case "block":
      return { input, position, logged: { kind, bytes: fields.bytes() } };
    case "frames":
      return { input, position, logged: { kind, packed: fields.list() } };
    case "line-end":
    case "cut":
      return { input, position, logged: { kind } };
    case "found":
      return { input, position, logged: new Map(fields.each((each) => [each.text(), each.count()] as const)) };
    default:
      throw fields.wrong("a kind of operation");
  }
}

function lost(input: string, from: number, first: number, cut: readonly string[]): CheckpointError {
  return new CheckpointError(
    `The log of received data must have all that ${JSON.stringify(input)} has received from operation ${from} on, and begins at ${first}` +
      `${cut.length > 0 ? `, as ${cut.join(", ")} are damaged` : ""}: restore the store from a copy.`,
    { code: "log-damaged", details: { input, from, first, cut } },
  );
}
