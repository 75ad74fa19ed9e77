import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type Editor, editorIn } from "../editor.js";
import { failure, runAfresh } from "../run.js";
import { code } from "../settings.js";

/** The program as text. */
export function ProgramEditor() {
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor>(undefined);
  useEffect(() => {
    const made = editorIn(place.current!, code.peek(), {
      changed: (text) => {
        code.value = text;
      },
      run: runAfresh,
    });
    editor.current = made;
    return () => made.destroy();
  }, []);
  useSignalEffect(() => editor.current?.setCode(code.value));
  useSignalEffect(() => editor.current?.mark(failure.value));
  return <div ref={place} class="editor" />;
}
