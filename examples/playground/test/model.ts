import type { Shape } from "../src/messages.js";
import { poolOf } from "../src/sources/generator.js";

/** What each program should show after some steps: plain loops over the same lines. */

interface Edit {
  readonly type: string;
  readonly title: string;
  readonly user: string;
  readonly bot: boolean;
  readonly length: { readonly old: number; readonly new: number };
  readonly wiki: string;
}

export type Row = readonly [key: string, ...values: number[]];

/** The lines of a batch, counted from 1. */
function linesOf(shape: Shape, batch: number, perBatch: number): string[] {
  return poolOf(shape).slice((batch - 1) * perBatch, batch * perBatch);
}

export class Model {
  readonly #perBatch: number;
  readonly #batches: number;

  constructor(perBatch: number, batches: number) {
    this.#perBatch = perBatch;
    this.#batches = batches;
  }

  /** All batches so far. */
  get #all(): number[] {
    return Array.from({ length: this.#batches }, (_, index) => index + 1);
  }

  #words(batches: readonly number[]): string[] {
    return batches.flatMap((batch) => linesOf("text", batch, this.#perBatch)).flatMap((line) => line.split(" "));
  }

  #edits(batches: readonly number[]): Edit[] {
    return batches.flatMap((batch) => linesOf("edits", batch, this.#perBatch)).map((line) => JSON.parse(line) as Edit);
  }

  wordCount(): Row[] {
    return counted(this.#words([this.#batches]));
  }

  windows(): Row[] {
    return counted(this.#words(this.#all).filter((word) => word.length > 3));
  }

  state(): Row[] {
    const totals = new Map<string, number>();
    for (const { type, wiki, length } of this.#edits(this.#all)) {
      if (type !== "edit") continue;
      totals.set(wiki, (totals.get(wiki) ?? 0) + Math.max(0, length.new - length.old));
    }
    return [...totals];
  }

  join(): Row[] {
    const edits = this.#edits([this.#batches]);
    const all = new Map(counted(edits.map(({ wiki }) => wiki)) as Array<[string, number]>);
    const bots = counted(edits.filter(({ bot }) => bot).map(({ wiki }) => wiki));
    return bots.flatMap(([wiki, count]): Row[] =>
      count! < all.get(wiki)! ? [[wiki, Math.round((100 * count!) / all.get(wiki)!)]] : [],
    );
  }

  json(): Row[] {
    const sums = new Map<string, [bytes: number, edits: number]>();
    for (const { type, wiki, length } of this.#edits([this.#batches])) {
      if (type !== "edit") continue;
      const [bytes, edits] = sums.get(wiki) ?? [0, 0];
      sums.set(wiki, [bytes + length.new - length.old, edits + 1]);
    }
    return [...sums].map(([wiki, [bytes, edits]]) => [wiki, bytes, edits]);
  }

  titles(): Row[] {
    return counted(this.#edits(this.#all).map(({ title }) => title));
  }

  /** Exact, where the program is about right. */
  editors(): Row[] {
    const users = new Map<string, Set<string>>();
    for (const { wiki, user } of this.#edits(this.#all)) users.set(wiki, (users.get(wiki) ?? new Set()).add(user));
    return [...users].map(([wiki, { size }]) => [wiki, size]);
  }
}

function counted(values: readonly string[]): Row[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts];
}
