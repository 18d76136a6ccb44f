// The figure of a training history: one panel a metric, one line an evaluation set, the round on the
// x axis; the best round, where early stopping found one, as a dashed vertical line.

import {
  axisOption,
  type FigureSize,
  faintInk,
  formatValue,
  ink,
  renderChart,
  titleOption,
} from "./chart.ts";

/** Evaluation set → metric → its value after each round. */
export type MetricHistory = Readonly<Record<string, Readonly<Record<string, ArrayLike<number>>>>>;

export interface LearningCurveFigureOptions extends FigureSize {
  title?: string | undefined;
  /** Only these metrics; all by default. */
  metrics?: readonly string[] | undefined;
  /** Zero-based round to mark. */
  bestIteration?: number | undefined;
}

const PANEL_HEIGHT = 260;
const PANEL_GAP = 62;
const TOP = 84;

/**
 * Draws how metrics developed over the rounds as an SVG document.
 *
 * @example drawLearningCurve(result.history, { bestIteration: result.bestIteration })
 */
export function drawLearningCurve(history: MetricHistory, options: LearningCurveFigureOptions = {}): string {
  const sets = Object.keys(history);
  const all = [...new Set(sets.flatMap((set) => Object.keys(history[set])))];
  const metrics = options.metrics ? all.filter((metric) => options.metrics?.includes(metric)) : all;
  const panels = Math.max(1, metrics.length);
  const width = options.width ?? 860;
  const height = options.height ?? TOP + panels * (PANEL_HEIGHT + PANEL_GAP);
  const panelHeight = (height - TOP) / panels - PANEL_GAP;
  const rounds = Math.max(0, ...sets.flatMap((set) => metrics.map((m) => history[set][m]?.length ?? 0)));
  const best = options.bestIteration;
  const note = best === undefined ? "" : `, best round ${best + 1}`;
  return renderChart(
    {
      title: titleOption(options.title ?? "Learning curve", `${rounds} rounds${note}`),
      legend: {
        right: 24,
        top: 14,
        data: sets,
        icon: "roundRect",
        itemHeight: 4,
        itemGap: 20,
        textStyle: { fontSize: 12, color: ink },
      },
      grid: metrics.map((_, i) => ({
        left: 84,
        right: 32,
        top: TOP + i * (panelHeight + PANEL_GAP),
        height: panelHeight,
      })),
      xAxis: metrics.map((_, i) => ({ ...roundAxis(rounds), gridIndex: i })),
      yAxis: metrics.map((metric, i) => ({ ...metricAxis(metric), gridIndex: i })),
      series: metrics.flatMap((metric, i) =>
        sets.flatMap((set) => {
          const values = history[set][metric];
          return values === undefined ? [] : [lineSeries(set, values, i, best)];
        }),
      ),
    },
    width,
    height,
  );
}

function roundAxis(rounds: number): Record<string, unknown> {
  return {
    ...axisOption("Round", 28),
    type: "value",
    min: rounds > 1 ? 1 : 0,
    max: Math.max(2, rounds),
    minInterval: 1,
    splitLine: { show: false },
  };
}

function metricAxis(metric: string): Record<string, unknown> {
  return {
    ...axisOption(metric, 60),
    type: "value",
    scale: true,
    axisLabel: { fontSize: 12, color: ink, formatter: formatValue },
  };
}

function lineSeries(
  set: string,
  values: ArrayLike<number>,
  panel: number,
  best: number | undefined,
): Record<string, unknown> {
  return {
    type: "line",
    name: set,
    xAxisIndex: panel,
    yAxisIndex: panel,
    silent: true,
    showSymbol: values.length === 1,
    lineStyle: { width: 2 },
    emphasis: { disabled: true },
    data: Array.from(values, (value, round) => [round + 1, value]),
    ...(best === undefined
      ? {}
      : {
          markLine: {
            silent: true,
            symbol: "none",
            label: { show: false },
            lineStyle: { color: faintInk, type: "dashed", width: 1 },
            data: [{ xAxis: best + 1 }],
          },
        }),
  };
}
