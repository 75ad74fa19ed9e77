import type { Measured } from "./run.js";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });
const fine = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const cells = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });

export const asWhole = (value: number): string => whole.format(value);
export const asShort = (value: number): string => short.format(value);
export const asCell = (value: number): string => cells.format(value);

/** `4.21 ms`, `1.3 s`. */
export function asDuration(ms: number): string {
  return ms < 1000 ? `${fine.format(ms)} ms` : `${fine.format(ms / 1000)} s`;
}

export function asTime(ms: number): string {
  return new Date(ms).toLocaleTimeString("en-GB");
}

/** Batches of one form that the comparison looks at. */
const COMPARED = 12;
/** Fewer records than this say nothing about the time of one. */
const RECORDS_MIN = 1_000;

/** The median time of a record in each form, in nanoseconds; undefined where there was no batch worth measuring. */
export interface Comparison {
  readonly kernelNs: number | undefined;
  readonly javascriptNs: number | undefined;
}

export function compare(measured: readonly Measured[]): Comparison {
  return { kernelNs: medianNs(measured, true), javascriptNs: medianNs(measured, false) };
}

function medianNs(measured: readonly Measured[], inKernel: boolean): number | undefined {
  const times = measured
    .filter((batch) => batch.inKernel === inKernel && batch.records >= RECORDS_MIN)
    .slice(-COMPARED)
    .map(({ busyMs, records }) => (busyMs * 1e6) / records)
    .sort((a, b) => a - b);
  return times[times.length >> 1];
}
