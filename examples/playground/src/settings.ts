import { computed, effect, signal } from "@preact/signals";
import type { SourceChoice } from "./messages.js";
import { PROGRAMS, type Program } from "./programs/index.js";

export type Theme = "light" | "dark";

export const LINES_PER_SECOND: readonly number[] = [1_000, 10_000, 50_000, 200_000, 500_000];

const LINES_PER_SECOND_AT_FIRST = 50_000;

/** What is chosen on the page. */
export const program = signal<Program>(PROGRAMS[0]!);
export const code = signal<string>(program.value.code);
export const isChanged = computed(() => code.value !== program.value.code);
export const kernel = signal(true);
export const source = signal<SourceChoice>({ kind: "generated" });
export const linesPerSecond = signal(LINES_PER_SECOND_AT_FIRST);

const prefersDark = matchMedia("(prefers-color-scheme: dark)");
const systemTheme = signal<Theme>(prefersDark.matches ? "dark" : "light");
prefersDark.addEventListener("change", ({ matches }) => {
  systemTheme.value = matches ? "dark" : "light";
});

/** The theme that was chosen here; undefined where it is the system's. */
export const chosenTheme = signal<Theme | undefined>(undefined);
export const theme = computed<Theme>(() => chosenTheme.value ?? systemTheme.value);
// Before anything is drawn in its colours.
effect(() => {
  document.documentElement.dataset.theme = theme.value;
});
