// The figure of drift: how far each column is from its training rows, the farthest on top, with the two
// usual thresholds of the population stability index.

import { drawBars, largestFirst } from "./bar-figure.ts";
import type { FigureSize } from "./chart.ts";

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

/** Above the first a column is worth a look, above the second it has changed. */
const THRESHOLDS = [0.1, 0.2] as const;

/** Draws the stability indices of columns as an SVG document. */
export function drawDrift(columns: readonly DriftBar[], options: DriftFigureOptions = {}): string {
  const { maxColumns = 20, title = "Drift from the training rows", ...size } = options;
  const measured = columns.flatMap(({ name, stabilityIndex }) =>
    stabilityIndex === null ? [] : [{ name, value: stabilityIndex }],
  );
  const hasChanged = ({ value }: { readonly value: number }): boolean => value > THRESHOLDS[1];
  const shown = largestFirst(measured, maxColumns);
  const changed = measured.filter(hasChanged).length;
  return drawBars(
    shown.map((bar) => ({ ...bar, text: bar.value.toFixed(3), isMarked: hasChanged(bar) })),
    {
      ...size,
      title,
      subtitle: `${changed} of ${measured.length} columns above 0.2, the ${shown.length} that moved most`,
      axis: "Population stability index (0.1 look at it, 0.2 changed)",
      right: 90,
      maximum: Math.max(0.25, ...shown.map(({ value }) => value * 1.02)),
      marks: THRESHOLDS,
    },
  );
}
