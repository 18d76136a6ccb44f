// The figure of the scaling series: one panel a series, one colour an engine; training is a full line,
// ingest a dashed one. The panel of rows is logarithmic on both axes, where a straight diagonal means
// linear cost.

import {
  axisOption,
  formatValue,
  ink,
  renderChart,
  seriesColors,
  titleOption,
} from "../../src/plot/chart.ts";
import type { CaseResult, TrainingResult } from "../result.ts";
import { axes } from "../scaling-cases.ts";

const PANEL = { width: 400, height: 210, gapX: 96, gapY: 92, left: 78, top: 92, perRow: 2 };

/** Draws seconds of training and of ingest as an SVG document. */
export function drawScaling(cases: readonly CaseResult<TrainingResult>[]): string {
  const names = Object.keys(axes).filter((name) => cases.some(({ axis }) => axis?.name === name));
  const engines = [...new Set(cases.flatMap(({ results }) => results.map(({ engine }) => engine)))];
  const lineCount = Math.ceil(names.length / PANEL.perRow);
  const machine = cases[0]?.machine;
  const rounds = cases[0]?.rounds;
  return renderChart(
    {
      title: titleOption(
        "How the time of training (full lines) and of ingest (dashed) grows",
        `seconds, training ${rounds} rounds; depth 6 and 256 bins unless varied; ${machine?.cpu}, ${machine?.cores} cores`,
      ),
      legend: { right: 24, top: 14, data: engines, itemHeight: 8, textStyle: { fontSize: 12, color: ink } },
      grid: names.map((_, i) => placePanel(i)),
      xAxis: names.map((name, i) => xAxisOf(name, i)),
      yAxis: names.map((name, i) => yAxisOf(name, i)),
      series: names.flatMap((name, panel) =>
        engines.flatMap((engine, i) =>
          ([trainSeconds, ingestSeconds] as const).map((seconds) => ({
            type: "line",
            name: engine,
            xAxisIndex: panel,
            yAxisIndex: panel,
            silent: true,
            symbol: "circle",
            symbolSize: seconds === trainSeconds ? 6 : 3,
            color: seriesColors[i],
            lineStyle:
              seconds === trainSeconds ? { width: 2.2 } : { width: 1.2, type: "dashed", opacity: 0.8 },
            emphasis: { disabled: true },
            data: pointsOf(cases, name, engine, seconds),
          })),
        ),
      ),
    },
    PANEL.left + PANEL.perRow * (PANEL.width + PANEL.gapX),
    PANEL.top + lineCount * (PANEL.height + PANEL.gapY),
  );
}

function placePanel(panel: number): Record<string, number> {
  const { width, height, gapX, gapY, left, top, perRow } = PANEL;
  return {
    left: left + (panel % perRow) * (width + gapX),
    top: top + Math.floor(panel / perRow) * (height + gapY),
    width,
    height,
  };
}

function isLogarithmic(name: string): boolean {
  return name === "rows" || name === "bins";
}

function xAxisOf(name: string, panel: number): Record<string, unknown> {
  return {
    ...axisOption(axes[name], 28),
    type: isLogarithmic(name) ? "log" : "value",
    scale: isLogarithmic(name),
    gridIndex: panel,
    ...(name === "threads" || name === "depth" ? { minInterval: 1 } : {}),
    axisLabel: { fontSize: 12, color: ink, formatter: formatValue },
  };
}

function yAxisOf(name: string, panel: number): Record<string, unknown> {
  return {
    ...axisOption("seconds", 52),
    type: name === "rows" ? "log" : "value",
    gridIndex: panel,
    axisLabel: { fontSize: 12, color: ink, formatter: formatValue },
  };
}

const trainSeconds = (result: TrainingResult): number => result.trainSeconds;
const ingestSeconds = (result: TrainingResult): number => result.ingestSeconds;

/** [value on the axis, seconds], ascending. */
function pointsOf(
  cases: readonly CaseResult<TrainingResult>[],
  name: string,
  engine: string,
  seconds: (result: TrainingResult) => number,
): (readonly [number, number])[] {
  const points = cases.flatMap(({ axis, results }) => {
    const result = results.find((each) => each.engine === engine);
    return axis?.name === name && result ? [[axis.value, seconds(result)] as const] : [];
  });
  return points.sort(([a], [b]) => a - b);
}
