// The figure of feature importance: horizontal bars, the most important feature on top.

import { drawBars, largestFirst } from "./bar-figure.ts";
import { type FigureSize, formatValue } from "./chart.ts";

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
  const { measure = "gain", maxFeatures = 20, title = "Feature importance", width, height } = options;
  const used = Object.entries(importance).flatMap(([name, value]) => (value > 0 ? [{ name, value }] : []));
  const shown = largestFirst(used, maxFeatures);
  const total = used.reduce((sum, { value }) => sum + value, 0);
  // Means do not add up to anything of which one could be a part.
  const isAdditive = ["weight", "totalGain", "totalCover"].includes(measure);
  return drawBars(
    shown.map(({ name, value }) => ({
      name,
      value,
      text: formatValue(value) + (isAdditive ? shareOf(value, total) : ""),
    })),
    {
      ...{ title, width, height },
      subtitle: subtitle(shown.length, used.length, options),
      axis: axisNames[measure],
      right: 120,
    },
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
