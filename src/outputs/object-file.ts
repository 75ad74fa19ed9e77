/** What `saveAsObjectFile` and `saveAsObjectFiles` write and `Engine.objectFile` reads; rows that are kept on disk have the same form. */
export { objectFilePieces, readObjectFile } from "../block/object-file.js";
