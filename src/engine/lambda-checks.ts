import { decodeFrame } from "../block/row-decoder.js";
import type { NarrowOperator, OrderOperator, ShuffleOperator } from "../plan/operator.js";
import type { BatchScope } from "../plan/scope.js";
import { addressOf, homeOf } from "./live-blocks.js";
import type { LocalEngine } from "./local-engine.js";
import type { KernelInput } from "./task.js";

const NEWLINE = 10;
/** Where in its input a batch is looked at: spread over it by the golden ratio, the same when the batch runs again. */
const GOLDEN_RATIO = 0.618033988749895;

/** What a stage is going to run in the kernel. */
interface Checked {
  readonly form: {
    readonly operators: readonly NarrowOperator[];
    readonly end: ShuffleOperator | OrderOperator | undefined;
  };
  readonly inputs: readonly KernelInput[];
}

/**
 * Whether lowered functions still do what their source says. A source names standard things (`Math`, `String.prototype.split`), which a program may have
 * replaced since the graph started: so on a row of each stage and batch the functions themselves run too, and are compared with the model of what was
 * lowered. One that differs runs as JavaScript for good.
 */
export class LambdaChecks {
  readonly #engine: LocalEngine;

  constructor(engine: LocalEngine) {
    this.#engine = engine;
  }

  /** False where a function was found out: the stage has to be looked at anew. */
  agree(stage: readonly Checked[], { batch }: BatchScope): boolean {
    const first = stage.find(({ inputs }) => inputs.some((input) => input.bytes > 0));
    if (first === undefined) return true;
    const { operators, end } = first.form;
    if (end?.agrees === undefined && operators.every((operator) => operator.agrees === undefined)) return true;
    const fraction = (batch.id * GOLDEN_RATIO) % 1;
    let rows: unknown[] = this.#sample(first.inputs, fraction);
    for (const operator of operators) {
      if (rows.some((row) => operator.agrees?.(row) === false)) return this.#distrust(operator);
      rows = through(operator, rows);
    }
    if (end && rows.some((row) => end.agrees?.(row) === false)) return this.#distrust(end);
    return true;
  }

  #distrust({ name, refusal }: NarrowOperator | ShuffleOperator | OrderOperator): false {
    this.#engine.running.forms.forget();
    this.#engine.host.warn(
      `millrace: ${name} runs as JavaScript from now on: its function ${refusal?.reason ?? "changed"}.`,
    );
    return false;
  }

  /** A row of the inputs. */
  #sample(inputs: readonly KernelInput[], fraction: number): unknown[] {
    const input = inputs[Math.floor(fraction * inputs.length)]!;
    const memory = this.#engine.threads.memoryOf(homeOf(input));
    const ptr = addressOf(input);
    if (input.kind === "frame") {
      for (const rows of decodeFrame(input.type, memory, ptr, input.rows, 1)) return rows.slice(0, 1);
      return [];
    }
    const text = memory.region(ptr, input.bytes);
    const begin = text.lastIndexOf(NEWLINE, Math.floor(fraction * input.bytes) - 1) + 1;
    const end = text.indexOf(NEWLINE, begin);
    return end < 0 ? [] : [memory.decode(ptr + begin, end - begin)];
  }
}

/** The rows that an operator makes of some; none where its function throws, which the kernel leaves to JavaScript too. */
function through(operator: NarrowOperator, rows: readonly unknown[]): unknown[] {
  const made: unknown[] = [];
  const sink = operator.connect({ push: (row) => made.push(row), end: () => {} }, { done: false }, 0);
  try {
    for (const row of rows) sink.push(row);
    sink.end();
  } catch {
    return [];
  }
  return made;
}
