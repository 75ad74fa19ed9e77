import { abi } from "#kernel";
import { NUMBER, STRING } from "../../block/row-type.js";
import { encodeWtf8 } from "../../kernel/wtf8.js";
import type { KernelValue } from "./kernel-rows.js";
import type { Computation } from "./program-plan.js";
import type { Scalar, Scalars } from "./scalars.js";

/** No text has more pieces: a string has fewer units. */
const PIECES_MAX = 2 ** 30;

type List = Extract<KernelValue, { kind: "list" }>;

/** A text split at a fixed separator, of which nothing has been looked at yet. */
export class SplitList {
  readonly text: Scalar;
  readonly separator: string;

  constructor(text: Scalar, separator: string) {
    this.text = text;
    this.separator = separator;
  }
}

interface Pieces {
  readonly computation: Computation;
  /** By index. */
  readonly values: Map<number, number>;
}

export function isSplitList(list: List): list is List & { readonly list: SplitList } {
  return list.list instanceof SplitList;
}

/** Splits of a program: all pieces of one that are wanted come from one pass over the text. */
export class SplitTexts {
  readonly #scalars: Scalars;
  readonly #pieces = new Map<string, Pieces>();

  constructor(scalars: Scalars) {
    this.#scalars = scalars;
  }

  /** `text.split(separator)[index]`. */
  piece({ list }: List & { readonly list: SplitList }, index: number): Scalar {
    const { text, separator } = list;
    if (index > PIECES_MAX) return this.#scalars.constant(undefined);
    const key = `${text.register}|${separator}`;
    const pieces = this.#pieces.get(key) ?? this.#begin(key, text, separator);
    let register = pieces.values.get(index);
    if (register === undefined) {
      register = this.#scalars.graph.newValue();
      pieces.values.set(index, register);
      pieces.computation.outputs.push(register);
    }
    // There is always a first piece.
    return { kind: "scalar", tags: index === 0 ? STRING.tags : STRING.tags | (1 << abi.TAG_UNDEFINED), register };
  }

  /** `text.split(separator).length`. */
  length({ list }: List & { readonly list: SplitList }): Scalar {
    const separator = this.#scalars.constant(list.separator);
    return this.#scalars.compute(abi.OP_TEXT_NUMBER, [list.text, separator], NUMBER.tags, abi.TEXT_SPLIT_COUNT);
  }

  #begin(key: string, text: Scalar, separator: string): Pieces {
    const values = new Map<number, number>();
    const computation: Computation = {
      op: abi.OP_SPLIT_PIECES,
      operands: [text.register],
      imm: 0,
      outputs: [],
      isEffect: false,
      data: (registerOf, isRead) => {
        const wanted = [...values].filter(([, value]) => isRead(value)).sort(([a], [b]) => a - b);
        const bytes = encodeWtf8(separator);
        const words = [bytes.length, wanted.length, ...wanted.flatMap(([index, value]) => [index, registerOf(value)])];
        return new Uint8Array([...new Uint8Array(Int32Array.from(words).buffer), ...bytes, ...new Uint8Array(16)]);
      },
    };
    this.#scalars.graph.add(computation);
    const pieces = { computation, values };
    this.#pieces.set(key, pieces);
    return pieces;
  }
}
