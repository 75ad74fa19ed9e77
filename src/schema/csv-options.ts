import { PlanError } from "../errors.js";

/** How lines of CSV are written. */
export interface CsvOptions {
  /** A line whose cells are the names of the columns is skipped, wherever it stands: files that are read one after the other have one each. Default false. */
  readonly header?: boolean;
  /** Between cells: one ASCII character. Default ",". */
  readonly delimiter?: string;
  /** Around cells that hold a delimiter, and twice for itself in such a cell: one ASCII character, or "" for none. Default '"'. */
  readonly quote?: string;
}

/** Options with what is not given filled in. */
export type CheckedCsv = Required<CsvOptions>;

/** Options checked. **Errors:** `PlanError` "invalid-csv-options". */
export function checkedCsv(operator: string, given: CsvOptions | undefined): CheckedCsv {
  const { header = false, delimiter = ",", quote = '"' } = given ?? {};
  const isCharacter = (value: unknown): boolean =>
    typeof value === "string" && value.length === 1 && value.charCodeAt(0) < 0x80 && value !== "\n" && value !== "\r";
  const fail = (rule: string, got: unknown): PlanError =>
    new PlanError(`${operator}: ${rule}, got ${JSON.stringify(got)}.`, {
      code: "invalid-csv-options",
      details: { got },
    });
  if (typeof header !== "boolean") throw fail("header must be true or false", header);
  if (!isCharacter(delimiter)) throw fail("delimiter must be one ASCII character", delimiter);
  if (quote !== "" && !isCharacter(quote)) throw fail('quote must be one ASCII character, or "" for none', quote);
  if (quote === delimiter) throw fail("quote and delimiter must differ", quote);
  return { header, delimiter, quote };
}
