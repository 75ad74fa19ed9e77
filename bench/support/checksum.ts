/** What a word count computed, in one line, whatever the order of its words. */
export function checksumOf(counts: Iterable<readonly [word: string, count: number]>): string {
  let distinct = 0;
  let total = 0;
  let hash = 0;
  for (const [word, count] of counts) {
    distinct++;
    total += count;
    hash = (hash + Math.imul(fnv1a(word), count)) | 0;
  }
  return `${total} words, ${distinct} different, ${(hash >>> 0).toString(16).padStart(8, "0")}`;
}

/** Fowler, Noll and Vo's hash 1a over UTF-16 units. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

/** Word counts added up. */
export function merged(parts: Iterable<Iterable<readonly [word: string, count: number]>>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const part of parts) for (const [word, count] of part) counts.set(word, (counts.get(word) ?? 0) + count);
  return counts;
}
