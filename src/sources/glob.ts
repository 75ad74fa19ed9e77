/**
 * Globs, one segment of a path at a time:
 *
 *     *        any characters, also none      ?        any one character
 *     [abc]    one of these; [a-c] a range    [^abc]   any other one; [!abc] too
 *     {a,b}    one of these; they nest and may hold all of the above
 *
 * Any other character is itself; "[*]" is a star. A name that begins with a dot is matched only by a segment that begins with a dot.
 *
 * A segment becomes a non-deterministic automaton that reads a name once, whatever the pattern: time is at most the length of the name times that of the
 * pattern. Source: K. Thompson, Regular expression search algorithm (1968).
 */

import { ConfigError } from "../errors.js";

const SPECIAL = /[*?[\]{}]/;

/** Whether a path holds characters that a glob gives a meaning. */
export function isGlob(path: string): boolean {
  return SPECIAL.test(path);
}

/** Tells which names a segment of a path means. */
export type NameTest = (name: string) => boolean;

/** The test of one segment. A bracket or brace that is not closed, or closes nothing, is a `ConfigError` "invalid-glob". */
export function globTest(segment: string): NameTest {
  const first = new Parser(segment).parse();
  const showsHidden = segment.startsWith(".");
  return (name) => (showsHidden || !name.startsWith(".")) && accepts(first, name);
}

type CharacterTest = (character: string) => boolean;

/** A state of the automaton: reads a character, goes on in several places at once, or is the end. */
type State =
  | { readonly kind: "read"; readonly test: CharacterTest; next: State }
  | { readonly kind: "split"; readonly ways: State[] }
  | { readonly kind: "end" };

function accepts(first: State, name: string): boolean {
  let current = reached([first]);
  for (const character of name) {
    const next: State[] = [];
    for (const state of current) if (state.kind === "read" && state.test(character)) next.push(state.next);
    if (next.length === 0) return false;
    current = reached(next);
  }
  for (const state of current) if (state.kind === "end") return true;
  return false;
}

/** All states that are reached from `states` without reading. */
function reached(states: readonly State[]): Set<State> {
  const seen = new Set<State>();
  const open = [...states];
  for (let state = open.pop(); state; state = open.pop()) {
    if (seen.has(state)) continue;
    seen.add(state);
    if (state.kind === "split") open.push(...state.ways);
  }
  return seen;
}

/** Something that leads to `next`: what comes later in a pattern is made first. */
type Piece = (next: State) => State;

class Parser {
  readonly #segment: string;
  readonly #characters: readonly string[];
  #at = 0;

  constructor(segment: string) {
    this.#segment = segment;
    this.#characters = [...segment];
  }

  parse(): State {
    const pieces = this.#sequence(0);
    if (this.#at < this.#characters.length) throw this.#invalid(`"${this.#characters[this.#at]}" closes nothing`);
    return joined(pieces, { kind: "end" });
  }

  /** Pieces up to the end or, inside braces, up to a comma or the closing brace. */
  #sequence(depth: number): Piece[] {
    const pieces: Piece[] = [];
    for (; this.#at < this.#characters.length; ) {
      const character = this.#characters[this.#at]!;
      if (character === "}" || character === "]") break;
      if (character === "," && depth > 0) break;
      this.#at += 1;
      if (character === "*") pieces.push(anyCharacters);
      else if (character === "?") pieces.push(reading(() => true));
      else if (character === "[") pieces.push(reading(this.#set()));
      else if (character === "{") pieces.push(this.#alternatives(depth + 1));
      else pieces.push(reading((other) => other === character));
    }
    return pieces;
  }

  #alternatives(depth: number): Piece {
    const alternatives: Piece[][] = [];
    do {
      alternatives.push(this.#sequence(depth));
    } while (this.#take(","));
    if (!this.#take("}")) throw this.#invalid('a "{" has no "}"');
    return (next) => ({ kind: "split", ways: alternatives.map((pieces) => joined(pieces, next)) });
  }

  #set(): CharacterTest {
    const isNegated = this.#take("^") || this.#take("!");
    const ranges: Array<readonly [from: string, to: string]> = [];
    // A "]" that comes first is one of the characters.
    while (ranges.length === 0 || !this.#take("]")) {
      const from = this.#next();
      const isRange = this.#characters[this.#at] === "-" && this.#characters[this.#at + 1] !== "]";
      if (isRange) this.#at += 1;
      ranges.push([from, isRange ? this.#next() : from]);
    }
    const points = ranges.map(([from, to]) => [from.codePointAt(0)!, to.codePointAt(0)!] as const);
    return (character) => {
      const point = character.codePointAt(0)!;
      return points.some(([from, to]) => point >= from && point <= to) !== isNegated;
    };
  }

  #next(): string {
    const character = this.#characters[this.#at];
    if (character === undefined) throw this.#invalid('a "[" has no "]"');
    this.#at += 1;
    return character;
  }

  #take(character: string): boolean {
    if (this.#characters[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #invalid(why: string): ConfigError {
    return new ConfigError(
      `A glob must be complete between two "/", but in ${JSON.stringify(this.#segment)} ${why}: close it, or write the character in brackets, as in "[[]".`,
      { code: "invalid-glob", details: { segment: this.#segment } },
    );
  }
}

function joined(pieces: readonly Piece[], next: State): State {
  return pieces.reduceRight((after, piece) => piece(after), next);
}

function reading(test: CharacterTest): Piece {
  return (next) => ({ kind: "read", test, next });
}

function anyCharacters(next: State): State {
  const ways: State[] = [next];
  const loop: State = { kind: "split", ways };
  ways.push({ kind: "read", test: () => true, next: loop });
  return loop;
}
