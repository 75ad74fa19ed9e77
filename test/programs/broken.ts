// Modules that workers cannot use, as the address says: `?how=context`, `exit`, `throw`, `later` or `nothing`, whose
// default export is no function.
import { getEnvironmentData, isMainThread } from "node:worker_threads";
import { StreamingContext } from "millrace";

const how = new URL(import.meta.url).searchParams.get("how");
if (!isMainThread && how === "context") new StreamingContext({ batchInterval: 1000 });
if (!isMainThread && how === "exit") process.exit(3);
if (!isMainThread && how === "throw") throw new TypeError("not in a worker");
if (!isMainThread && how === "later" && getEnvironmentData("millrace-test-later")) throw new TypeError("not any more");

const program = (ssc: StreamingContext) => {
  const lines = ssc.pushStream();
  return { lines, lengths: lines.map((line) => [line].length) };
};

export default how === "nothing" ? undefined : program;
