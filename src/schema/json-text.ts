/** A number of JSON text with its digits, of which a double would lose some. */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** JSON text does not go on as it must. */
export class JsonTextError extends Error {
  /** Index of the first character that is wrong, in UTF-16 units; the length of the text where it ends too early. */
  readonly position: number;

  constructor(position: number) {
    super(`no JSON at ${position}`);
    this.position = position;
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON strings must not hold them.
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const SPACE = /[ \t\n\r]*/y;
const WORDS = { t: ["true", true], f: ["false", false], n: ["null", null] } as const;
/** Arrays and objects inside one another. */
const DEPTH_MAX = 10_000;

/**
 * The value of JSON text, numbers with their digits: for what `JSON.parse` does not say, where text is wrong and what an integer is beyond 2^53.
 * **Errors:** `JsonTextError` for text that `JSON.parse` refuses.
 */
export function parseJsonText(text: string): unknown {
  const reader = new Reader(text);
  reader.space();
  const value = reader.value(0);
  reader.space();
  if (reader.position < text.length) throw new JsonTextError(reader.position);
  return value;
}

class Reader {
  readonly #text: string;
  position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  space(): void {
    this.#match(SPACE);
  }

  value(depth: number): unknown {
    if (depth > DEPTH_MAX) throw new JsonTextError(this.position);
    const first = this.#text[this.position];
    if (first === "{") return this.#object(depth);
    if (first === "[") return this.#array(depth);
    if (first === '"') return this.#string();
    if (first === "t" || first === "f" || first === "n") return this.#word(WORDS[first]);
    const number = this.#match(NUMBER);
    if (number === "") throw new JsonTextError(this.position + (first === "-" ? 1 : 0));
    return new JsonNumber(number);
  }

  #object(depth: number): unknown {
    const object: Record<string, unknown> = {};
    this.#list("}", () => {
      if (this.#text[this.position] !== '"') throw new JsonTextError(this.position);
      const name = this.#string();
      this.space();
      this.#expect(":");
      this.space();
      const value = this.value(depth + 1);
      // Assigning would call the setter of "__proto__".
      Object.defineProperty(object, name, { value, configurable: true, enumerable: true, writable: true });
    });
    return object;
  }

  #array(depth: number): unknown {
    const array: unknown[] = [];
    this.#list("]", () => array.push(this.value(depth + 1)));
    return array;
  }

  #list(end: string, item: () => void): void {
    this.position += 1;
    this.space();
    if (this.#text[this.position] === end) {
      this.position += 1;
      return;
    }
    for (;;) {
      item();
      this.space();
      if (this.#text[this.position] === end) break;
      this.#expect(",");
      this.space();
    }
    this.position += 1;
  }

  #string(): string {
    const begin = this.position;
    this.position += 1;
    this.#match(PLAIN);
    while (this.#text[this.position] === "\\") {
      if (this.#match(ESCAPE) === "") throw new JsonTextError(this.position + 1);
      this.#match(PLAIN);
    }
    this.#expect('"');
    return JSON.parse(this.#text.slice(begin, this.position)) as string;
  }

  #word([word, value]: readonly [string, boolean | null]): boolean | null {
    for (const letter of word) this.#expect(letter);
    return value;
  }

  #expect(character: string): void {
    if (this.#text[this.position] !== character) throw new JsonTextError(this.position);
    this.position += 1;
  }

  /** What a pattern matches here; "" where it does not. */
  #match(pattern: RegExp): string {
    pattern.lastIndex = this.position;
    const [match = ""] = pattern.exec(this.#text) ?? [];
    this.position += match.length;
    return match;
  }
}
