import type { CheckedCsv } from "../../src/schema/csv-options.js";
import { hostileDecimal } from "./hostile-numbers.js";

const TYPES = ["utf8", "f64", "i64", "i64.big", "bool"] as const;
export type CsvTestType = (typeof TYPES)[number];

const DELIMITERS = [",", ",", ",", ";", "\t", "|", " ", "\0", ".", "1", "e", "-", "t"];
const QUOTES = ['"', '"', '"', "'", "", "", "0", "+", "a", "\u007f"];
const NAMES = ["id", "n", "été", 'a"b', "x,y", "😀", "\ud800", "", " ", "a name of more than sixteen bytes", "7", "3"];
const TEXTS = [
  "",
  "a",
  "NaN",
  "Infinity",
  "-",
  "+",
  ".",
  "-.",
  "1.",
  ".5",
  "+.5e-3",
  "5e",
  "1e5",
  "1e+",
  "0x10",
  " 1",
  "1 ",
  "1_000",
  "-0",
  "+0",
  "00000000000000000000000000000012",
  "0000000000000000000000000000009223372036854775807",
  "0000000000000000",
  "00000000000000000",
  "9007199254740991",
  "9007199254740992",
  "-9007199254740991",
  "-9007199254740993",
  "9223372036854775807",
  "9223372036854775808",
  "-9223372036854775808",
  "-9223372036854775809",
  "18446744073709551616",
  "12345678901234567x",
  "1234567890123456x",
  "99999999999999999999999",
  "1e400",
  "1e-400",
  "true",
  "false",
  "True",
  "truex",
  "falsey",
  "tru",
  "\u0661",
  "\ufeff1",
  "é",
  "😀",
  "\ud83d",
  "\ude00",
  "a\0b",
  "\r",
  "fifteen bytes..",
  "sixteen bytes...",
  "seventeen bytes..",
  "x".repeat(40),
  '"',
  '""',
  ",",
  "a,b",
];

/** Lines of CSV of all sorts, as random as `random`. */
export class CsvLines {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)]!;
  }

  schema(): Record<string, { readonly type: CsvTestType }> {
    const schema: Record<string, { readonly type: CsvTestType }> = {};
    const columns = 1 + this.below(this.below(4) === 0 ? 12 : 4);
    while (Object.keys(schema).length < columns) schema[this.one(NAMES)] = { type: this.one(TYPES) };
    return schema;
  }

  options(): CheckedCsv {
    for (;;) {
      const options = { header: this.below(2) === 0, delimiter: this.one(DELIMITERS), quote: this.one(QUOTES) };
      if (options.quote !== options.delimiter) return options;
    }
  }

  /** A line that is nearly one of the schema: right, but for what may be wrong in a cell of ten, or in the line. */
  line(schema: Readonly<Record<string, { readonly type: string }>>, options: CheckedCsv): string {
    const isHeader = this.below(6) === 0;
    const cells = Object.entries(schema).map(([name, { type }]) =>
      this.#cell(isHeader && this.below(30) > 0 ? name : this.#content(type), options),
    );
    if (this.below(20) === 0) cells.pop();
    if (this.below(20) === 0) cells.push(this.#cell(this.one(TEXTS), options));
    const line = cells.join(options.delimiter).replaceAll("\n", "");
    if (this.below(15) > 0) return line;
    const at = this.below(line.length + 1);
    return line.slice(0, at) + this.one(["", options.quote, options.delimiter, "x"]) + line.slice(at + this.below(2));
  }

  #content(type: string): string {
    if (this.below(10) === 0) return this.one(TEXTS);
    const sign = this.one(["", "", "", "-", "+"]);
    switch (type) {
      case "f64":
        return sign + hostileDecimal(this.#random).replace("-", "");
      case "i64":
        return sign + String(Math.floor(this.#random() * 2 ** this.below(56)));
      case "i64.big":
        return sign + String(BigInt(Math.floor(this.#random() * 2 ** 53)) * BigInt(this.one([1, 3, 1000, 1024])));
      case "bool":
        return this.one(["true", "false", ""]);
      default:
        return this.one(TEXTS) + this.one(["", "", this.one(TEXTS)]);
    }
  }

  #cell(text: string, { delimiter, quote }: CheckedCsv): string {
    const isBare = !text.includes(delimiter) && (quote === "" || !text.startsWith(quote));
    if (quote === "" || (isBare && this.below(4) > 0)) return text;
    return quote + text.replaceAll(quote, quote + quote) + quote;
  }
}
