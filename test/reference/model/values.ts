/** The rows of a batch, in partitions. */
export type Partitions = unknown[][];
export type Pair = [key: unknown, value: unknown];

/** Text that is the same for two keys exactly when they are the same key. */
export function identity(key: unknown): string {
  if (typeof key === "string") return JSON.stringify(key);
  if (typeof key !== "object" || key === null) return `${typeof key} ${key}`; // -0 shows as 0
  if (key instanceof Date) return `date ${key.getTime()}`;
  if (key instanceof Uint8Array) return `bytes ${key.join(" ")}`;
  if (Array.isArray(key)) return `[${key.map(identity).join()}]`;
  const properties = Object.entries(key).filter(([, value]) => value !== undefined);
  return `{${properties.map(([name, value]) => `${identity(name)}:${identity(value)}`).sort()}}`;
}

/** The values of each key in order; keys in order of first arrival, -0 as 0. */
export function grouped(pairs: readonly unknown[]): Array<[key: unknown, values: unknown[]]> {
  const groups = new Map<string, [unknown, unknown[]]>();
  for (const [key, value] of pairs as Pair[]) {
    const id = identity(key);
    if (!groups.has(id)) groups.set(id, [key === 0 ? 0 : key, []]);
    groups.get(id)![1].push(value);
  }
  return [...groups.values()];
}

/** Of n rows, partition p of P has those from floor(p n / P) up to floor((p + 1) n / P). */
export function cut(rows: readonly unknown[], count: number): Partitions {
  const border = (p: number) => Math.floor((p * rows.length) / count);
  return Array.from({ length: count }, (_, p) => rows.slice(border(p), border(p + 1)));
}

/** Each row of each partition to the partition that `target` names, in the order of partitions, then rows. */
export function dealt(
  partitions: Partitions,
  count: number,
  target: (row: unknown, index: number, partition: number) => number,
): Partitions {
  const result: Partitions = Array.from({ length: count }, () => []);
  for (const [p, rows] of partitions.entries()) {
    for (const [i, row] of rows.entries()) result[target(row, i, p)]!.push(row);
  }
  return result;
}
