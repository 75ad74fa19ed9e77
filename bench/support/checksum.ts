/** What was computed, in one line, whatever the order of its keys: their number, the sum of their numbers, a hash of all of it. */
export function checksumOf(pairs: Iterable<readonly [key: string, number: number]>): string {
  let keys = 0;
  let total = 0;
  let hash = 0;
  for (const [key, number] of pairs) {
    keys++;
    total += number;
    hash = (hash + fnv1a(`${key} ${number}`)) | 0;
  }
  return `${keys} keys, ${total} in all, ${(hash >>> 0).toString(16).padStart(8, "0")}`;
}

/** Fowler, Noll and Vo's hash 1a over UTF-16 units. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

/** Counts by key added up. */
export function merged(parts: Iterable<Iterable<readonly [key: string, count: number]>>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const part of parts) for (const [key, count] of part) counts.set(key, (counts.get(key) ?? 0) + count);
  return counts;
}
