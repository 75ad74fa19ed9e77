import type { Intake } from "../receiver/intake.js";
import type { Receiving } from "../receiver/receiver-input.js";
import { type SocketAddress, SocketClient } from "./socket-client.js";

/**
 * Lines of text from a TCP server. Bytes are written into the kernel's memory as they come. While too much waits unprocessed nothing is read, so that
 * the server waits too. What a lost connection left of a line is a line of its own: it is never glued to the first line of the next connection.
 */
export class SocketTextSource implements Receiving {
  readonly #intake: Intake;
  readonly #client: SocketClient;

  constructor(address: SocketAddress, intake: Intake) {
    this.#intake = intake;
    this.#client = new SocketClient(address, intake, {
      data: (bytes) => this.#received(bytes),
      closed: () => this.#closed(),
    });
  }

  start(): void {
    this.#intake.started();
    this.#client.connect();
  }

  stop(): void {
    this.#client.stop();
  }

  #received(bytes: Uint8Array): void {
    this.#client.works();
    const lost = (error: unknown) => {
      this.#client.fail(`${bytes.length} bytes from ${this.#client.peer} found no room and are lost`, error);
    };
    try {
      const stored = this.#intake.storeText(bytes);
      // Read on when this is stored and there is room for more.
      const room = stored ? stored.then(() => this.#intake.ready()) : this.#intake.ready();
      if (!room) return;
      this.#client.pause();
      room.then(() => this.#client.resume(), lost);
    } catch (error) {
      lost(error);
    }
  }

  #closed(): Promise<void> {
    return this.#intake.endLine().catch((error: unknown) => {
      this.#intake.error(`Lines from ${this.#client.peer} found no room and are lost`, error);
    });
  }
}
