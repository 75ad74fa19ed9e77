const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();
/** First byte of the three that hold a surrogate, and the least second one. */
const SURROGATE_LEAD = 0xed;
const SURROGATE_SECOND_MIN = 0xa0;

/** The string that WTF-8 holds: UTF-8, and lone surrogates as three bytes. Cost: a decode, and where that replaced something a loop. */
export function decodeWtf8(bytes: Uint8Array): string {
  const text = decoder.decode(bytes);
  for (let i = 0; i < bytes.length - 1; i++) {
    if (bytes[i] === SURROGATE_LEAD && bytes[i + 1]! >= SURROGATE_SECOND_MIN) return decodeByHand(bytes);
  }
  return text;
}

function decodeByHand(bytes: Uint8Array): string {
  let text = "";
  let from = 0;
  for (let i = 0; i < bytes.length - 1; i++) {
    if (bytes[i] !== SURROGATE_LEAD || bytes[i + 1]! < SURROGATE_SECOND_MIN) continue;
    text += decoder.decode(bytes.subarray(from, i));
    text += String.fromCharCode(0xd000 | ((bytes[i + 1]! & 0x3f) << 6) | (bytes[i + 2]! & 0x3f));
    from = i + 3;
    i += 2;
  }
  return text + decoder.decode(bytes.subarray(from));
}

/** The WTF-8 of a string. Cost: an encode, and for lone surrogates a search for what it replaced. */
export function encodeWtf8(text: string): Uint8Array {
  const bytes = encoder.encode(text);
  if (text.isWellFormed()) return bytes;
  // A lone surrogate became U+FFFD, which has three bytes too: only their values change.
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const point = text.codePointAt(i)!;
    if (point > 0xffff) i++;
    if ((point & 0xf800) === 0xd800) {
      bytes[at] = SURROGATE_LEAD;
      bytes[at + 1] = 0x80 | ((point >> 6) & 0x3f);
      bytes[at + 2] = 0x80 | (point & 0x3f);
    }
    at += point < 0x80 ? 1 : point < 0x800 ? 2 : point <= 0xffff ? 3 : 4;
  }
  return bytes;
}
