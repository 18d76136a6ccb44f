// Horizontal bars with names at the left and a text at the end of each, the first on top: what the figures of
// importance and of drift have in common.

import {
  axisOption,
  type FigureSize,
  faintInk,
  formatValue,
  ink,
  renderChart,
  seriesColors,
  shorten,
  titleOption,
} from "./chart.ts";

export interface NamedBar {
  readonly name: string;
  readonly value: number;
  /** Stands at the end of the bar. */
  readonly text: string;
  /** In the second colour. */
  readonly isMarked?: boolean | undefined;
}

export interface BarFigureOptions extends FigureSize {
  readonly title: string;
  readonly subtitle: string;
  /** What the bars measure. */
  readonly axis: string;
  /** Room for the texts at the ends, in pixels. */
  readonly right: number;
  /** Where the axis ends; by default as the bars need it. */
  readonly maximum?: number | undefined;
  /** Values at which a line stands. */
  readonly marks?: readonly number[] | undefined;
}

/** The first `most` of the bars, the largest first; equal ones by name. */
export function largestFirst<T extends { readonly name: string; readonly value: number }>(
  bars: readonly T[],
  most: number,
): T[] {
  return bars.toSorted((a, b) => b.value - a.value || (a.name < b.name ? -1 : 1)).slice(0, most);
}

/** Draws bars as an SVG document. */
export function drawBars(bars: readonly NamedBar[], options: BarFigureOptions): string {
  const names = bars.map(({ name }) => shorten(name, 36));
  const left = 36 + 6.6 * Math.max(6, ...names.map((name) => name.length));
  return renderChart(
    {
      title: titleOption(options.title, options.subtitle),
      grid: { left, right: options.right, top: 76, bottom: 58 },
      xAxis: {
        ...axisOption(options.axis, 32),
        type: "value",
        min: 0,
        ...(options.maximum === undefined ? {} : { max: options.maximum }),
        axisLabel: { fontSize: 12, color: ink, formatter: formatValue },
      },
      yAxis: {
        type: "category",
        data: names,
        inverse: true,
        axisLabel: { fontSize: 12, color: ink, interval: 0 },
        axisLine: { lineStyle: { color: faintInk } },
        axisTick: { show: false },
      },
      series: [seriesOf(bars, options.marks)],
    },
    options.width ?? 860,
    options.height ?? 150 + 24 * Math.max(3, bars.length),
  );
}

function seriesOf(bars: readonly NamedBar[], marks: readonly number[] | undefined): Record<string, unknown> {
  return {
    type: "bar",
    silent: true,
    barCategoryGap: "28%",
    barMaxWidth: 26,
    emphasis: { disabled: true },
    ...(marks === undefined ? {} : { markLine: linesAt(marks) }),
    data: bars.map(({ value, text, isMarked }) => ({
      value,
      itemStyle: { color: isMarked ? seriesColors[1] : seriesColors[0] },
      label: { show: true, position: "right", fontSize: 11, color: faintInk, formatter: text },
    })),
  };
}

function linesAt(marks: readonly number[]): Record<string, unknown> {
  return {
    silent: true,
    symbol: "none",
    label: { show: false },
    lineStyle: { color: faintInk, type: "dashed" },
    data: marks.map((xAxis) => ({ xAxis })),
  };
}
