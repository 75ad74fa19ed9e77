import { PlanError } from "../errors.js";
import { Duration } from "../time/duration.js";
import type { StreamNode } from "./stream-node.js";
import { InputOperator } from "./stream-operator.js";

/** State is saved about this often where nothing else is said. */
const CHECKPOINT_MS = 10_000;

/**
 * Gives every stream the durations for which it is checkpointed and remembered: long enough for itself, for what its readers look back at, and for
 * `least`, where the program asks for that. They flow from outputs up to inputs; readers come after what they read in `nodes`.
 * **Source:** apache/spark `DStream.initialize` and `remember`.
 */
export function spreadTimes(nodes: readonly StreamNode[], least: Duration | undefined, hasStore: boolean): void {
  for (const node of nodes) {
    const { operator } = node;
    if (operator.isStateful && hasStore && node.checkpointDuration === undefined) {
      node.checkpointDuration = defaultCheckpoint(node);
    }
    if (node.checkpointDuration !== undefined) node.storageLevel ??= "MEMORY_ONLY_SER";
    remember(node, leastOf(node));
  }
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!;
    if (least) remember(node, least);
    const own = node.rememberDuration!.milliseconds + (node.operator.windowMs ?? 0);
    for (const parent of node.parents) remember(parent, new Duration(own));
  }
}

function remember(node: StreamNode, duration: Duration): void {
  if (node.rememberDuration === undefined || node.rememberDuration.less(duration)) node.rememberDuration = duration;
}

function leastOf(node: StreamNode): Duration {
  const { slideDuration, checkpointDuration, operator } = node;
  const inputMs = operator instanceof InputOperator ? (operator.input.rememberMs ?? 0) : 0;
  const least = slideDuration.max(new Duration(inputMs));
  if (checkpointDuration === undefined || least.greater(checkpointDuration)) return least;
  return checkpointDuration.times(2);
}

/** The least multiple of the slide that is 10 s or more; of `mapWithState` ten slides. */
function defaultCheckpoint({ slideDuration, operator }: StreamNode): Duration {
  if (operator.name === "mapWithState") return slideDuration.times(10);
  return slideDuration.times(Math.ceil(CHECKPOINT_MS / slideDuration.milliseconds));
}

/** Throws a `PlanError` where a stream's checkpoint interval cannot be kept. **Source:** apache/spark `DStream.validateAtStart`. */
export function checkTimes(node: StreamNode, hasStore: boolean): void {
  const { checkpointDuration: interval, slideDuration, rememberDuration } = node;
  if (interval === undefined) return;
  const name = node.label ?? node.name;
  const details = { operator: name, checkpointMs: interval.milliseconds, slideMs: slideDuration.milliseconds };
  if (!hasStore) {
    throw new PlanError(
      `${name} is to be checkpointed every ${interval}, but the checkpoint directory has not been set: set it by StreamingContext.checkpoint().`,
      { code: "no-checkpoint-store", details },
    );
  }
  if (interval.less(slideDuration)) {
    throw new PlanError(
      `The checkpoint interval of ${name} (${interval}) must not be shorter than its slide duration (${slideDuration}): give at least ${slideDuration}.`,
      { code: "checkpoint-interval", details },
    );
  }
  if (!interval.isMultipleOf(slideDuration)) {
    throw new PlanError(
      `The checkpoint interval of ${name} (${interval}) must be a multiple of its slide duration (${slideDuration}).`,
      { code: "checkpoint-interval", details },
    );
  }
  if (rememberDuration && !rememberDuration.greater(interval)) {
    throw new PlanError(
      `${name} must be remembered (${rememberDuration}) for longer than its checkpoint interval (${interval}).`,
      { code: "checkpoint-interval", details },
    );
  }
}
