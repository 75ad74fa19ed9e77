import type { Lines, Source } from "./source.js";

const NEWLINE = 10;
const SAMPLE_CHARACTERS = 300;

/** The lines of a file, read as they are asked for. */
export async function fileSource(file: File): Promise<Source> {
  const reader = file.stream().getReader();
  const start = await file.slice(0, SAMPLE_CHARACTERS).text();
  /** Read and not given out yet. */
  let held: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  let isDone = false;
  return {
    about: `${file.name}, ${(file.size / 1e6).toFixed(1)} MB, line by line. It is read here and goes nowhere else.`,
    isFallback: false,
    sample: start.split(/\r\n|\n|\r/, 1)[0]!,
    async take(countMax): Promise<Lines> {
      const chunks: Uint8Array<ArrayBuffer>[] = [];
      let count = 0;
      while (count < countMax && !(isDone && held.length === 0)) {
        if (held.length === 0) {
          const { value, done } = await reader.read();
          isDone = done;
          if (value !== undefined) held = value;
          continue;
        }
        const { end, newlines } = cut(held, countMax - count);
        chunks.push(held.subarray(0, end));
        count += newlines;
        held = held.subarray(end);
      }
      // A last line may have no end.
      const isLast = isDone && held.length === 0;
      const ended = chunks.at(-1)?.at(-1) === NEWLINE;
      if (isLast && chunks.length > 0 && !ended) {
        chunks.push(new Uint8Array([NEWLINE]));
        count++;
      }
      return { chunks, count, isLast };
    },
    close: () => void reader.cancel(),
  };
}

/** Where the n-th line of `bytes` ends, or `bytes` do. */
function cut(bytes: Uint8Array, linesMax: number): { end: number; newlines: number } {
  let end = 0;
  let newlines = 0;
  while (newlines < linesMax) {
    const at = bytes.indexOf(NEWLINE, end);
    if (at < 0) return { end: bytes.length, newlines };
    end = at + 1;
    newlines++;
  }
  return { end, newlines };
}
