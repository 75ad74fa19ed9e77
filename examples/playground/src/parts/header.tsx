import { chosenTheme, theme } from "../settings.js";

/** The name of the page, and its light. */
export function Header() {
  const next = theme.value === "dark" ? "light" : "dark";
  return (
    <header>
      <a class="skip" href="#program-text">
        To the program
      </a>
      <img src="./icon.svg" width="30" height="30" alt="" />
      <h1>
        Millrace <span>playground</span>
      </h1>
      <p class="motto">Spark Streaming's model as a TypeScript library, running in this page.</p>
      <button
        type="button"
        class="quiet icon"
        id="theme"
        aria-label={`Use the ${next} theme`}
        title={`Use the ${next} theme`}
        onClick={() => {
          chosenTheme.value = next;
        }}
      >
        <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
          {theme.value === "dark" ? (
            <g stroke="currentColor" stroke-width="1.6" stroke-linecap="round" fill="none">
              <circle cx="10" cy="10" r="3.4" />
              <path d="M10 2v1.6M10 16.4V18M2 10h1.6M16.4 10H18M4.3 4.3l1.2 1.2M14.5 14.5l1.2 1.2M15.7 4.3l-1.2 1.2M5.5 14.5l-1.2 1.2" />
            </g>
          ) : (
            <path
              d="M16.5 12.2A7 7 0 0 1 7.8 3.5a7 7 0 1 0 8.7 8.7Z"
              fill="none"
              stroke="currentColor"
              stroke-width="1.6"
              stroke-linejoin="round"
            />
          )}
        </svg>
      </button>
    </header>
  );
}
