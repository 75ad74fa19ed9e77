import { ConfigError, SourceError } from "../../errors.js";
import { checkOptionNames } from "../../option-names.js";
import { Receiver } from "../../receiver/receiver.js";
import { type WebSources, webSources } from "../../runtime/web-sources.js";
import { checkedUrl, lacking } from "./checked-receivers.js";
import { Delays } from "./delays.js";
import { EventParser, type ServerSentEvent } from "./event-parser.js";

/** Where nobody says anything, in milliseconds. */
const RETRY_MS = 3000;
const EVENT_LENGTH_MAX = 1024 * 1024;
/** A server that answers so may answer otherwise later. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);

/** What an `EventSourceReceiver` may be told. */
export interface EventSourceOptions {
  /** Headers of the request, such as an authorization. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Events after the one with this id. Default: from now on. */
  readonly lastEventId?: string;
  /** The types of events that are taken; "message" is that of events without one. Default: all. */
  readonly types?: readonly string[];
  /** Characters of an event at most; a longer one is reported and passed over. Default: 1,048,576. */
  readonly eventLengthMax?: number;
  /** What asks the server. Default: the host's. */
  readonly fetch?: NonNullable<WebSources["fetch"]>;
}

/**
 * The texts of server-sent events, a record each, as `EventSource` reads them, by `fetch`: on every host, with headers, and with back-pressure, as the answer is not read while there is no room. A connection that ends or is
 * lost is made again after the time that the server says, 3 s by default, up to 30 s where it fails again and again, and asks for events after the last one that was stored (`Last-Event-ID`).
 *
 * ```ts
 * const changes = ssc.receiverStream(new EventSourceReceiver("https://example.org/changes"));
 * const titles = changes.map((text) => JSON.parse(text).title);
 * ```
 *
 * **Errors:** `ConfigError` "no-fetch", "invalid-address", "invalid-option". `SourceError` "refused" (an answer of 204, of another type or of a status from 400 on but for those that pass, such as
 * 503) ends the receiver, "event-too-long" does not; listeners are told of both.
 */
export class EventSourceReceiver extends Receiver<string> {
  readonly #url: string;
  readonly #options: EventSourceOptions;
  readonly #fetch: NonNullable<WebSources["fetch"]>;
  readonly #eventLengthMax: number;
  readonly #delays = new Delays(RETRY_MS);
  #lastEventId: string;
  #run: AbortController | undefined;

  /** `url`: with "http:" or "https:"; where a page calls it, its own address completes it. */
  constructor(url: string | URL, options: EventSourceOptions = {}) {
    super();
    checkOptionNames("EventSourceReceiver", options, {
      headers: true,
      lastEventId: true,
      types: true,
      eventLengthMax: true,
      fetch: true,
    });
    const { fetch = webSources().fetch, eventLengthMax = EVENT_LENGTH_MAX, lastEventId = "" } = options;
    if (!fetch)
      throw lacking(
        "EventSourceReceiver",
        "fetch",
        "no-fetch",
        "give one as its option fetch, or bring what comes with pushStream()",
      );
    if (!Number.isSafeInteger(eventLengthMax) || eventLengthMax < 1) {
      throw new ConfigError(
        `eventLengthMax of EventSourceReceiver must be a whole number from 1, got ${String(eventLengthMax)}.`,
        {
          code: "invalid-option",
          details: { option: "eventLengthMax", got: eventLengthMax },
        },
      );
    }
    this.#url = checkedUrl("EventSourceReceiver", url, ["http:", "https:"]);
    this.#options = options;
    this.#fetch = fetch;
    this.#eventLengthMax = eventLengthMax;
    this.#lastEventId = lastEventId;
  }

  /** Asks the server. */
  onStart(): void {
    const run = new AbortController();
    this.#run = run;
    void this.#receive(run.signal).catch((error: unknown) => {
      if (run.signal.aborted || this.isStopped()) return;
      if (error instanceof SourceError && error.code === "refused") this.stop(error.message, error);
      else this.restart(`Events of ${this.#url} were lost or refused`, error, this.#delays.next());
    });
  }

  /** Ends the connection. */
  onStop(): void {
    this.#run?.abort();
  }

  /** Rejects when the connection is over. */
  async #receive(signal: AbortSignal): Promise<void> {
    const headers = { accept: "text/event-stream", ...this.#options.headers };
    const id: Record<string, string> = this.#lastEventId === "" ? {} : { "last-event-id": this.#lastEventId };
    const answer = await this.#fetch(this.#url, { headers: { ...headers, ...id }, signal, cache: "no-store" });
    this.#check(answer);
    const parser = new EventParser({
      eventLengthMax: this.#eventLengthMax,
      lastEventId: this.#lastEventId,
      event: (event) => this.#event(event),
      retry: (delayMs) => this.#delays.set(delayMs),
      tooLong: (length) => this.#tooLong(length),
    });
    const reader = answer.body!.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      await parser.read(value);
    }
    if (!this.isStopped()) this.restart(`The server ended the events of ${this.#url}`, undefined, this.#delays.next());
  }

  #check({ status, headers, body }: Response): void {
    const type = headers.get("content-type") ?? "";
    if (status === 200 && body && /^text\/event-stream\s*(?:;|$)/i.test(type)) return;
    void body?.cancel().catch(() => {});
    const answered = `The server of ${this.#url} answered with status ${status} and ${type === "" ? "no content type" : type}`;
    const isRefused = status < 500 && !PASSING.has(status);
    throw new SourceError(`${answered}, where 200 and text/event-stream were asked for.`, {
      code: isRefused ? "refused" : "unavailable",
      details: { status, type },
    });
  }

  async #event(event: ServerSentEvent): Promise<void> {
    const { types } = this.#options;
    // The text alone: it counts against the limit of bytes for what it is.
    const stored = types === undefined || types.includes(event.type) ? this.store(event.data) : undefined;
    if (stored) await stored;
    this.#lastEventId = event.lastEventId;
    this.#delays.reset();
  }

  #tooLong(length: number): void {
    const error = new SourceError(
      `An event of ${this.#url} has ${length} characters, and may have ${this.#eventLengthMax}: it is passed over; raise eventLengthMax.`,
      { code: "event-too-long", details: { length, eventLengthMax: this.#eventLengthMax } },
    );
    this.reportError(error.message, error);
  }
}
