// The figure of drift: how far each column is from its training rows, the farthest on top, with the two
// usual thresholds of the population stability index.

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

export interface DriftBar {
  readonly name: string;
  /** Null when too few rows were counted. */
  readonly stabilityIndex: number | null;
}

export interface DriftFigureOptions extends FigureSize {
  title?: string | undefined;
  /** How many columns at most; 20 by default. */
  maxColumns?: number | undefined;
}

/** Draws the stability indices of columns as an SVG document. */
export function drawDrift(columns: readonly DriftBar[], options: DriftFigureOptions = {}): string {
  const { maxColumns = 20, title = "Drift from the training rows" } = options;
  const measured = columns.flatMap(({ name, stabilityIndex }) =>
    stabilityIndex === null ? [] : [{ name, value: stabilityIndex }],
  );
  measured.sort((a, b) => b.value - a.value || (a.name < b.name ? -1 : 1));
  const shown = measured.slice(0, maxColumns);
  const names = shown.map(({ name }) => shorten(name, 36));
  const changed = measured.filter(({ value }) => value > 0.2).length;
  const subtitle = `${changed} of ${measured.length} columns above 0.2, the ${shown.length} that moved most`;
  const left = 36 + 6.6 * Math.max(6, ...names.map((name) => name.length));
  return renderChart(
    {
      title: titleOption(title, subtitle),
      grid: { left, right: 90, top: 76, bottom: 58 },
      xAxis: {
        ...axisOption("Population stability index (0.1 look at it, 0.2 changed)", 32),
        type: "value",
        min: 0,
        max: Math.max(0.25, ...shown.map(({ value }) => value * 1.02)),
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
      series: [barsOf(shown.map(({ value }) => value))],
    },
    options.width ?? 860,
    options.height ?? 150 + 24 * Math.max(3, shown.length),
  );
}

function barsOf(values: readonly number[]): Record<string, unknown> {
  return {
    type: "bar",
    silent: true,
    barCategoryGap: "28%",
    barMaxWidth: 26,
    emphasis: { disabled: true },
    markLine: {
      silent: true,
      symbol: "none",
      label: { show: false },
      lineStyle: { color: faintInk, type: "dashed" },
      data: [{ xAxis: 0.1 }, { xAxis: 0.2 }],
    },
    data: values.map((value) => ({
      value,
      itemStyle: { color: value > 0.2 ? seriesColors[1] : seriesColors[0] },
      label: { show: true, position: "right", fontSize: 11, color: faintInk, formatter: value.toFixed(3) },
    })),
  };
}
