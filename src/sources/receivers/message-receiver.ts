import { ConfigError, SourceError } from "../../errors.js";
import { Receiver } from "../../receiver/receiver.js";
import { webSources } from "../../runtime/web-sources.js";
import { lacking } from "./checked-receivers.js";
import { MessageIntake, type Pausable } from "./message-intake.js";

/** What brings messages: a `MessagePort`, a `BroadcastChannel`, a `Worker`, a worker's own scope, an open `WebSocket` of either side. */
export interface MessageSource extends Pausable {
  /** Calls `listener` with each event. */
  addEventListener(type: string, listener: (event: MessageEvent) => void): void;
  /** Does so no more. */
  removeEventListener(type: string, listener: (event: MessageEvent) => void): void;
  /** Begins to bring messages, where that has to be asked for. */
  start?(): void;
}

interface Attached {
  readonly source: MessageSource;
  readonly detach: () => void;
}

/**
 * Messages of ports, broadcast channels, workers and open WebSockets, one record each: text and structured values as they are, an `ArrayBuffer` as a `Uint8Array`. Sources may be added at any
 * time, so that it is the server's side of sockets too: each that is accepted is added. A text is the name of a `BroadcastChannel`, which the receiver opens and closes; everything else stays open.
 *
 * Messages come whether there is room or not: a source with `pause()` and `resume()` (the sockets of the package `ws`) is paused while one of its messages waits; those of others wait within the
 * limits of `calls`, and are reported and dropped beyond them.
 *
 * ```ts
 * const clicks = new MessageReceiver<Click>(port);
 * const stream = ssc.receiverStream(clicks);
 * server.on("connection", (socket) => clicks.add(socket));
 * ```
 *
 * **Errors:** `ConfigError` "no-broadcast-channel", "invalid-source". `SourceError` "overrun" where messages are dropped, "message-damaged" where one could not be read; listeners are told.
 */
export class MessageReceiver<T = unknown> extends Receiver<T> {
  readonly #intake = new MessageIntake<T>(this, (error) => this.#overrun(error));
  readonly #sources: Array<MessageSource | string> = [];
  #attached: Attached[] = [];
  /** Dropped since the last one that was stored. */
  #dropped = 0;

  constructor(...sources: Array<MessageSource | string>) {
    super();
    for (const source of sources) this.add(source);
  }

  /** Takes the messages of one more source: from now on, or from the start on. */
  add(source: MessageSource | string): void {
    check(source);
    this.#sources.push(source);
    if (this.isStarted()) this.#attach(source);
  }

  /** Takes no more messages of a source that was added. */
  remove(source: MessageSource | string): void {
    const at = this.#sources.indexOf(source);
    if (at < 0) return;
    this.#sources.splice(at, 1);
    const attached = this.#attached.filter((one) => one.source === source);
    for (const { detach } of attached) detach();
    this.#attached = this.#attached.filter((one) => one.source !== source);
  }

  /** Listens to all sources. */
  onStart(): void {
    for (const source of this.#sources) this.#attach(source);
  }

  /** Listens to none any more. */
  onStop(): void {
    for (const { detach } of this.#attached.splice(0)) detach();
  }

  #attach(given: MessageSource | string): void {
    const source: MessageSource = typeof given === "string" ? new (webSources().BroadcastChannel!)(given) : given;
    const message = ({ data }: { readonly data: unknown }) => {
      this.#intake.take(data, source);
    };
    const damaged = () => {
      const error = new SourceError("A message could not be read, as this side has not what it is made of.", {
        code: "message-damaged",
      });
      this.reportError(error.message, error);
    };
    const closed = () => this.remove(given);
    // Sockets give bytes as a Blob otherwise, whose bytes come later.
    if ("binaryType" in source) source.binaryType = "arraybuffer";
    source.addEventListener("message", message);
    source.addEventListener("messageerror", damaged);
    source.addEventListener("close", closed);
    source.start?.();
    const detach = () => {
      source.removeEventListener("message", message);
      source.removeEventListener("messageerror", damaged);
      source.removeEventListener("close", closed);
      if (typeof given === "string") (source as BroadcastChannel).close();
    };
    this.#attached.push({ source: given as MessageSource, detach });
  }

  #overrun(cause: SourceError): void {
    this.#dropped += 1;
    // Once, then at each doubling: whoever sends too much is not to fill the log as well.
    if ((this.#dropped & (this.#dropped - 1)) !== 0) return;
    const error = new SourceError(
      `Messages come faster than they are processed, and what brings them cannot be paused: ${this.#dropped} dropped so far. Send less, or let the sender wait for an answer.`,
      { code: "overrun", details: { dropped: this.#dropped }, cause },
    );
    this.reportError(error.message, error);
  }
}

function check(source: MessageSource | string): void {
  if (typeof source === "string") {
    if (webSources().BroadcastChannel) return;
    throw lacking(
      "MessageReceiver of a channel's name",
      "BroadcastChannel",
      "no-broadcast-channel",
      "give it a MessagePort or a WebSocket, or bring messages with pushStream()",
    );
  }
  const isSource = typeof source === "object" && source !== null && typeof source.addEventListener === "function";
  if (isSource && typeof source.removeEventListener === "function") return;
  throw new ConfigError(
    `MessageReceiver needs what has addEventListener and removeEventListener, such as a MessagePort, or the name of a BroadcastChannel, got ${source === null ? "null" : typeof source}.`,
    { code: "invalid-source", details: { got: source } },
  );
}
