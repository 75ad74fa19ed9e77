import type { ArrowBatch, ArrowColumn, ArrowField, ArrowType } from "./columns.js";
import { type FlatTable, flatBuffer, i16, i32, i64, pairs, table, tables, text, u8 } from "./flat-writer.js";
import * as format from "./format.js";

const ALIGNMENT = 8;

/** An Arrow IPC stream: the schema, the batches, the end. Cost: each buffer is copied once. */
export function writeStream(fields: readonly ArrowField[], batches: readonly ArrowBatch[]): Uint8Array<ArrayBuffer> {
  const pieces: Uint8Array[] = [];
  const schema = table(undefined, tables(fields.map(fieldTable)));
  writeMessage(pieces, format.HEADER_SCHEMA, schema, []);
  for (const batch of batches) writeBatch(pieces, batch);
  pieces.push(bytesOfWords([format.CONTINUATION, 0]));
  const stream = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    stream.set(piece, at);
    at += piece.length;
  }
  return stream;
}

function writeBatch(pieces: Uint8Array[], { rows, columns }: ArrowBatch): void {
  const nodes: Array<readonly [number, number]> = [];
  const places: Array<readonly [number, number]> = [];
  const body: Uint8Array[] = [];
  let bytes = 0;
  const visit = ({ length, nullCount, buffers, children }: ArrowColumn): void => {
    nodes.push([length, nullCount]);
    for (const buffer of buffers) {
      places.push([bytes, buffer.length]);
      const padding = -buffer.length & (ALIGNMENT - 1);
      body.push(buffer, new Uint8Array(padding));
      bytes += buffer.length + padding;
    }
    children.forEach(visit);
  };
  columns.forEach(visit);
  writeMessage(pieces, format.HEADER_RECORD_BATCH, table(i64(rows), pairs(nodes), pairs(places)), body);
}

function writeMessage(pieces: Uint8Array[], headerType: number, header: FlatTable, body: readonly Uint8Array[]): void {
  const bodyBytes = body.reduce((sum, { length }) => sum + length, 0);
  const metadata = flatBuffer(table(i16(format.VERSION_5), u8(headerType), header, i64(bodyBytes)));
  pieces.push(bytesOfWords([format.CONTINUATION, metadata.length]), metadata, ...body);
}

function bytesOfWords(words: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * words.length));
  words.forEach((word, i) => {
    view.setUint32(4 * i, word, true);
  });
  return new Uint8Array(view.buffer);
}

function fieldTable({ name, type }: ArrowField): FlatTable {
  const [id, details] = typeTable(type);
  return table(text(name), u8(1), u8(id), details, undefined, tables(childrenOf(type).map(fieldTable)));
}

function childrenOf(type: ArrowType): readonly ArrowField[] {
  if (type.kind === "list") return [{ name: "item", type: type.of }];
  return type.kind === "struct" ? type.fields : [];
}

function typeTable(type: ArrowType): readonly [id: number, details: FlatTable] {
  switch (type.kind) {
    case "null":
      return [format.TYPE_NULL, table()];
    case "utf8":
      return [format.TYPE_UTF8, table()];
    case "binary":
      return [format.TYPE_BINARY, table()];
    case "bool":
      return [format.TYPE_BOOL, table()];
    case "f64":
      return [format.TYPE_FLOAT, table(i16(format.PRECISION_DOUBLE))];
    case "i64":
      return [format.TYPE_INT, table(i32(64), u8(1))];
    case "timestamp":
      return [format.TYPE_TIMESTAMP, table(i16(format.UNIT_MILLISECOND), text("UTC"))];
    case "list":
      return [format.TYPE_LIST, table()];
    case "struct":
      return [format.TYPE_STRUCT, table()];
  }
}
