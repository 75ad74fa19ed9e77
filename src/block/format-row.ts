/**
 * Rows as text, for `print` and `saveAsTextFiles`:
 *
 *     row                      prints
 *     [key, value]             (key,value)   each as a row of its own would, except that a pair in a pair is JSON
 *     string                   itself
 *     Date                     2015-07-15T00:00:00.000Z, or Invalid Date
 *     bytes                    base64
 *     any other                JSON, with these differences:
 *       bigint, NaN, Infinity, undefined (also holes)   their own words, without quotes
 *       Date, bytes                                     as above, in quotes
 *       Map, Set                                        an array of [key, value] arrays, an array
 *       a value inside itself                           [Circular]
 *
 * As in JSON, an object's properties that are undefined or functions are left out, -0 is 0, and `toJSON` is asked.
 */

import { OutputError } from "../errors.js";
import { bytesOf } from "./key.js";

/** Arrays and objects inside one another that a row may have as text. */
export const ROW_DEPTH_MAX = 1000;

/** Bytes that become base64 at once: a multiple of three, and few enough to be the arguments of one call. */
const BASE64_CHUNK_BYTES = 0x6000;

/**
 * The text of one row, without a newline (except those in its own strings).
 *
 * **Limits:** `ROW_DEPTH_MAX` levels. **Errors:** `OutputError` "row-too-deep". **Order:** linear in the size of the row.
 */
export function formatRow(row: unknown): string {
  if (Array.isArray(row) && row.length === 2) return `(${formatMember(row[0])},${formatMember(row[1])})`;
  return formatMember(row);
}

function formatMember(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value); // String(-0) is "0"
  return bareText(value) ?? json(value, []);
}

/** The text of an object that has no structure to show, or undefined. */
function bareText(value: object): string | undefined {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  const bytes = bytesOf(value);
  return bytes && base64(bytes);
}

/** `above` holds the objects that contain this value. */
function json(value: unknown, above: object[]): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value !== "object" || value === null) return String(value);
  const bare = bareText(value);
  if (bare !== undefined) return JSON.stringify(bare);
  if (above.includes(value)) return "[Circular]";
  if (above.length >= ROW_DEPTH_MAX) throw tooDeep();
  above.push(value);
  const text = jsonObject(value, above);
  above.pop();
  return text;
}

function jsonObject(value: object, above: object[]): string {
  if (Array.isArray(value) || value instanceof Set || value instanceof Map) return jsonArray(value, above);
  if (value instanceof Number || value instanceof String || value instanceof Boolean) {
    return json(value.valueOf(), above);
  }
  if ("toJSON" in value && typeof value.toJSON === "function") {
    const replaced: unknown = value.toJSON("");
    // An object that gives itself means its properties.
    return replaced === value ? jsonProperties(value, above) : json(replaced, above);
  }
  return jsonProperties(value, above);
}

function jsonArray(values: Iterable<unknown>, above: object[]): string {
  const parts: string[] = [];
  for (const value of values) parts.push(json(value, above));
  return `[${parts.join(",")}]`;
}

function jsonProperties(value: object, above: object[]): string {
  const parts: string[] = [];
  for (const name of Object.keys(value)) {
    const property = (value as Record<string, unknown>)[name];
    if (property === undefined || typeof property === "function" || typeof property === "symbol") continue;
    parts.push(`${JSON.stringify(name)}:${json(property, above)}`);
  }
  return `{${parts.join(",")}}`;
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += BASE64_CHUNK_BYTES) {
    text += btoa(String.fromCharCode(...bytes.subarray(at, at + BASE64_CHUNK_BYTES)));
  }
  return text;
}

function tooDeep(): OutputError {
  return new OutputError(
    `A row must be nested at most ${ROW_DEPTH_MAX} levels deep to be written as text, but one is deeper; ` +
      "map it to a flatter form before the output.",
    { code: "row-too-deep", details: { depthMax: ROW_DEPTH_MAX } },
  );
}
