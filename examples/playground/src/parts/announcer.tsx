import { useSignalEffect } from "@preact/signals";
import { useRef, useState } from "preact/hooks";
import { asDuration, asWhole } from "../figures.js";
import { batchCount, ended, latest, phase } from "../run.js";

/** While it runs, a batch out of so many is told. */
const BATCHES_BETWEEN = 15;

/** Tells those who do not see the page what happens, now and then. */
export function Announcer() {
  const [text, setText] = useState("");
  const told = useRef({ phase: phase.peek(), batch: 0 });
  useSignalEffect(() => {
    const now = phase.value;
    const count = batchCount.value;
    const report = latest.value;
    const isNews = now !== told.current.phase;
    const isBatch = count > 0 && (now === "paused" ? count !== told.current.batch : count % BATCHES_BETWEEN === 1);
    if (!isNews && !isBatch) return;
    told.current = { phase: now, batch: count };
    const batch = report ? ` Batch ${count}: ${asWhole(report.records)} records in ${asDuration(report.busyMs)}.` : "";
    setText(now === "failed" ? "" : `${sentence(now)}${batch}`);
  });
  return (
    <div role="status" class="unseen" id="status">
      {text} {ended.value}
    </div>
  );
}

function sentence(now: typeof phase.value): string {
  return { ready: "", starting: "Starting.", running: "Running.", paused: "Paused.", ended: "Stopped.", failed: "" }[
    now
  ];
}
