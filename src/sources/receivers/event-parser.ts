/** An event of a server, as `EventSource` has them. */
export interface ServerSentEvent {
  /** What the server calls it; "message" where it says nothing. */
  readonly type: string;
  /** Its text. */
  readonly data: string;
  /** The id that the server gave last, or "". */
  readonly lastEventId: string;
}

export interface EventParserOptions {
  /** Characters of an event's text at most; a longer one is passed over. */
  readonly eventLengthMax: number;
  /** The id to begin with. */
  readonly lastEventId: string;
  readonly event: (event: ServerSentEvent) => void | Promise<void>;
  /** The server says how long to wait before the next try. */
  readonly retry: (delayMs: number) => void;
  /** An event of so many characters was passed over. */
  readonly tooLong: (length: number) => void;
}

/**
 * Reads a stream of events, cut anywhere.
 *
 * **Source:** HTML Standard, 9.2.6 "Interpreting an event stream".
 */
export class EventParser {
  readonly #options: EventParserOptions;
  readonly #decoder = new TextDecoder();
  /** The beginning of a line that has not ended, as it came, and how long it is. */
  #line: string[] = [];
  #lineLength = 0;
  #afterReturn = false;
  #type = "";
  #data: string[] = [];
  #length = 0;
  #id: string;

  constructor(options: EventParserOptions) {
    this.#options = options;
    this.#id = options.lastEventId;
  }

  /** Hands out the events that have ended, one after the other. */
  async read(bytes: Uint8Array): Promise<void> {
    let text = this.#decoder.decode(bytes, { stream: true });
    if (this.#afterReturn && text.startsWith("\n")) text = text.slice(1);
    if (text !== "") this.#afterReturn = text.endsWith("\r");
    const lines = text.split(/\r\n|\r|\n/);
    for (const [index, line] of lines.entries()) {
      this.#lineLength += line.length;
      // Of one that is too long no more is kept than shows which field it is.
      if (this.#lineLength - line.length <= this.#options.eventLengthMax) this.#line.push(line);
      if (index === lines.length - 1) return;
      const whole = this.#line.join("");
      const length = this.#lineLength;
      this.#line = [];
      this.#lineLength = 0;
      if (whole === "" && length === 0) await this.#dispatch();
      else this.#field(whole, length);
    }
  }

  #field(line: string, length: number): void {
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (name === "data") {
      this.#length += length;
      if (this.#length <= this.#options.eventLengthMax) this.#data.push(value);
    } else if (length > this.#options.eventLengthMax) this.#length += length;
    else if (name === "event") this.#type = value;
    else if (name === "id" && !value.includes("\0")) this.#id = value;
    else if (name === "retry" && /^\d+$/.test(value)) this.#options.retry(Number(value));
  }

  async #dispatch(): Promise<void> {
    const [type, data, length] = [this.#type, this.#data, this.#length];
    this.#type = "";
    this.#data = [];
    this.#length = 0;
    if (length > this.#options.eventLengthMax) this.#options.tooLong(length);
    else if (length > 0) {
      await this.#options.event({ type: type || "message", data: data.join("\n"), lastEventId: this.#id });
    }
  }
}
