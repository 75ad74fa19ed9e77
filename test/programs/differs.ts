// A program that does not make the same streams on each thread, as its address says: `?how=source`, `value`, `more` or `none`.
import { isMainThread } from "node:worker_threads";
import { capture, type DStream, type StreamingContext } from "millrace";

export default function program(
  ssc: StreamingContext,
  how = new URL(import.meta.url).searchParams.get("how"),
): DStream<string> | undefined {
  if (how === "none" && !isMainThread) return undefined;
  const lines = ssc.pushStream().filter((line) => line !== "");
  const suffix = isMainThread || how !== "value" ? "!" : "?";
  const marked = lines.map(
    capture(
      { suffix },
      ({ suffix }) =>
        (line: string) =>
          line + suffix,
    ),
  );
  const other = isMainThread || how !== "source";
  const upper = other ? marked.map((line) => line.toUpperCase()) : marked.map((line) => line.toLowerCase());
  return how === "more" && !isMainThread ? upper.filter((line) => line.length > 1) : upper;
}
