/** Arquero as a side: a table of the batch, its verbs. */
import type { ColumnTable } from "arquero";
import type { Side } from "../support/bench.js";
import { checksumOf } from "../support/checksum.js";

/** The table has the columns `key` and `number`. */
export function arqueroSide(build: () => ColumnTable): Side {
  const pairs = (table: ColumnTable) =>
    (table.objects() as Array<{ key: unknown; number: number }>).map(({ key, number }): [string, number] => [
      String(key),
      number,
    ]);
  return { what: "Arquero", run: build, check: () => ({ checksum: checksumOf(pairs(build())) }), roundsMax: 5 };
}
