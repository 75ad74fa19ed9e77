import { messageOf, PlanError } from "../errors.js";
import { waitForEnd } from "../receiver/bounded-wait.js";
import { ByteQueue } from "../receiver/byte-queue.js";
import type { Intake } from "../receiver/intake.js";
import { ReadLoop } from "../receiver/read-loop.js";
import type { Receiving } from "../receiver/receiver-input.js";
import { type SocketAddress, SocketClient } from "./socket-client.js";

/** Turns the bytes of one connection into records. */
export type Converter<T> = (bytes: AsyncIterable<Uint8Array>) => AsyncIterable<T>;

/** What the converter makes of one connection. */
interface Conversation {
  readonly bytes: ByteQueue;
  /** Resolves when the records that came are stored. */
  readonly done: Promise<void>;
}

/**
 * Records that a converter makes of the bytes of a TCP server. The converter is called once for each connection. Bytes are read as it asks for them, and
 * records as there is room for them. A converter that ends, or throws, ends its connection, and the next one is tried.
 */
export class SocketSource<T> implements Receiving {
  readonly #intake: Intake;
  readonly #converter: Converter<T>;
  readonly #client: SocketClient;
  #conversation: Conversation | undefined;
  #isStopped = false;

  constructor(address: SocketAddress, converter: Converter<T>, intake: Intake) {
    this.#intake = intake;
    this.#converter = converter;
    this.#client = new SocketClient(address, intake, {
      data: (bytes) => this.#received(bytes),
      closed: () => this.#closed(),
    });
  }

  start(): void {
    this.#intake.started();
    this.#client.connect();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#client.stop();
    const conversation = this.#conversation;
    if (!conversation) return;
    // The bytes that have come are converted, and those that would have come end here.
    conversation.bytes.end();
    await waitForEnd(this.#intake.context.engine.host, `The converter of ${this.#client.peer}`, conversation.done);
  }

  #received(bytes: Uint8Array): void {
    this.#conversation ??= this.#converse();
    this.#conversation.bytes.add(bytes);
    if (!this.#conversation.bytes.isEmpty) this.#client.pause();
  }

  async #closed(): Promise<void> {
    const conversation = this.#conversation;
    conversation?.bytes.end();
    await conversation?.done;
    this.#conversation = undefined;
  }

  #converse(): Conversation {
    const bytes = new ByteQueue(() => this.#client.resume());
    return { bytes, done: Promise.resolve().then(() => this.#read(bytes)) };
  }

  async #read(bytes: ByteQueue): Promise<void> {
    try {
      const records = this.#converter(bytes);
      if (typeof records?.[Symbol.asyncIterator] !== "function") throw notIterable(records);
      const store = (record: T) => {
        this.#client.works();
        return this.#intake.storeRow(record);
      };
      await new ReadLoop(records[Symbol.asyncIterator](), this.#intake, store).run();
      this.#client.hangUp();
    } catch (error) {
      if (!this.#isStopped)
        this.#client.fail(`The converter of ${this.#client.peer} failed: ${messageOf(error)}`, error);
    } finally {
      await bytes.return();
    }
  }
}

function notIterable(got: unknown): PlanError {
  return new PlanError(`The converter of socketStream must return an AsyncIterable of records, got ${typeof got}.`, {
    code: "wrong-shape",
    details: { got },
  });
}
