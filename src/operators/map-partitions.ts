import { refuse } from "../lowering/expression.js";
import type { Added, NarrowOperator, Sink, TaskControl } from "../plan/operator.js";
import type { Origin } from "../plan/origin.js";
import { iterate, lambdaError, UserFunction } from "./lambda.js";

type PartitionFunction = (index: number, rows: Iterable<unknown>) => Iterable<unknown>;

/**
 * What a function makes of all rows of a partition; also called where there are none. The rows of a partition are gathered first, as the function
 * pulls them while the rest of a stage pushes.
 */
export class MapPartitionsOperator implements NarrowOperator {
  readonly name: string;
  readonly #origin: Origin;
  readonly #fn: UserFunction<(...args: never[]) => unknown>;
  readonly #call: PartitionFunction;

  /** `fn` is the program's function, `call` calls it with what it wants. */
  constructor(origin: Origin, fn: (...args: never[]) => unknown, call: PartitionFunction) {
    this.name = origin.name;
    this.#origin = origin;
    this.#fn = new UserFunction(origin, fn);
    this.#call = call;
  }

  prepare(): void {
    this.#fn.prepare();
  }

  identity(): readonly string[] {
    return [this.#fn.identity];
  }

  addTo(): Added {
    return refuse("its function takes whole partitions");
  }

  connect(next: Sink, control: TaskControl, partition: number): Sink {
    const rows: unknown[] = [];
    return {
      push: (row) => rows.push(row),
      end: () => {
        let results: Iterable<unknown>;
        try {
          results = this.#call(partition, rows);
        } catch (error) {
          throw lambdaError(this.#origin, rows, error);
        }
        for (const result of iterate(this.#origin, results, rows)) {
          next.push(result);
          if (control.done) break;
        }
        next.end();
      },
    };
  }
}
