/**
 * Where two values differ, in words, or undefined where they are the same: type by type, -0 apart from 0, an undefined property apart
 * from an absent one, every byte; entries of maps and sets and properties in their order.
 */
export function differenceOf(a: unknown, b: unknown, place = "value"): string | undefined {
  if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) {
    return Object.is(a, b) ? undefined : `${place}: ${show(a)} is not ${show(b)}`;
  }
  const [kindA, kindB] = [kindOf(a), kindOf(b)];
  if (kindA !== kindB) return `${place}: ${kindA} is not ${kindB}`;
  if (a instanceof Date) return differenceOf(a.getTime(), (b as Date).getTime(), `${place} (a date)`);
  if (a instanceof Map || a instanceof Set)
    return differenceOf([...a], [...(b as Map<unknown, unknown>)], `${place} (entries)`);
  if (ArrayBuffer.isView(a) || a instanceof ArrayBuffer) {
    return Buffer.compare(bytesOf(a), bytesOf(b as ArrayBuffer)) === 0 ? undefined : `${place}: other bytes`;
  }
  const [namesA, namesB] = [Object.getOwnPropertyNames(a), Object.getOwnPropertyNames(b)];
  if (JSON.stringify(namesA) !== JSON.stringify(namesB)) return `${place}: properties ${namesA} are not ${namesB}`;
  for (const name of namesA) {
    const difference = differenceOf(ownValue(a, name), ownValue(b, name), `${place}[${JSON.stringify(name)}]`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** Own properties, also "__proto__". */
function ownValue(object: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(object, name)?.value;
}

function kindOf(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null ? "null" : ((prototype as object).constructor?.name ?? "nothing");
}

function bytesOf(value: ArrayBufferView | ArrayBuffer): Uint8Array {
  return value instanceof ArrayBuffer
    ? new Uint8Array(value)
    : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

function show(value: unknown): string {
  return Object.is(value, -0)
    ? "-0"
    : typeof value === "bigint"
      ? `${value}n`
      : (JSON.stringify(value) ?? String(value));
}
