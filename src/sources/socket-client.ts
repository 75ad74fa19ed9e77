import { SourceError } from "../errors.js";
import type { Host, TcpConnection, Timer } from "../host.js";
import type { Intake } from "../receiver/intake.js";
import { Backoff } from "./backoff.js";

/** Where a socket source connects to. */
export interface SocketAddress {
  readonly hostname: string;
  readonly port: number;
}

/** What a socket source does with the bytes of its connections. */
export interface SocketEvents {
  /** Bytes of the open connection, valid only during the call. */
  data(bytes: Uint8Array): void;
  /** The connection has ended, and no more of its bytes come. The next one is tried when what is returned has resolved. */
  closed(): void | Promise<void>;
}

/**
 * A connection to a TCP server that is made again when it is lost or refused, after a delay that grows from 100 ms to 30 s. An outage is reported
 * once, when it begins.
 */
export class SocketClient {
  readonly #address: SocketAddress;
  readonly #intake: Intake;
  readonly #events: SocketEvents;
  readonly #host: Host;
  readonly #backoff = new Backoff();
  #connection: TcpConnection | undefined;
  #retry: Timer | undefined;
  /** The outage was reported and has not ended. */
  #isReported = false;
  #isStopped = false;

  constructor(address: SocketAddress, intake: Intake, events: SocketEvents) {
    this.#address = address;
    this.#intake = intake;
    this.#events = events;
    this.#host = intake.context.engine.host;
  }

  /** `localhost:9999`, for messages. */
  get peer(): string {
    return `${this.#address.hostname}:${this.#address.port}`;
  }

  connect(): void {
    this.#connection = this.#host.connectTcp!(this.#address.hostname, this.#address.port, {
      data: (bytes) => {
        if (!this.#isStopped) this.#events.data(bytes);
      },
      closed: (error) => void this.#closed(error),
    });
  }

  /** The server serves: the outage is over. Not said before it sent something of use, as one that accepts and closes again is down. */
  works(): void {
    this.#backoff.reset();
    if (this.#isReported) this.#host.warn(`millrace: connected again to ${this.peer}`);
    this.#isReported = false;
  }

  pause(): void {
    this.#connection?.pause();
  }

  resume(): void {
    this.#connection?.resume();
  }

  /** Reports what is wrong with this connection and ends it; another one is tried. */
  fail(message: string, error: unknown): void {
    if (this.#isStopped) return;
    this.#intake.error(message, error);
    this.#isReported = true;
    this.#connection?.destroy();
  }

  /** Ends this connection; another one is tried. */
  hangUp(): void {
    this.#connection?.destroy();
  }

  /** Ends the connection for good. */
  stop(): void {
    this.#isStopped = true;
    this.#retry?.cancel();
    this.#connection?.destroy();
    this.#connection = undefined;
  }

  async #closed(cause: Error | undefined): Promise<void> {
    this.#connection = undefined;
    if (this.#isStopped) return;
    if (!this.#isReported) {
      this.#isReported = true;
      const what = cause ? "Error connecting to or reading from" : "Socket data stream had no more data:";
      const message = `${what} ${this.peer}${cause ? `: ${cause.message}` : ""}; trying again with growing delay`;
      this.#intake.error(message, new SourceError(message, { code: "connection-lost", cause }));
    }
    const ended = this.#events.closed();
    if (ended) await ended;
    if (this.#isStopped) return;
    const delayMs = this.#backoff.next(this.#host.randomBytes(1)[0]! / 256);
    this.#retry = this.#host.setTimer(delayMs, () => this.connect());
  }
}
