import uPlot from "uplot";
export interface ChartSeries {
  readonly label: string;
  /** The name of a custom property of the page. */
  readonly colour: string;
}

export interface ChartData {
  /** Places of the batches, from 0. */
  readonly at: readonly number[];
  /** A row for each series; null where it has no value. */
  readonly values: ReadonlyArray<ReadonlyArray<number | null>>;
}

export interface Chart {
  show(data: ChartData): void;
  resize(): void;
  destroy(): void;
}

const HEIGHT = 112;
/** Behind a colour of six hexadecimal digits. */
const FILL_ALPHA = "1c";
/** The chart is never wider than so many batches apart. */
const BATCHES_MIN = 30;

/** A chart of batches, drawn in the colours that the page has now. */
export function chartIn(parent: HTMLElement, series: readonly ChartSeries[], unit: (value: number) => string): Chart {
  const styles = getComputedStyle(parent);
  const colour = (name: string): string => styles.getPropertyValue(name).trim();
  const font = `11px ${colour("--sans")}`;
  const axis = { stroke: colour("--muted"), font, ticks: { show: false } };
  const plot = new uPlot(
    {
      width: parent.clientWidth,
      height: HEIGHT,
      padding: [10, 8, 7, 0],
      cursor: { show: false },
      legend: { show: false },
      scales: {
        x: { time: false, range: (_, low, high) => [Math.min(low, high - BATCHES_MIN), high] },
        y: { range: (_, __, high) => [0, high > 0 ? high * 1.12 : 1] },
      },
      axes: [
        { show: false },
        {
          ...axis,
          size: 58,
          space: 34,
          gap: 8,
          grid: { stroke: colour("--grid"), width: 1 },
          border: { show: false },
          values: ({ data }, splits) => splits.map((value) => (data[0].length > 0 ? unit(value) : "")),
        },
      ],
      series: [
        {},
        ...series.map(({ label, colour: name }) => ({
          label,
          stroke: colour(name),
          fill: `${colour(name)}${FILL_ALPHA}`,
          width: 2,
          points: { show: true, size: 4, fill: colour(name), stroke: colour(name) },
          spanGaps: false,
        })),
      ],
    },
    [[], ...series.map(() => [])] as uPlot.AlignedData,
    parent,
  );
  return {
    show: ({ at, values }) => plot.setData([at, ...values] as unknown as uPlot.AlignedData),
    resize: () => plot.setSize({ width: parent.clientWidth, height: HEIGHT }),
    destroy: () => plot.destroy(),
  };
}
