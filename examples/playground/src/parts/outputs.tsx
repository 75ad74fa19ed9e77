import { useState } from "preact/hooks";
import { asCell } from "../figures.js";
import type { Cell, Table } from "../messages.js";
import { outputs, phase, tables } from "../run.js";

const BARS_MAX = 10;

/** What the program prints: the largest of it as bars, and the rows. */
export function Outputs() {
  const [chosen, choose] = useState(0);
  const shown = Math.min(chosen, Math.max(0, outputs.value.length - 1));
  const table = tables.value.get(shown);
  const title = outputs.value[shown]?.title || "Output";
  return (
    <section class="card outputs" aria-labelledby="outputs-title">
      <div class="row">
        <h2 id="outputs-title" class={outputs.value.length > 0 ? "name" : ""}>
          {title}
        </h2>
        {outputs.value.length > 1 && (
          <fieldset class="segments small">
            <legend class="unseen">Outputs of the program</legend>
            {outputs.value.map((output, index) => (
              <label key={`${index} ${output.title}`}>
                <input type="radio" name="output" checked={index === shown} onChange={() => choose(index)} />
                <span>{output.title}</span>
              </label>
            ))}
          </fieldset>
        )}
      </div>
      {table && table.rows.length > 0 ? (
        <div class="both">
          <Bars table={table} />
          <Rows table={table} title={title} />
        </div>
      ) : (
        <p class="empty">{emptyText(table)}</p>
      )}
    </section>
  );
}

function emptyText(table: Table | undefined): string {
  if (table) return "This batch has no rows.";
  if (phase.value === "running" || phase.value === "starting") return "Waiting for the first batch.";
  return "What the program prints is shown here, batch by batch.";
}

function Bars({ table }: { table: Table }) {
  const column = table.rows[0]!.findIndex((cell, index) => index > 0 && typeof cell === "number");
  if (column < 0) return null;
  const bars = table.rows
    .map((row) => ({ label: String(row[0]), value: row[column] as number }))
    .filter(({ value }) => typeof value === "number" && Number.isFinite(value))
    .sort((a, b) => b.value - a.value)
    .slice(0, BARS_MAX);
  const largest = Math.max(...bars.map(({ value }) => Math.abs(value)), Number.MIN_VALUE);
  return (
    <figure class="bars">
      <figcaption>
        The largest{table.hasMore ? ` of the first ${asCell(table.rows.length)} rows` : ""}, by {table.columns[column]}
      </figcaption>
      <ol>
        {bars.map(({ label, value }) => (
          <li key={label}>
            <span class="label">{label}</span>
            <span class="bar" aria-hidden="true">
              <span class={value < 0 ? "negative" : ""} style={{ transform: `scaleX(${Math.abs(value) / largest})` }} />
            </span>
            <span class="value">{asCell(value)}</span>
          </li>
        ))}
      </ol>
    </figure>
  );
}

function Rows({ table, title }: { table: Table; title: string }) {
  const rows = table.rows.slice(0, table.printed);
  const isCut = table.hasMore || table.rows.length > rows.length;
  const isNumber = table.columns.map((_, index) => typeof rows[0]?.[index] === "number");
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section class="rows" aria-label={`Rows of ${title}`} tabIndex={0}>
      <table>
        <caption class="unseen">{title}: rows as the program prints them</caption>
        <thead>
          <tr>
            {table.columns.map((name, index) => (
              <th key={name} scope="col" class={isNumber[index] ? "number" : ""}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) => (
                <td key={table.columns[column]} class={isNumber[column] ? "number" : ""}>
                  {textOf(cell)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {isCut && (
        <p class="more">
          … and more: print({table.printed}) shows {table.printed}.
        </p>
      )}
    </section>
  );
}

function textOf(cell: Cell): string {
  return typeof cell === "number" ? asCell(cell) : cell;
}
