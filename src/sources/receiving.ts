/** What receives records from outside, but for receivers of the program's: a module that comes with the start of a context that has such streams. */
export { IterableSource } from "./iterable-stream.js";
export { RawSocketSource } from "./raw-socket-stream.js";
export { SocketSource } from "./socket-stream.js";
export { SocketTextSource } from "./socket-text-stream.js";
export { textSource } from "./text-stream.js";
