import { log } from "../run.js";

/** What the library says begins so: it is there for who looks. */
const OWN = "millrace: ";

/** What the program writes to its console. */
export function Log() {
  if (log.value.length === 0) return null;
  const isProgram = log.value.some((line) => !line.startsWith(OWN));
  return (
    <details class="card log" open={isProgram}>
      <summary>Console ({log.value.length})</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <pre tabIndex={0}>{log.value.join("\n")}</pre>
    </details>
  );
}
