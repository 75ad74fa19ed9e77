import { isActive, isStale, pause, phase, run, startAgain, step, stop } from "../run.js";
import { code, isChanged, kernel, program } from "../settings.js";

const WORDS = {
  ready: "Ready",
  starting: "Starting",
  running: "Running",
  paused: "Paused",
  ended: "Stopped",
  failed: "Failed",
} as const;

/** Runs, steps and stops the program; the switch of the kernel. */
export function Transport() {
  const isRunning = phase.value === "running" || phase.value === "starting";
  const pauses = isRunning && !isStale.value;
  return (
    <div class="transport">
      <div class="buttons">
        <button
          type="button"
          id="run"
          class="main"
          title="Ctrl or ⌘ and Enter, in the program"
          onClick={pauses ? pause : run}
        >
          <Glyph path={pauses ? "M5 3.5h2.6v9H5zM8.9 3.5h2.6v9H8.9z" : "M5 3.2v9.6l7.6-4.8z"} />
          <span>{runLabel(pauses)}</span>
        </button>
        <button type="button" id="step" onClick={step} title="One batch">
          <Glyph path="M3.6 3.4v9.2L10 8zM10.6 3.4h2v9.2h-2z" /> Step
        </button>
        <button type="button" id="stop" onClick={stop} disabled={!isActive.value}>
          <Glyph path="M4 4h8v8H4z" /> Stop
        </button>
        {isChanged.value && (
          <button
            type="button"
            id="reset"
            class="quiet"
            onClick={() => {
              code.value = program.value.code;
            }}
          >
            Undo changes
          </button>
        )}
      </div>
      <span class={`phase ${phase.value}`}>{WORDS[phase.value]}</span>
      <label class="switch">
        <input
          type="checkbox"
          role="switch"
          aria-checked={kernel.value}
          id="kernel"
          checked={kernel.value}
          onChange={({ currentTarget }) => {
            kernel.value = currentTarget.checked;
            startAgain();
          }}
        />
        <span class="track" aria-hidden="true" />
        <span>
          Kernel<span class="wide"> in WebAssembly</span>
        </span>
      </label>
    </div>
  );
}

function runLabel(pauses: boolean): string {
  if (pauses) return "Pause";
  return isStale.value ? "Run anew" : "Run";
}

function Glyph({ path }: { path: string }) {
  return (
    <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={path} fill="currentColor" />
    </svg>
  );
}
