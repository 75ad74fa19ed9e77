import { log } from "../run.js";

/** What the program writes to its console. */
export function Log() {
  if (log.value.length === 0) return null;
  return (
    <details class="card log" open>
      <summary>Console</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <pre tabIndex={0}>{log.value.join("\n")}</pre>
    </details>
  );
}
