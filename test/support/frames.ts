import { abi } from "#kernel";
import { columnKinds, type RowType } from "../../src/block/row-type.js";
import type { Kernel } from "../../src/kernel/kernel.js";
import { JsonSlice, tagOf, type VectorValue } from "../../src/kernel/vector.js";
import { encodeWtf8 } from "../../src/kernel/wtf8.js";

/** One column of a frame: its kind, its buffers, the columns of its elements. */
interface ModelColumn {
  readonly kind: number;
  readonly buffers: readonly Uint8Array[];
  readonly children: number;
}

const align = (bytes: number) => Math.ceil(bytes / 64) * 64;
const bytesOf = (array: ArrayBufferView) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function offsetsOf(lengths: readonly number[]): Int32Array {
  const offsets = new Int32Array(lengths.length + 1);
  lengths.forEach((length, i) => {
    offsets[i + 1] = offsets[i]! + length;
  });
  return offsets;
}

function leaf(kind: number, values: readonly VectorValue[]): ModelColumn {
  const texts = values.map((value) =>
    typeof value === "string" || value instanceof JsonSlice
      ? encodeWtf8(typeof value === "string" ? value : value.text)
      : new Uint8Array(0),
  );
  const offsets = offsetsOf(texts.map(({ length }) => length));
  switch (kind) {
    case abi.COLUMN_UTF8:
      return { kind, buffers: [bytesOf(offsets), joined(texts)], children: 0 };
    case abi.COLUMN_F64:
      return { kind, buffers: [bytesOf(Float64Array.from(values as number[]))], children: 0 };
    case abi.COLUMN_BOOLEAN:
      return { kind, buffers: [Uint8Array.from(values, (value) => (value ? 1 : 0))], children: 0 };
    case abi.COLUMN_I64:
      return { kind, buffers: [bytesOf(BigInt64Array.from(values as bigint[]))], children: 0 };
    default: {
      const payloads = new DataView(new ArrayBuffer(8 * values.length));
      values.forEach((value, i) => {
        if (typeof value === "number") payloads.setFloat64(8 * i, value, true);
        else if (typeof value === "bigint") payloads.setBigInt64(8 * i, value, true);
        else if (typeof value === "boolean") payloads.setUint8(8 * i, value ? 1 : 0);
        else if (typeof value === "string" || value instanceof JsonSlice) {
          payloads.setInt32(8 * i, offsets[i]!, true);
          payloads.setInt32(8 * i + 4, texts[i]!.length, true);
        }
      });
      return { kind, buffers: [bytesOf(payloads), joined(texts), Uint8Array.from(values, tagOf)], children: 0 };
    }
  }
}

function columnsOf(type: RowType, rows: readonly unknown[]): ModelColumn[] {
  switch (type.kind) {
    case "scalar":
      return [leaf(columnKinds(type)[0]!, rows as VectorValue[])];
    case "tuple":
      return type.items.flatMap((item, i) =>
        columnsOf(
          item,
          rows.map((row) => (row as unknown[])[i]),
        ),
      );
    case "record":
      return type.fields.flatMap(([name, field]) =>
        columnsOf(
          field,
          rows.map((row) => (row as Record<string, unknown>)[name]),
        ),
      );
    case "optional":
      throw new Error("Frames of values that may be missing are made of programs.");
    case "list": {
      const lists = rows as ReadonlyArray<readonly unknown[]>;
      const children = columnsOf(type.of, lists.flat(1));
      const offsets = offsetsOf(lists.map(({ length }) => length));
      return [{ kind: abi.COLUMN_LIST, buffers: [bytesOf(offsets)], children: children.length }, ...children];
    }
  }
}

/** The frame of rows, made the obvious way, without a checksum. JSON is given as `JsonSlice`. */
export function modelFrame(type: RowType, rows: readonly unknown[]): Uint8Array {
  const columns = columnsOf(type, rows);
  let at = abi.BLOCK_HEADER_BYTES + align(columns.length * abi.BLOCK_COLUMN_BYTES);
  const placed = columns.map(({ kind, buffers, children }) => ({
    kind,
    children,
    buffers: buffers.map((bytes, i) => {
      const offset = at;
      at += align(bytes.length + (i === 1 ? abi.READ_AHEAD : 0));
      return { offset, bytes };
    }),
  }));
  const frame = new Uint8Array(at);
  const view = new DataView(frame.buffer);
  const header = [abi.BLOCK_MAGIC, abi.BLOCK_VERSION, rows.length, at, 0, abi.CODEC_PLAIN, 0, columns.length];
  header.forEach((word, i) => {
    view.setUint32(4 * i, word, true);
  });
  placed.forEach(({ kind, buffers, children }, i) => {
    const entry = abi.BLOCK_HEADER_BYTES + i * abi.BLOCK_COLUMN_BYTES;
    view.setUint32(entry, kind, true);
    buffers.forEach(({ offset, bytes }, j) => {
      view.setUint32(entry + 4 + 8 * j, offset, true);
      view.setUint32(entry + 8 + 8 * j, bytes.length, true);
      frame.set(bytes, offset);
    });
    view.setUint32(entry + 28, children, true);
  });
  return frame;
}

/** The model's frame of rows in a kernel's memory, sealed; the caller frees it. */
export function putFrame(kernel: Kernel, type: RowType, rows: readonly unknown[]): { ptr: number; bytes: number } {
  const frame = modelFrame(type, rows);
  const ptr = kernel.memory.allocate(frame.length);
  kernel.memory.copyIn(ptr, frame);
  kernel.call("blockSeal", ptr);
  return { ptr, bytes: frame.length };
}
