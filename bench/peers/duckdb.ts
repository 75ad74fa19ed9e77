/** DuckDB as a side: one thread, in memory, the same bytes in a file that it reads in each run. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import type { Side } from "../support/bench.js";
import { checksumOf } from "../support/checksum.js";
import { fileOf } from "../support/files.js";

export interface DuckQuestion {
  /** What lies in files, by name. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** Statements before the first run, such as tables that the plain program has as a `Map`. */
  readonly tables?: readonly string[];
  /** A query of two columns, key and number; `files` has the path of each file. */
  readonly query: (files: Readonly<Record<string, string>>) => string;
  /** A run takes the rows into JavaScript; by default it makes them and takes their number and sum. */
  readonly collects?: boolean;
}

export function duckSide({ files, tables = [], query, collects = false }: DuckQuestion): Side {
  const folder = mkdtempSync(join(tmpdir(), "millrace-duckdb-"));
  const paths = Object.fromEntries(Object.keys(files).map((name) => [name, join(folder, name)]));
  const text = query(paths);
  let connection: DuckDBConnection | undefined;
  const rowsOf = async (statement: string) => (await connection!.runAndReadAll(statement)).getRows();
  return {
    what: "DuckDB, 1 thread",
    prepare: async () => {
      for (const [name, bytes] of Object.entries(files)) writeFileSync(paths[name]!, bytes);
      connection = await connect();
      for (const statement of tables) await connection.run(statement);
    },
    run: () => rowsOf(collects ? text : `select count(*), count(key), sum(number) from (${text})`),
    check: async () => ({
      checksum: checksumOf((await rowsOf(text)).map(([key, number]) => [`${key}`, Number(number)])),
    }),
    stop: async () => {
      connection?.closeSync();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A native addon, which no bundle can hold. */
async function connect(): Promise<DuckDBConnection> {
  const require = createRequire(fileOf("bench/peers/package.json"));
  const { DuckDBInstance } = require("@duckdb/node-api") as typeof import("@duckdb/node-api");
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  return instance.connect();
}

/** Rows of a file of JSON lines. */
export function jsonRows(path: string, columns: Readonly<Record<string, string>>): string {
  return `read_json('${path}', format = 'newline_delimited', columns = ${structOf(columns)})`;
}

/** Rows of a file of comma separated values without a header and quotes. */
export function csvRows(path: string, columns: Readonly<Record<string, string>>): string {
  const form = `auto_detect = false, header = false, quote = '', escape = '', delim = ','`;
  return `read_csv('${path}', ${form}, columns = ${structOf(columns)})`;
}

/** Lines of a file of text, in a column called `line`: no line has the delimiter. An empty one is no null. */
export function textLines(path: string): string {
  const form = "auto_detect = false, header = false, quote = '', escape = '', force_not_null = ['line']";
  return `read_csv('${path}', ${form}, delim = '\u0001', columns = {line: 'VARCHAR'})`;
}

const structOf = (columns: Readonly<Record<string, string>>) =>
  `{${Object.entries(columns)
    .map(([name, type]) => `${name}: '${type}'`)
    .join(", ")}}`;
