import type { DStream, ManualClock, PushInput, StreamingContext } from "millrace";

/** A stream that the program prints. */
export interface Printed {
  readonly stream: DStream<unknown>;
  readonly rows: number;
}

/** What an output has read of a batch. */
export interface ReadRows {
  readonly rows: readonly unknown[];
  /** How many of them the program prints. */
  readonly printed: number;
  readonly hasMore: boolean;
}

/** What lies between the library as the program sees it (`library.ts`) and the worker: what the program has made so far. */
class Desk {
  /** The program's contexts run by this one, which the worker moves. */
  clock: ManualClock | undefined;
  /** Whether lambdas run in the kernel where they can. */
  kernel = true;
  readonly inputs: PushInput<unknown>[] = [];
  readonly printed: Printed[] = [];
  /** Called when a context starts. */
  started: (context: StreamingContext, start: Promise<void>) => void = () => undefined;
  /** Called with what an output has made of a batch. */
  rows: (output: number, read: ReadRows) => void = () => undefined;
}

export const desk = new Desk();
