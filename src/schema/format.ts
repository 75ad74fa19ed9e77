import type { CheckedCsv } from "./csv-options.js";
import type { Schema } from "./field.js";

/** How lines become rows of a schema. */
export type LineFormat =
  | { readonly kind: "json"; readonly schema: Schema }
  | { readonly kind: "csv"; readonly schema: Schema; readonly options: CheckedCsv };
