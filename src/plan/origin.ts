/** Which method of the program's made an operator, and where it was called: for messages. */
export class Origin {
  /** The method: "map". */
  readonly name: string;
  readonly #trace: { stack?: string };

  /** `method` is the function that the program calls: the frame below it is the program's. */
  constructor(name: string, method: (...args: never[]) => unknown) {
    this.name = name;
    this.#trace = {};
    // Only taken now; hosts write it out when it is read.
    Error.captureStackTrace?.(this.#trace, method);
  }

  /** Where the method was called, such as "program.js:12:8"; undefined where the host does not tell. */
  get site(): string | undefined {
    const { stack } = this.#trace;
    // A program can have stacks that are no text (Error.prepareStackTrace).
    const frame = typeof stack === "string" ? /^\s*at (?:async )?(.*)$/m.exec(stack)?.[1]?.trim() : undefined;
    if (frame === undefined) return undefined;
    // "method (place)" or "place", which may have blanks and brackets of its own.
    const place = /^.*? \((.*)\)$/.exec(frame)?.[1] ?? frame;
    return /:\d+:\d+$/.test(place) ? place : undefined;
  }

  /** For the end of a message: " (map at program.js:12:8)", or nothing. */
  get suffix(): string {
    const { site } = this;
    return site === undefined ? "" : ` (${this.name} at ${site})`;
  }
}
