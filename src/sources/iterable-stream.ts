import { messageOf } from "../errors.js";
import type { Intake } from "../receiver/intake.js";
import { ReadLoop } from "../receiver/read-loop.js";
import type { Receiving } from "../receiver/receiver-input.js";

/** What an iterable gives. */
export interface IterableOptions {
  /** Records, each a row ("rows", the default), or the bytes of Arrow IPC streams, cut anywhere, whose rows are records by column names ("arrow"). */
  readonly format?: "rows" | "arrow";
}

/**
 * Records of an asynchronous iterable, read from the start of the context on, one after the other, while there is room. Its end ends the receiver; its
 * error is told to listeners and ends the receiver too, and what was read before stays. A stop calls the iterator's `return`.
 */
export class IterableSource<T> implements Receiving {
  readonly #intake: Intake;
  readonly #open: () => AsyncIterator<T>;
  readonly #store: (item: T) => void | Promise<void>;
  readonly #end: (() => void) | undefined;
  #loop: ReadLoop<T> | undefined;
  #isStopped = false;

  /** `open` is called at the start of the context; `store` puts an item into the intake; `end` throws where the source must not end yet. */
  constructor(
    intake: Intake,
    open: () => AsyncIterator<T>,
    store: (item: T) => void | Promise<void>,
    end?: () => void,
  ) {
    this.#intake = intake;
    this.#open = open;
    this.#store = store;
    this.#end = end;
  }

  start(): void {
    this.#intake.started();
    void this.#read();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#loop?.end(this.#intake.context.engine.host);
  }

  async #read(): Promise<void> {
    try {
      this.#loop = new ReadLoop(this.#open(), this.#intake, this.#store);
      await this.#loop.run();
      if (this.#isStopped) return;
      this.#end?.();
      await this.#intake.endLine();
      this.#intake.stopped();
    } catch (error) {
      if (this.#isStopped) return;
      const message = `Error reading ${this.#intake.name}: ${messageOf(error)}`;
      this.#intake.error(message, error);
      await this.#intake.endLine().catch((lost: unknown) => {
        this.#intake.error(`The last line of ${this.#intake.name} found no room and is lost`, lost);
      });
      this.#intake.stopped(message, error);
    }
  }
}
