// Modules that workers cannot use, as the address says: `?how=context`, `exit`, `throw` or `nothing`, whose default export is no function.
import { isMainThread } from "node:worker_threads";
import { StreamingContext } from "millrace";

const how = new URL(import.meta.url).searchParams.get("how");
if (!isMainThread && how === "context") new StreamingContext({ batchInterval: 1000 });
if (!isMainThread && how === "exit") process.exit(3);
if (!isMainThread && how === "throw") throw new TypeError("not in a worker");

const program = (ssc: StreamingContext) => ssc.pushStream().map((line) => [line].length);

export default how === "nothing" ? undefined : program;
