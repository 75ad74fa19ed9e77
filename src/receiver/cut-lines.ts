const NEWLINE = 10;
const CARRIAGE_RETURN = 13;

/**
 * Where in `bytes` line number `linesMax` ends, or their end where there are fewer, and how many lines end before. "\r\n" is one line end; a "\n" at the
 * very beginning belongs to a "\r" before it where `afterReturn`.
 */
export function cutLines(bytes: Uint8Array, linesMax: number, afterReturn: boolean): { bytes: number; lines: number } {
  let lines = 0;
  let at = afterReturn && bytes[0] === NEWLINE ? 1 : 0;
  for (; at < bytes.length && lines < linesMax; at++) {
    if (bytes[at] === NEWLINE) lines += 1;
    else if (bytes[at] === CARRIAGE_RETURN) {
      lines += 1;
      if (bytes[at + 1] === NEWLINE) at += 1;
    }
  }
  return { bytes: at, lines };
}

/** Whether a "\n" that comes next is the rest of a line end. */
export function endsInReturn(bytes: Uint8Array): boolean {
  return bytes[bytes.length - 1] === CARRIAGE_RETURN;
}
