/** Batches of pairs from texts: `"a1 b2"` is `["a", 1], ["b", 2]`, `""` an empty batch. A key is one character. */
export function pairs(...batches: string[]): Array<Array<[string, number]>> {
  return batches.map((batch) =>
    batch
      .split(" ")
      .filter(Boolean)
      .map((text) => [text[0]!, Number(text.slice(1))]),
  );
}

/** Words as pairs with a one. */
export function ones(batches: string[][]): Array<Array<[string, number]>> {
  return batches.map((words) => words.map((word) => [word, 1]));
}
