/** What lays rows of a schema out in columns: a module that comes with the first rows that are pushed to such a stream. */
export { writeFrame } from "../block/row-encoder.js";
export { SchemaColumns } from "../block/schema-columns.js";
