import { ConfigError, PlanError } from "./errors.js";
import type { Row } from "./lowering/row.js";
import { checkPartitionCount, type Partitioner, toPartitioner } from "./plan/partitioner.js";
import type { RDD } from "./rdd.js";
import type { MappingFunction } from "./state/current-state.js";
import { type Duration, type DurationLike, toDuration } from "./time/duration.js";

/** What `mapWithState` does: a function, and options. Every method returns the spec itself. */
export class StateSpec<K, V, S, M> {
  /** Only a type, never there: without it no public member would tell a spec of other values than the stream's. */
  declare protected readonly takes?: (key: K, value: V) => void;
  /** @internal */
  readonly fn: MappingFunction<K, V, S, M | undefined>;
  /** @internal Whether a result of `undefined` is emitted. */
  readonly emitsUndefined: boolean;
  /** @internal */
  initial: RDD<[K, S]> | Iterable<[K, S]> | undefined;
  /** @internal */
  partitioning: number | Partitioner | undefined;
  /** @internal */
  idle: Duration | undefined;

  private constructor(fn: MappingFunction<K, V, S, M | undefined>, emitsUndefined: boolean, name: string) {
    if (typeof fn !== "function") {
      throw new PlanError(`StateSpec.${name} needs a function, got ${fn === null ? "null" : typeof fn}.`, {
        code: "not-a-function",
        details: { got: fn },
      });
    }
    this.fn = fn;
    this.emitsUndefined = emitsUndefined;
  }

  /** Every call emits its result, whatever it is. */
  static function<K, V, S, M extends Row>(fn: MappingFunction<K, V, S, M>): StateSpec<K, V, S, M> {
    return new StateSpec<K, V, S, M>(fn, true, "function");
  }

  /** As `function`, but a result of `undefined` emits nothing. */
  static optional<K, V, S, M extends Row>(fn: MappingFunction<K, V, S, M | undefined>): StateSpec<K, V, S, M> {
    return new StateSpec<K, V, S, M>(fn, false, "optional");
  }

  /** State before the first batch: an RDD or an iterable of pairs. It counts as touched in the first batch, and the function is not called for it. */
  initialState(pairs: RDD<[K, S]> | Iterable<[K, S]>): this {
    this.initial = pairs;
    return this;
  }

  /** Partitions of the state, by hash. Default: `defaultParallelism`. **Errors:** `ConfigError` "invalid-partitions". */
  numPartitions(n: number): this {
    this.partitioning = checkPartitionCount(n, "numPartitions of StateSpec");
    return this;
  }

  /** The partitioner of the state. **Errors:** `ConfigError` "invalid-partitions". */
  partitioner(p: Partitioner): this {
    this.partitioning = toPartitioner(p, 1, "partitioner of StateSpec");
    return this;
  }

  /** A key that got no record for strictly longer than this times out: one last call with `isTimingOut()`, in the first batch after. */
  timeout(idle: DurationLike): this {
    const duration = toDuration(idle, "The timeout of StateSpec");
    if (duration.milliseconds <= 0) {
      throw new ConfigError(`The timeout of StateSpec must be longer than 0 ms, got ${duration}.`, {
        code: "invalid-duration",
        details: { got: idle },
      });
    }
    this.idle = duration;
    return this;
  }
}
