import { connect } from "cloudflare:sockets";
import kernelModule from "#kernel/unshared.wasm";
import type { Host, TcpConnection, TcpEvents } from "../host.js";
import { webHost } from "./web.js";

/** What workerd adds to the web's globals: modules that are compiled before they are imported, as it compiles none at run time, and TCP. */
export function workerdHost(): Host {
  return { ...webHost(), kernelModule, connectTcp };
}

function connectTcp(hostname: string, port: number, events: TcpEvents): TcpConnection {
  const socket = connect({ hostname, port });
  const connection = new WorkerdConnection(socket, events);
  void connection.read();
  return connection;
}

/** Reads a socket, a piece at a time, as long as nobody paused it. */
class WorkerdConnection implements TcpConnection {
  readonly #socket: ReturnType<typeof connect>;
  readonly #events: TcpEvents;
  #resumed: Promise<void> | undefined;
  #resume = () => {};

  constructor(socket: ReturnType<typeof connect>, events: TcpEvents) {
    this.#socket = socket;
    this.#events = events;
  }

  async read(): Promise<void> {
    let failure: Error | undefined;
    try {
      await this.#socket.opened;
      const reader = this.#socket.readable.getReader();
      for (;;) {
        await this.#resumed;
        const { done, value } = await reader.read();
        if (done) break;
        this.#events.data(value);
      }
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
    }
    this.#close();
    this.#events.closed(failure);
  }

  pause(): void {
    this.#resumed ??= new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  resume(): void {
    this.#resumed = undefined;
    this.#resume();
  }

  destroy(): void {
    this.#close();
    this.resume();
  }

  /** It may have been closed already, by either side. */
  #close(): void {
    void this.#socket.close().catch(() => {});
  }
}
