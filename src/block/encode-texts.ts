import { encodeWtf8 } from "../kernel/wtf8.js";

const encoder = new TextEncoder();
/** A string may have about twice as many units; nothing near that is joined. */
const UNITS_TOGETHER_MAX = 2 ** 28;
/** Put together before they are encoded: enough that the call costs nothing, so few that they stay in the cache. */
const RUN_UNITS = 4096;
const BYTES_MAX = 2 ** 31 - 1;

/** Texts as a column has them: WTF-8 one after the other, and where each begins; the last offset is the end of all. */
export interface EncodedTexts {
  readonly offsets: Int32Array;
  readonly bytes: Uint8Array;
}

/**
 * The texts as a column of a frame; undefined where they are more than one holds. Cost: of ASCII, the common case, offsets are lengths, and each byte
 * is written once.
 */
export function encodeTexts(texts: readonly string[]): EncodedTexts | undefined {
  const offsets = new Int32Array(texts.length + 1);
  let units = 0;
  for (let i = 0; i < texts.length; i++) {
    units += texts[i]!.length;
    offsets[i + 1] = units;
  }
  if (units > UNITS_TOGETHER_MAX) return undefined;
  const ascii = encodeAscii(texts, units);
  if (ascii !== undefined) return { offsets, bytes: ascii };
  const bytes = encoder.encode(texts.join(""));
  if (!texts.every((text) => text.isWellFormed())) return encodeEach(texts, offsets);
  let at = 0;
  for (let i = 0; i < texts.length; i++) {
    at += utf8Bytes(texts[i]!);
    offsets[i + 1] = at;
  }
  return { offsets, bytes };
}

/** The bytes of texts that have `units` units in all; undefined where they are not ASCII. */
function encodeAscii(texts: readonly string[], units: number): Uint8Array | undefined {
  const bytes = new Uint8Array(units);
  let at = 0;
  let run = "";
  const encodeRun = (): boolean => {
    const { read, written } = encoder.encodeInto(run, bytes.subarray(at));
    const isAscii = read === run.length && written === run.length;
    at += written;
    run = "";
    return isAscii;
  };
  for (let i = 0; i < texts.length; i++) {
    run += texts[i]!;
    if (run.length >= RUN_UNITS && !encodeRun()) return undefined;
  }
  return encodeRun() ? bytes : undefined;
}

/** Text by text: joined, a lone surrogate at the end of one would be half of a pair. */
function encodeEach(texts: readonly string[], offsets: Int32Array): EncodedTexts | undefined {
  const parts = texts.map(encodeWtf8);
  let end = 0;
  for (let i = 0; i < parts.length; i++) {
    end += parts[i]!.length;
    if (end > BYTES_MAX) return undefined;
    offsets[i + 1] = end;
  }
  const bytes = new Uint8Array(end);
  for (let i = 0; i < parts.length; i++) bytes.set(parts[i]!, offsets[i]!);
  return { offsets, bytes };
}

/** Bytes of well-formed text as UTF-8. */
function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // Each half of a pair counts two of its four bytes.
    if (unit >= 0x80) bytes += unit < 0x800 || (unit & 0xf800) === 0xd800 ? 1 : 2;
  }
  return bytes;
}
