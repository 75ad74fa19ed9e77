import { asDuration, asShort, asTime, asWhole, compare } from "../figures.js";
import { batchCount, intervalMs, latest, measured } from "../run.js";

/** What the last batch took. */
export function Figures() {
  const report = latest.value;
  const share = report ? Math.min(1, report.busyMs / intervalMs.value) : 0;
  return (
    <section class="card figures" aria-label="The last batch">
      <dl>
        <Figure
          name="Batch"
          value={report ? asWhole(batchCount.value) : "–"}
          unit={report ? asTime(report.timeMs) : ""}
        />
        <Figure
          name="Records"
          value={report ? asWhole(report.records) : "–"}
          unit={report ? `${asShort(report.bytes)}B` : ""}
        />
        <Figure
          name="Processing"
          value={report ? asDuration(report.busyMs) : "–"}
          unit={report ? `of ${asDuration(intervalMs.value)}` : ""}
        />
        <Figure
          name="Speed"
          value={report && report.records > 0 ? asShort((1000 * report.records) / report.busyMs) : "–"}
          unit={report && report.records > 0 ? "records/s" : ""}
        />
      </dl>
      <div class={share >= 1 ? "load full" : "load"} aria-hidden="true">
        <span style={{ width: `${Math.max(share * 100, report ? 0.5 : 0)}%` }} />
      </div>
      <Compared />
    </section>
  );
}

function Figure({ name, value, unit }: { name: string; value: string; unit: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <b>{value}</b> <small>{unit}</small>
      </dd>
    </div>
  );
}

/** The kernel and JavaScript beside each other, once both have run. */
function Compared() {
  const { kernelNs, javascriptNs } = compare(measured.value);
  if (kernelNs === undefined && javascriptNs === undefined) {
    return <p class="compared">Run the program, then turn the kernel off to see what it does.</p>;
  }
  return (
    <p class="compared" id="compared">
      <span>
        <span class="in-kernel">Kernel</span>{" "}
        {kernelNs === undefined ? "turn it on to compare" : `${asWhole(kernelNs)} ns a record`}
      </span>
      <span>
        <span class="in-javascript">JavaScript</span>{" "}
        {javascriptNs === undefined ? "turn the kernel off to compare" : `${asWhole(javascriptNs)} ns`}
      </span>
      {kernelNs !== undefined && javascriptNs !== undefined && <b>{ratio(javascriptNs / kernelNs)}</b>}
    </p>
  );
}

function ratio(times: number): string {
  return times >= 1
    ? `The kernel is ${times.toFixed(1)} times as fast`
    : `The kernel is ${(1 / times).toFixed(1)} times as slow`;
}
