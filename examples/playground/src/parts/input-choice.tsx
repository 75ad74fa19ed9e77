import { useRef } from "preact/hooks";
import { asWhole } from "../figures.js";
import type { SourceChoice } from "../messages.js";
import { input, startAgain, tellRate } from "../run.js";
import { LINES_PER_SECOND, linesPerSecond, source } from "../settings.js";

const KINDS: ReadonlyArray<readonly [kind: SourceChoice["kind"], name: string]> = [
  ["generated", "Generated"],
  ["live", "Wikimedia, live"],
  ["file", "A file"],
];

/** Where lines come from, and how many. */
export function InputChoice() {
  const picker = useRef<HTMLInputElement>(null);
  const choose = (choice: SourceChoice): void => {
    source.value = choice;
    input.value = undefined;
    startAgain();
  };
  return (
    <div class="card input">
      <div class="row">
        <fieldset class="segments">
          <legend>Input</legend>
          {KINDS.map(([kind, name]) => (
            <label key={kind}>
              <input
                type="radio"
                name="source"
                value={kind}
                checked={source.value.kind === kind}
                onClick={(event) => {
                  if (kind !== "file") return choose({ kind });
                  // It is chosen when there is a file.
                  if (source.value.kind !== "file") event.preventDefault();
                  picker.current?.click();
                }}
              />
              <span>{kind === "file" && source.value.kind === "file" ? source.value.file.name : name}</span>
            </label>
          ))}
        </fieldset>
        <label class="rate">
          <span>Lines a second{source.value.kind === "generated" ? "" : ", at most"}</span>
          <select
            id="rate"
            value={linesPerSecond.value}
            onChange={({ currentTarget }) => {
              linesPerSecond.value = Number(currentTarget.value);
              tellRate();
            }}
          >
            {LINES_PER_SECOND.map((rate) => (
              <option key={rate} value={rate}>
                {asWhole(rate)}
              </option>
            ))}
          </select>
        </label>
        <input
          ref={picker}
          type="file"
          id="file"
          class="unseen"
          tabIndex={-1}
          aria-label="A file of lines"
          onChange={({ currentTarget }) => {
            const file = currentTarget.files?.[0];
            if (file) choose({ kind: "file", file });
          }}
        />
      </div>
      {input.value ? (
        <>
          <p class={input.value.isFallback ? "note fallback" : "note"}>{input.value.about}</p>
          <p class="sample">
            <span class="unseen">A line: </span>
            <code>{input.value.sample}</code>
          </p>
        </>
      ) : (
        <p class="note">
          Lines are pushed into the streams of the program. A file may be dropped anywhere on the page.
        </p>
      )}
    </div>
  );
}
