import { abi } from "#kernel";
import { columnKind, presenceOf, type RowType, type ScalarType, scalarOf } from "./row-type.js";

const COLUMN_C = 20;

/** A memory in which frames lie. */
export interface TypedReader {
  readonly view: DataView;
  region(ptr: number, bytes: number): Uint8Array;
}

/**
 * The type of a frame's rows with no more tags than they have: what comes from JSON may be anything, and is mostly one thing. Cost: a look at the tag of
 * each value whose column may hold several.
 */
export function observedType(type: RowType, reader: TypedReader, ptr: number, rows: number): RowType {
  let column = 0;
  const observed = (part: RowType): RowType => {
    switch (part.kind) {
      case "scalar": {
        const index = column++;
        if (columnKind(part) !== abi.COLUMN_ANY) return part;
        const at = ptr + abi.BLOCK_HEADER_BYTES + index * abi.BLOCK_COLUMN_BYTES + COLUMN_C;
        const seen = tagsIn(reader.region(ptr + reader.view.getUint32(at, true), rows));
        return seen === 0 ? part : scalarOf(seen);
      }
      case "tuple":
        return { kind: "tuple", items: part.items.map(observed) };
      case "record":
        return { kind: "record", fields: part.fields.map(([name, field]) => [name, observed(field)] as const) };
      case "optional": {
        const presence = observed(presenceOf(part)) as ScalarType;
        return { kind: "optional", of: observed(part.of), missing: presence.tags & part.missing };
      }
      case "list":
        throw new Error("Rows that have lists are looked at otherwise.");
    }
  };
  return observed(type);
}

function tagsIn(tags: Uint8Array): number {
  let seen = 0;
  for (let i = 0; i < tags.length; i++) seen |= 1 << tags[i]!;
  return seen;
}

/** Whether a type has lists anywhere. */
export function hasLists(type: RowType): boolean {
  if (type.kind === "list") return true;
  if (type.kind === "optional") return hasLists(type.of);
  if (type.kind === "tuple") return type.items.some(hasLists);
  return type.kind === "record" && type.fields.some(([, field]) => hasLists(field));
}
