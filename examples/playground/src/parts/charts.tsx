import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type Chart, type ChartData, chartIn } from "../chart.js";
import { asDuration, asShort } from "../figures.js";
import { latest, type Measured, measured } from "../run.js";
import { theme } from "../settings.js";

const SERIES = [
  { label: "kernel", colour: "--kernel" },
  { label: "JavaScript", colour: "--javascript" },
];

/** How many records there are, and how long batches take. */
export function Charts() {
  const report = latest.value;
  return (
    <div class="charts">
      <ChartOf
        title="Records a second"
        now={
          report && measured.value.at(-1)?.recordsPerSecond !== undefined
            ? asShort(measured.value.at(-1)!.recordsPerSecond!)
            : "–"
        }
        value={(batch) => batch.recordsPerSecond}
        unit={asShort}
      />
      <ChartOf
        title="Delay of a batch"
        now={report ? asDuration(report.delayMs) : "–"}
        value={(batch) => batch.delayMs}
        unit={(ms) => (ms === 0 ? "0" : asDuration(ms))}
      />
    </div>
  );
}

interface ChartOfProps {
  readonly title: string;
  readonly now: string;
  readonly value: (batch: Measured) => number | undefined;
  readonly unit: (value: number) => string;
}

function ChartOf({ title, now, value, unit }: ChartOfProps) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<Chart>(undefined);
  // Colours are drawn: another theme is another chart.
  useEffect(() => {
    const made = chartIn(place.current!, SERIES, unit);
    chart.current = made;
    made.show(dataOf(measured.peek(), value));
    const observer = new ResizeObserver(() => made.resize());
    observer.observe(place.current!);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [theme.value]);
  useSignalEffect(() => chart.current?.show(dataOf(measured.value, value)));
  return (
    <figure class="card chart">
      <figcaption>
        {title} <b>{now}</b>
      </figcaption>
      <div ref={place} class="plot" role="img" aria-label={`${title}, now ${now}. A point for each batch.`} />
    </figure>
  );
}

function dataOf(batches: readonly Measured[], value: (batch: Measured) => number | undefined): ChartData {
  const of = (inKernel: boolean): Array<number | null> =>
    batches.map((batch) => (batch.inKernel === inKernel ? (value(batch) ?? null) : null));
  return { at: batches.map((_, index) => index), values: [of(true), of(false)] };
}
