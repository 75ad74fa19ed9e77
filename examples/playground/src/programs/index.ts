import join from "text:./join.ts";
import json from "text:./json.ts";
import sketch from "text:./sketch.ts";
import state from "text:./state.ts";
import topK from "text:./top-k.ts";
import windows from "text:./windows.ts";
import wordCount from "text:./word-count.ts";
import type { Shape } from "../messages.js";

export interface Program {
  readonly id: string;
  readonly name: string;
  /** What it does, in a sentence. */
  readonly about: string;
  /** What its lines are. */
  readonly shape: Shape;
  readonly code: string;
}

export const PROGRAMS: readonly Program[] = [
  {
    id: "word-count",
    name: "Word count",
    about: "How often each word comes in each second.",
    shape: "text",
    code: wordCount,
  },
  {
    id: "windows",
    name: "Windows",
    about: "Words of the last ten seconds, every two seconds.",
    shape: "text",
    code: windows,
  },
  {
    id: "state",
    name: "State",
    about: "A sum for each wiki that lives from batch to batch.",
    shape: "edits",
    code: state,
  },
  {
    id: "join",
    name: "Join",
    about: "Two streams brought together by key: the share of bots.",
    shape: "edits",
    code: join,
  },
  {
    id: "json",
    name: "JSON events",
    about: "Lines of JSON by a schema, filtered and added up.",
    shape: "edits",
    code: json,
  },
  {
    id: "top-k",
    name: "Top K",
    about: "The pages edited most in the last ten seconds, in order.",
    shape: "edits",
    code: topK,
  },
  {
    id: "sketch",
    name: "Sketches",
    about: "Distinct editors and quantiles, about right in little memory.",
    shape: "edits",
    code: sketch,
  },
];
