// The charts of the page: learning curve, bars, residuals and the confusion matrix.

import { chartWidth, drawing, html, scrolling, shorten, show, svg } from "./elements.ts";

export interface Series {
  readonly name: string;
  readonly values: readonly number[];
}

const HEIGHT = 260;
const LEFT = 62;
const BOTTOM = HEIGHT - 40;
const TOP = 14;
const MARGIN = 12;

/** A metric by round: the training rows in a full line, the validation rows in a broken one. */
export function drawCurve(metric: string, series: readonly Series[], totalRounds: number): SVGElement {
  const width = chartWidth();
  const right = width - MARGIN;
  const all = series.flatMap(({ values }) => values);
  const low = Math.min(...all);
  const high = Math.max(...all, low + 1e-9);
  const x = (round: number) => LEFT + ((right - LEFT) * round) / Math.max(1, totalRounds - 1);
  const y = (value: number) => BOTTOM - ((BOTTOM - TOP) * (value - low)) / (high - low);
  const lines = series.map(({ values }, i) =>
    svg("polyline", {
      class: i === 0 ? "first" : "second",
      points: values.map((value, round) => `${x(round).toFixed(1)},${y(value).toFixed(1)}`).join(" "),
    }),
  );
  const names = series.flatMap(({ name, values }, i) => [
    svg("line", {
      class: i === 0 ? "first" : "second",
      x1: right - 178,
      x2: right - 150,
      y1: 20 + 18 * i,
      y2: 20 + 18 * i,
    }),
    svg("text", { x: right - 144, y: 24 + 18 * i }, `${name} ${show(values[values.length - 1])}`),
  ]);
  const ticks = [low, (low + high) / 2, high].flatMap((value) => [
    svg("line", { class: "axis", x1: LEFT, x2: right, y1: y(value), y2: y(value) }),
    svg("text", { class: "faint", x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, show(value)),
  ]);
  const rounds = [
    svg("text", { class: "faint", x: LEFT, y: BOTTOM + 18 }, "1"),
    svg("text", { class: "faint", x: right, y: BOTTOM + 18, "text-anchor": "end" }, String(totalRounds)),
    svg(
      "text",
      { class: "faint", x: (LEFT + right) / 2, y: BOTTOM + 32, "text-anchor": "middle" },
      `${metric} by round`,
    ),
  ];
  const said = series.map(({ name, values }) => `${name} ${show(values[values.length - 1])}`).join(", ");
  const title = `${metric} after ${series[0]?.values.length ?? 0} rounds: ${said}`;
  return drawing(title, width, HEIGHT, ...ticks, ...lines, ...names, ...rounds);
}

export interface Bar {
  readonly name: string;
  readonly value: number;
}

/** Horizontal bars from a common zero line; negative values go left. */
export function drawBars(title: string, bars: readonly Bar[]): SVGElement {
  const whole = chartWidth();
  const row = 24;
  const labels = Math.min(190, Math.round(whole * 0.45));
  const low = Math.min(0, ...bars.map(({ value }) => value));
  const high = Math.max(0, ...bars.map(({ value }) => value));
  const scale = (whole - labels - 120) / (high - low || 1);
  // Room for the numbers left of negative bars.
  const zero = labels + (low < 0 ? 50 : 6) - low * scale;
  const parts = bars.flatMap(({ name, value }, i) => {
    const top = 6 + row * i;
    const width = Math.abs(value) * scale;
    const end = value < 0 ? zero - width - 5 : zero + width + 5;
    return [
      svg("text", { x: 0, y: top + 13 }, shorten(name, Math.floor(labels / 7))),
      svg("rect", {
        class: value < 0 ? "down" : "up",
        x: value < 0 ? zero - width : zero,
        y: top,
        width,
        height: 17,
        rx: 2,
      }),
      svg(
        "text",
        { class: "faint", x: end, y: top + 13, "text-anchor": value < 0 ? "end" : "start" },
        show(value),
      ),
    ];
  });
  const axis = svg("line", { class: "axis", x1: zero, x2: zero, y1: 0, y2: row * bars.length + 6 });
  const said = bars.slice(0, 5).map(({ name, value }) => `${name} ${show(value)}`);
  return drawing(`${title}: ${said.join(", ")}`, whole, row * bars.length + 10, axis, ...parts);
}

const MAX_DOTS = 2000;

/** Predicted against true values, with the line on which they are equal. */
export function drawResiduals(label: ArrayLike<number>, predicted: ArrayLike<number>): SVGElement {
  const width = chartWidth();
  const right = width - MARGIN;
  const step = Math.max(1, Math.ceil(label.length / MAX_DOTS));
  const rows = Array.from({ length: Math.ceil(label.length / step) }, (_, i) => i * step);
  const all = rows.flatMap((row) => [label[row], predicted[row]]);
  const low = all.reduce((least, value) => Math.min(least, value), Infinity);
  const high = all.reduce((most, value) => Math.max(most, value), low + 1e-9);
  const x = (value: number) => LEFT + ((right - LEFT) * (value - low)) / (high - low);
  const y = (value: number) => BOTTOM - ((BOTTOM - TOP) * (value - low)) / (high - low);
  const dots = rows.map((row) =>
    svg("circle", { class: "dot", cx: x(label[row]).toFixed(1), cy: y(predicted[row]).toFixed(1), r: 2.5 }),
  );
  let squares = 0;
  for (let row = 0; row < label.length; row++) squares += (label[row] - predicted[row]) ** 2;
  const rmse = show(Math.sqrt(squares / label.length));
  return drawing(
    `Predicted against true values of ${label.length} validation rows, root mean squared error ${rmse}`,
    width,
    HEIGHT,
    svg("line", { class: "axis", x1: x(low), y1: y(low), x2: x(high), y2: y(high) }),
    ...dots,
    svg("text", { class: "faint", x: LEFT, y: BOTTOM + 18 }, show(low)),
    svg("text", { class: "faint", x: right, y: BOTTOM + 18, "text-anchor": "end" }, show(high)),
    svg(
      "text",
      { class: "faint", x: (LEFT + right) / 2, y: BOTTOM + 32, "text-anchor": "middle" },
      "true value across, predicted value up",
    ),
    svg("text", { x: LEFT + 8, y: TOP + 10 }, `root mean squared error ${rmse}`),
  );
}

/** Counts of true classes (rows) predicted as each class (columns), shaded by the share of the true class. */
export function confusionTable(names: readonly string[], counts: ArrayLike<number>): HTMLElement {
  const n = names.length;
  let right = 0;
  let all = 0;
  for (let i = 0; i < n * n; i++) {
    all += counts[i];
    if (i % (n + 1) === 0) right += counts[i];
  }
  const head = html(
    "tr",
    {},
    html("td", {}, "true ↓ predicted →"),
    ...names.map((name) => html("th", { scope: "col" }, name)),
  );
  const body = names.map((name, truth) => {
    const cells = names.map((_, guess) => counts[truth * n + guess]);
    const total = cells.reduce((sum, count) => sum + count, 0) || 1;
    const shade = (count: number) => `background: rgb(var(--heat) / ${((0.45 * count) / total).toFixed(3)})`;
    return html(
      "tr",
      {},
      html("th", { scope: "row" }, name),
      ...cells.map((count) => html("td", { style: shade(count) }, count.toLocaleString("en"))),
    );
  });
  const caption = `${all.toLocaleString("en")} validation rows, ${((100 * right) / (all || 1)).toFixed(1)} % right`;
  return scrolling(
    "Counts by true and predicted class",
    html("table", {}, html("caption", {}, caption), html("thead", {}, head), html("tbody", {}, ...body)),
  );
}
