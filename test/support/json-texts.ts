/** Random JSON texts, most of them valid, from a generator of numbers in [0, 1). */

const KEYS = [
  "a",
  "b",
  "id",
  "geo",
  "lat",
  "user_id",
  "a long key of many bytes",
  "",
  "\u00fc",
  "x\ny",
  "\ud83d\ude00",
  "__proto__",
  "\ud800",
];
const NUMBERS = [
  "0",
  "-0",
  "1",
  "12",
  "-7",
  "1700000000000",
  "9007199254740991",
  "1e3",
  "1E+2",
  "5e-324",
  "1.7976931348623157e308",
  "1e400",
  "-1e400",
];
const MORE_NUMBERS = [
  "0.1",
  "3.14",
  "123456789012345678901234567890",
  "2.2250738585072011e-308",
  "0.30000000000000004",
  "1e-400",
  "1234567890123456",
  "12345678901234567",
];
const STRINGS = [
  "",
  "x",
  "view",
  "0123456789abcdef",
  "0123456789abcde",
  "a string that is longer than two loads of sixteen bytes",
  "\u0000",
  '"',
  "\\",
  "\ud83d\ude00",
  "\ud83d",
  "\ude00",
  "\u00e9\u20ac\uffff\ufeff",
  "\u2028\u007f",
];
const SPACES = ["", "", "", "", "", " ", "\n", "\t\r", "                   "];
const NOISE = [
  '"',
  "\\",
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "0",
  "-",
  ".",
  "e",
  "u",
  "\u0001",
  "\u00a0",
  "\ufeff",
  "tru",
  "nul",
  " ",
  "\n",
  "\\u12",
  "\\x",
  "\\ud83d",
  "\\ude00",
  "'",
  "/",
];

export class JsonTexts {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  below(n: number): number {
    return Math.floor(this.#random() * n);
  }

  one<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  key(): string {
    return this.one(KEYS);
  }

  /** A valid text. */
  value(depth = 3): string {
    const space = () => this.one(SPACES);
    const kind = this.below(depth > 0 ? 9 : 5);
    if (kind < 2) return this.string(this.one(STRINGS));
    if (kind < 4) return this.one(this.below(2) ? NUMBERS : MORE_NUMBERS);
    if (kind === 4) return this.one(["true", "false", "null"]);
    const count = this.below(5);
    if (kind === 5)
      return `[${space()}${Array.from({ length: count }, () => `${this.value(depth - 1)}${space()}`).join(`,${space()}`)}]`;
    const member = () => `${this.string(this.key())}${space()}:${space()}${this.value(depth - 1)}${space()}`;
    return `{${space()}${Array.from({ length: count }, member).join(`,${space()}`)}}`;
  }

  /** A string, some of its characters as escapes. */
  string(content: string): string {
    const escapes = this.below(4) === 0;
    let text = "";
    for (let i = 0; i < content.length; i++) {
      const unit = content.charCodeAt(i);
      const hex = `\\u${unit.toString(16).padStart(4, "0")}`;
      const short = { 34: '\\"', 92: "\\\\", 47: "\\/", 8: "\\b", 12: "\\f", 10: "\\n", 13: "\\r", 9: "\\t" }[unit];
      if (escapes && this.below(2)) text += this.below(2) ? hex : hex.toUpperCase().replace("\\U", "\\u");
      else if (short !== undefined && (unit < 32 || unit === 34 || unit === 92)) text += short;
      else text += unit < 32 ? hex : content[i]!;
    }
    return `"${text}"`;
  }

  /** A text with something in it changed, so that it is often not valid. */
  mutated(text: string): string {
    const at = this.below(text.length + 1);
    switch (this.below(5)) {
      case 0:
        return text.slice(0, at);
      case 1:
        return text.slice(0, at) + this.one(NOISE) + text.slice(at);
      case 2:
        return text.slice(0, at) + text.slice(at + 1);
      case 3:
        return text.slice(0, at) + this.one(NOISE) + text.slice(at + 1);
      default:
        return text + this.one(NOISE);
    }
  }

  /** Texts of few layouts, as lines of one source have, with some of another kind between them. */
  lines(count: number): string[] {
    const keys = Array.from({ length: 1 + this.below(6) }, () => this.string(this.key()));
    const open = this.below(4) === 0 ? " { " : "{";
    const nested = this.below(2) === 0 ? this.string(this.key()) : undefined;
    const scalar = () => (this.below(4) ? this.value(0) : this.value(2));
    return Array.from({ length: count }, () => {
      const members = keys.map((key) => `${key}:${scalar()}`);
      if (nested) members.splice(members.length >> 1, 0, `${nested}: {"lat":${scalar()},"b":${scalar()}}`);
      const line = `${open}${members.join(",")}}`;
      const kind = this.below(20);
      if (kind === 0) return this.value();
      return kind === 1 ? this.mutated(line) : line;
    });
  }
}
