import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { javascript } from "@codemirror/lang-javascript";
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, lintGutter, setDiagnostics } from "@codemirror/lint";
import { EditorState, Prec } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { Failure } from "./messages.js";

/** Colours are the page's own, which change with its theme. */
const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.modifier, tags.operatorKeyword], color: "var(--code-keyword)" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--code-number)" },
  { tag: [tags.comment], color: "var(--code-comment)", fontStyle: "italic" },
  { tag: [tags.typeName, tags.className], color: "var(--code-type)" },
  { tag: [tags.function(tags.propertyName), tags.function(tags.variableName)], color: "var(--code-call)" },
  { tag: [tags.punctuation, tags.operator], color: "var(--code-mark)" },
]);

const look = EditorView.theme({
  "&": { backgroundColor: "transparent", color: "var(--ink)", height: "100%" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": {
    fontFamily: "var(--mono)",
    fontSize: "var(--code-size)",
    lineHeight: "1.62",
    fontVariantLigatures: "none",
  },
  ".cm-content": { padding: "14px 0", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0 18px 0 8px" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--faint)", border: "none", paddingLeft: "6px" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "transparent" },
  "&.cm-focused .cm-activeLine": { backgroundColor: "var(--code-line)" },
  ".cm-cursor": { borderLeftColor: "var(--kernel)", borderLeftWidth: "2px" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--code-selection)",
  },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": {
    backgroundColor: "var(--code-selection)",
    color: "inherit",
  },
  ".cm-tooltip": { backgroundColor: "var(--surface)", border: "1px solid var(--line)", color: "var(--ink)" },
  ".cm-diagnostic": { fontFamily: "var(--sans)", whiteSpace: "pre-wrap", maxWidth: "60ch" },
  ".cm-gutter-lint": { width: "12px" },
});

export interface Editor {
  setCode(code: string): void;
  /** Marks the line that a failure names; none where it is undefined. */
  mark(failure: Failure | undefined): void;
  focus(): void;
  destroy(): void;
}

/** An editor of TypeScript. Tab leaves it, as everywhere on a page. */
export function editorIn(
  parent: HTMLElement,
  code: string,
  handlers: { changed(code: string): void; run(): void },
): Editor {
  const runs = (): boolean => {
    handlers.run();
    return true;
  };
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: code,
      extensions: [
        lineNumbers(),
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        highlightActiveLine(),
        javascript({ typescript: true }),
        syntaxHighlighting(colours),
        lintGutter(),
        look,
        Prec.highest(keymap.of([{ key: "Mod-Enter", run: runs }])),
        keymap.of([...defaultKeymap, ...historyKeymap]),
        EditorView.contentAttributes.of({ "aria-label": "Program, in TypeScript", id: "program-text", tabindex: "0" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) handlers.changed(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    setCode(text) {
      if (text === view.state.doc.toString()) return;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    },
    mark(failure) {
      view.dispatch(setDiagnostics(view.state, failure ? diagnosticsOf(view, failure) : []));
    },
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}

function diagnosticsOf(view: EditorView, { line: number, column = 1, message }: Failure): Diagnostic[] {
  if (number === undefined || number > view.state.doc.lines) return [];
  const line = view.state.doc.line(number);
  const from = Math.min(line.from + Math.max(0, column - 1), line.to);
  return [{ from: from === line.to ? line.from : from, to: line.to, severity: "error", message }];
}
