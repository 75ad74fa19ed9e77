import type { FrameBlock } from "../block/block.js";
import { eitherType, type RowType } from "../block/row-type.js";

/** Shapes of rows that are remembered. */
const SHAPES_MAX = 8;

/**
 * The types of an input's frames, one for each shape: that of all frames of the shape so far. Frames of one partition are then read by one program although a
 * column of some has no nulls, and the next batch is mostly of a type that programs exist for.
 */
export class CommonTypes {
  #types: RowType[] = [];

  /** Gives frames, which nobody has read yet, the types that they have in common. */
  widen(frames: readonly FrameBlock[]): void {
    const places = frames.map(({ type }) => this.#placeOf(type));
    for (const [i, frame] of frames.entries()) frame.type = this.#types[places[i]!]!;
    this.#types = this.#types.slice(-SHAPES_MAX);
  }

  /** The index of the type that has the shape of this one, and now its values too. */
  #placeOf(type: RowType): number {
    for (const [place, known] of this.#types.entries()) {
      const either = eitherType(known, type);
      if (either === undefined) continue;
      this.#types[place] = either;
      return place;
    }
    return this.#types.push(type) - 1;
  }
}
