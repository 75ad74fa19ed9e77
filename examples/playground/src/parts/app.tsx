import { useEffect } from "preact/hooks";
import { isOff, startAgain } from "../run.js";
import { source } from "../settings.js";
import { Announcer } from "./announcer.js";
import { Charts } from "./charts.js";
import { FailureNote } from "./failure-note.js";
import { Figures } from "./figures.js";
import { Header } from "./header.js";
import { InputChoice } from "./input-choice.js";
import { Log } from "./log.js";
import { Outputs } from "./outputs.js";
import { Plan } from "./plan.js";
import { ProgramEditor } from "./program-editor.js";
import { Programs } from "./programs.js";
import { Transport } from "./transport.js";

function dropped(event: DragEvent): void {
  const file = event.dataTransfer?.files[0];
  if (!file) return;
  event.preventDefault();
  source.value = { kind: "file", file };
  startAgain();
}

/** The whole page. */
export function App() {
  useEffect(() => {
    const allow = (event: DragEvent): void => event.preventDefault();
    addEventListener("dragover", allow);
    addEventListener("drop", dropped);
    return () => {
      removeEventListener("dragover", allow);
      removeEventListener("drop", dropped);
    };
  }, []);
  return (
    <>
      <Header />
      <main>
        <section class="write" aria-label="Program">
          <Programs />
          <div class="card editor-card">
            <ProgramEditor />
            <Transport />
          </div>
          <FailureNote />
          <Plan />
        </section>
        <section class={isOff.value ? "watch without" : "watch"} aria-label="What comes out">
          <InputChoice />
          <Figures />
          <Outputs />
          <Charts />
          <Log />
        </section>
      </main>
      <footer>
        Programs run in a worker of this page; input stays here. Millrace is a library, licensed under Apache 2.0.
      </footer>
      <Announcer />
    </>
  );
}
