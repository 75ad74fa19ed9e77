import { SourceError } from "../../errors.js";
import { checkOptionNames } from "../../option-names.js";
import { Receiver } from "../../receiver/receiver.js";
import { type WebSources, webSources } from "../../runtime/web-sources.js";
import { checkedUrl, lacking } from "./checked-receivers.js";
import { Delays } from "./delays.js";
import { MessageIntake } from "./message-intake.js";

const RETRY_MS = 100;
/** What a client may say when it closes. */
const NORMAL = 1000;

/** What a `WebSocketReceiver` may be told. */
export interface WebSocketOptions {
  /** Subprotocols that the server may choose from. */
  readonly protocols?: readonly string[];
  /** Sent when the connection is open, such as a subscription. */
  readonly hello?: string;
  /** What makes sockets, such as the class of the package `ws`. Default: the host's. */
  readonly WebSocket?: NonNullable<WebSources["WebSocket"]>;
}

/**
 * Messages of a WebSocket server, one record each: text as a string, bytes as a `Uint8Array`. A connection that ends, is lost or is refused is made again, after a delay that grows from 100 ms to
 * 30 s. Messages come whether there is room or not: a socket that can be paused is, while a message waits; of any other those that come wait within the limits of `calls`, beyond which the
 * connection is ended and made again, so that nothing of it is missing in the middle. The server's side of sockets is `MessageReceiver`.
 *
 * **Errors:** `ConfigError` "no-web-socket", "invalid-address". `SourceError` "connection-lost", "overrun"; listeners are told.
 */
export class WebSocketReceiver extends Receiver<string | Uint8Array> {
  readonly #url: string;
  readonly #options: WebSocketOptions;
  readonly #make: NonNullable<WebSources["WebSocket"]>;
  readonly #intake = new MessageIntake<string | Uint8Array>(this, (error) => this.#overrun(error));
  readonly #delays = new Delays(RETRY_MS);
  #close: (() => void) | undefined;

  /** `url`: with "ws:" or "wss:". */
  constructor(url: string | URL, options: WebSocketOptions = {}) {
    super();
    checkOptionNames("WebSocketReceiver", options, { protocols: true, hello: true, WebSocket: true });
    const make = options.WebSocket ?? webSources().WebSocket;
    if (!make) {
      throw lacking(
        "WebSocketReceiver",
        "WebSocket",
        "no-web-socket",
        "give a class as its option WebSocket, such as that of the package ws, or use EventSourceReceiver or textStream()",
      );
    }
    this.#url = checkedUrl("WebSocketReceiver", url, ["ws:", "wss:"]);
    this.#options = options;
    this.#make = make;
  }

  /** Connects. */
  onStart(): void {
    const { protocols = [], hello } = this.#options;
    const socket = new this.#make(this.#url, [...protocols]);
    socket.binaryType = "arraybuffer";
    const opened = () => {
      if (hello !== undefined) socket.send(hello);
    };
    const message = ({ data }: MessageEvent) => {
      this.#delays.reset();
      this.#intake.take(data, socket as object);
    };
    const closed = ({ code, reason }: CloseEvent) => this.#lost(code, reason);
    // What is wrong is said when it closes; without a listener some hosts end the process.
    const failed = () => {};
    socket.addEventListener("open", opened);
    socket.addEventListener("message", message);
    socket.addEventListener("close", closed);
    socket.addEventListener("error", failed);
    this.#close = () => {
      socket.removeEventListener("open", opened);
      socket.removeEventListener("message", message);
      socket.removeEventListener("close", closed);
      socket.close(NORMAL);
    };
  }

  /** Closes the connection. */
  onStop(): void {
    this.#close?.();
    this.#close = undefined;
  }

  #lost(closeCode: number, reason: string): void {
    if (this.isStopped()) return;
    const error = new SourceError(
      `The connection to ${this.#url} was refused or has ended (${closeCode}${reason === "" ? "" : `: ${reason}`}).`,
      { code: "connection-lost", details: { closeCode, reason } },
    );
    this.restart(error.message, error, this.#delays.next());
  }

  #overrun(cause: SourceError): void {
    if (this.isStopped()) return;
    const error = new SourceError(
      `Messages of ${this.#url} come faster than they are processed, and the connection cannot be paused: it is ended, and made again when those that came are stored.`,
      { code: "overrun", cause },
    );
    this.restart(error.message, error, this.#delays.next());
  }
}
