import type { InputBlock, TextBlock, TextSlice } from "../block/block.js";
import type { MemoryReader } from "../kernel/reader.js";

const NEWLINE = 10;

/** Of n rows, part p of P has those from floor(p n / P) up to floor((p + 1) n / P). */
export function cutRows(rows: readonly unknown[], parts: number): unknown[][] {
  const begin = (part: number) => Math.floor((part * rows.length) / parts);
  return Array.from({ length: parts }, (_, part) => rows.slice(begin(part), begin(part + 1)));
}

export function sliceOf(block: TextBlock): TextSlice {
  return { kind: "slice", block, offset: 0, bytes: block.bytes };
}

/**
 * Cuts inputs, in order and at row borders, into at most `parts` partitions of about the same weight: bytes of text, and for rows that are
 * JavaScript values `ROW_WEIGHT` each. Fewer where there are fewer rows.
 */
export function cutInputs(
  inputs: readonly InputBlock[],
  parts: number,
  memoryOf: (home: number) => MemoryReader,
): InputBlock[][] {
  const total = inputs.reduce((sum, input) => sum + weightOf(input), 0);
  const partitions: InputBlock[][] = [];
  let current: InputBlock[] = [];
  let done = 0;
  for (const input of inputs) {
    for (let rest: InputBlock | undefined = input; rest !== undefined; ) {
      const room = Math.ceil((total * (partitions.length + 1)) / parts) - done;
      const [head, tail]: Cut = weightOf(rest) <= room ? [rest, undefined] : cutAt(rest, room, memoryOf);
      current.push(head);
      done += weightOf(head);
      if (done >= (total * (partitions.length + 1)) / parts) {
        partitions.push(current);
        current = [];
      }
      rest = tail;
    }
  }
  if (current.length > 0) partitions.push(current);
  return partitions;
}

type Cut = readonly [head: InputBlock, tail: InputBlock | undefined];

const ROW_WEIGHT = 64;

function weightOf(input: InputBlock): number {
  return input.kind === "rows" ? input.rows.length * ROW_WEIGHT : input.bytes;
}

/** Cuts so that the head has `weight` or, as rows are whole, a little more. */
function cutAt(input: InputBlock, weight: number, memoryOf: (home: number) => MemoryReader): Cut {
  if (input.kind === "rows") {
    const rows = Math.max(1, Math.ceil(weight / ROW_WEIGHT));
    const tail = input.rows.slice(rows);
    return [
      { kind: "rows", rows: input.rows.slice(0, rows) },
      tail.length > 0 ? { kind: "rows", rows: tail } : undefined,
    ];
  }
  if (input.kind === "frame") return [input, undefined];
  const text = memoryOf(input.block.home).region(input.block.ptr + input.offset, input.bytes);
  const bytes = text.indexOf(NEWLINE, Math.max(0, weight - 1)) + 1;
  if (bytes === 0 || bytes === input.bytes) return [input, undefined];
  return [
    { ...input, bytes },
    { ...input, offset: input.offset + bytes, bytes: input.bytes - bytes },
  ];
}
