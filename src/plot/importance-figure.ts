// The figure of feature importance: horizontal bars, the most important feature on top.

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

/** What the bars measure: the kinds of Booster.importance, or the coefficients of a linear model. */
export type ImportanceMeasure = "weight" | "gain" | "cover" | "totalGain" | "totalCover" | "coefficient";

export interface ImportanceFigureOptions extends FigureSize {
  title?: string | undefined;
  measure?: ImportanceMeasure | undefined;
  /** How many features at most; 20 by default. */
  maxFeatures?: number | undefined;
  /** How many features the model has, when `importance` lists only those that it uses. */
  featureCount?: number | undefined;
}

const axisNames: Record<ImportanceMeasure, string> = {
  weight: "Number of splits on the feature",
  gain: "Average gain of a split on the feature (loss reduction)",
  cover: "Average cover of a split on the feature (sum of hessians)",
  totalGain: "Total gain of the splits on the feature (loss reduction)",
  totalCover: "Total cover of the splits on the feature (sum of hessians)",
  coefficient: "Magnitude of the coefficient (change of the margin per unit of the feature)",
};

/**
 * Draws the importance of features as an SVG document.
 *
 * @param importance value per feature name; features with value 0 are left out
 * @example drawImportance(booster.importance("totalGain"), { measure: "totalGain" })
 */
export function drawImportance(
  importance: Readonly<Record<string, number>>,
  options: ImportanceFigureOptions = {},
): string {
  const { measure = "gain", maxFeatures = 20 } = options;
  const used = Object.entries(importance).filter(([, value]) => value > 0);
  used.sort(([nameA, a], [nameB, b]) => b - a || (nameA < nameB ? -1 : 1));
  const shown = used.slice(0, maxFeatures);
  const names = shown.map(([name]) => shorten(name, 36));
  const total = used.reduce((sum, [, value]) => sum + value, 0);
  // Means do not add up to anything of which one could be a part.
  const isAdditive = ["weight", "totalGain", "totalCover"].includes(measure);
  const left = 36 + 6.6 * Math.max(6, ...names.map((name) => name.length));
  const width = options.width ?? 860;
  const height = options.height ?? 150 + 24 * Math.max(3, shown.length);
  return renderChart(
    {
      title: titleOption(options.title ?? "Feature importance", subtitle(shown.length, used.length, options)),
      grid: { left, right: 120, top: 76, bottom: 58 },
      xAxis: {
        ...axisOption(axisNames[measure], 32),
        type: "value",
        min: 0,
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
      series: [
        {
          type: "bar",
          silent: true,
          barCategoryGap: "28%",
          barMaxWidth: 26,
          itemStyle: { color: seriesColors[0] },
          emphasis: { disabled: true },
          data: shown.map(([, value]) => ({
            value,
            label: {
              show: true,
              position: "right",
              fontSize: 11,
              color: faintInk,
              formatter: formatValue(value) + (isAdditive ? shareOf(value, total) : ""),
            },
          })),
        },
      ],
    },
    width,
    height,
  );
}

function subtitle(shown: number, used: number, options: ImportanceFigureOptions): string {
  const of = options.featureCount ?? used;
  const first = shown < used ? `the first ${shown} of ${used} used features` : `all ${used} used features`;
  return of > used ? `${first}, ${of} in the table` : first;
}

function shareOf(value: number, total: number): string {
  return `  (${((100 * value) / total).toFixed(1)} %)`;
}
