// The figure of a confusion matrix: a heat map whose colour is the share of the true class, so that
// rare classes are as readable as common ones, with the counts written into the cells.

import { accuracyOf, type ConfusionMatrix } from "../metric/confusion-matrix.ts";
import {
  axisOption,
  type FigureSize,
  faintInk,
  formatValue,
  ink,
  renderChart,
  shareColors,
  shorten,
  titleOption,
} from "./chart.ts";

export interface ConfusionFigureOptions extends FigureSize {
  title?: string | undefined;
}

/** Beyond this many classes a cell is too small for text. */
const MAX_CLASSES_WITH_COUNTS = 16;

/**
 * Draws a confusion matrix as an SVG document.
 *
 * @example await writeFile("confusion.svg", drawConfusionMatrix(countConfusion(label, predicted, names)))
 */
export function drawConfusionMatrix(matrix: ConfusionMatrix, options: ConfusionFigureOptions = {}): string {
  const classCount = matrix.classNames.length;
  const names = matrix.classNames.map((name) => shorten(name, 18));
  const longest = Math.max(...names.map((name) => name.length));
  const cell = Math.min(86, Math.max(4, Math.floor(640 / classCount)));
  const left = 64 + 7 * longest;
  const bottom = 70 + (isTilted(names, cell) ? 5 * longest : 0);
  const side = cell * classCount;
  const width = options.width ?? Math.max(420, left + side + 110);
  const height = options.height ?? Math.max(300, 96 + side + bottom);
  const rows = matrix.counts.reduce((sum, count) => sum + count, 0);
  const subtitle = `${formatValue(rows)} rows, accuracy ${percent(accuracyOf(matrix), 2)}`;
  return renderChart(
    {
      title: titleOption(options.title ?? "Confusion matrix", subtitle),
      grid: { left, right: 110, top: 84, bottom, show: true, borderColor: faintInk, borderWidth: 1 },
      xAxis: {
        ...axisOption("Predicted class", bottom - 36),
        type: "category",
        data: names,
        axisLabel: { fontSize: 12, color: ink, rotate: isTilted(names, cell) ? 40 : 0 },
        axisTick: { show: false },
      },
      yAxis: {
        ...axisOption("True class", left - 28),
        type: "category",
        data: names,
        inverse: true,
        axisTick: { show: false },
      },
      visualMap: {
        min: 0,
        max: 100,
        dimension: 2,
        right: 12,
        top: "middle",
        itemHeight: Math.min(220, height - 190),
        itemWidth: 14,
        calculable: false,
        text: ["100 % of\nthe true\nclass", "0 %"],
        textStyle: { fontSize: 11, color: ink },
        inRange: { color: [...shareColors] },
      },
      series: [
        {
          type: "heatmap",
          silent: true,
          data: cellsOf(matrix),
          itemStyle: { borderColor: "#ffffff", borderWidth: classCount > MAX_CLASSES_WITH_COUNTS ? 0 : 1 },
          emphasis: { disabled: true },
        },
      ],
    },
    width,
    height,
  );
}

function isTilted(names: readonly string[], cell: number): boolean {
  return names.some((name) => name.length * 7 > cell);
}

/** One heat map cell per pair of classes: [predicted, true, percent of the true class], with its text. */
function cellsOf(matrix: ConfusionMatrix): unknown[] {
  const classCount = matrix.classNames.length;
  const hasCounts = classCount <= MAX_CLASSES_WITH_COUNTS;
  return Array.from(matrix.counts, (count, i) => {
    const truth = Math.floor(i / classCount);
    const row = matrix.counts.subarray(truth * classCount, (truth + 1) * classCount);
    const support = row.reduce((sum, value) => sum + value, 0);
    const share = support === 0 ? 0 : count / support;
    const label = {
      show: hasCounts && count > 0,
      formatter: `${formatValue(count)}\n{share|${percent(share, share < 0.1 ? 1 : 0)}}`,
      color: share > 0.45 ? "#ffffff" : ink,
      fontSize: 13,
      rich: { share: { fontSize: 10.5, lineHeight: 15, color: share > 0.45 ? "#e4eef7" : faintInk } },
    };
    return { value: [i % classCount, truth, share * 100], label };
  });
}

function percent(share: number, digits: number): string {
  return `${(share * 100).toFixed(digits)} %`;
}
