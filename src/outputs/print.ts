import { formatRow } from "../block/format-row.js";
import type { Time } from "../time/time.js";

const RULE = "-------------------------------------------";

/** The part of an RDD that printing needs. */
interface Takeable {
  take(num: number): Promise<unknown[]>;
}

/**
 * The first `num` rows of a batch as Spark prints them: rule, time, rule, a row a line, "..." where there are more, an empty line. Source: apache/spark
 * `DStream.print`.
 */
export async function printed(rdd: Takeable, time: Time, num: number): Promise<string> {
  const rows = await rdd.take(num + 1);
  const lines = rows.slice(0, num).map(formatRow);
  if (rows.length > num) lines.push("...");
  return [RULE, `Time: ${time}`, RULE, ...lines, "", ""].join("\n");
}
