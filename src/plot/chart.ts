// What all figures share: a drawing surface that needs no browser (the server-side renderer of
// echarts, which returns an SVG string) and one look. Figures are static: no animation, no events,
// no script, and the same input gives the same bytes.

import { BarChart, HeatmapChart, LineChart } from "echarts/charts";
import {
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TitleComponent,
  VisualMapComponent,
} from "echarts/components";
import { type EChartsCoreOption, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([
  BarChart,
  HeatmapChart,
  LineChart,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TitleComponent,
  VisualMapComponent,
  SVGRenderer,
]);

/** Pixels of a figure; each figure chooses a size that fits its content when these are absent. */
export interface FigureSize {
  width?: number | undefined;
  height?: number | undefined;
}

export const ink = "#1f2933";
export const faintInk = "#616e7c";
const gridLine = "#e4e7eb";
export const seriesColors: readonly string[] = [
  "#2a78c2",
  "#e07b39",
  "#2f9e6e",
  "#b5487f",
  "#7a5fc7",
  "#8c6d31",
];
/** From no share to the whole, light to dark, one hue: readable in grey and by the colour-blind. */
export const shareColors: readonly string[] = ["#f7fafc", "#c9def0", "#82b5dc", "#3b82bd", "#144a7c"];

const fontFamily = "Helvetica, Arial, DejaVu Sans, sans-serif";

/** Draws `option` as a complete SVG document of `width` × `height` pixels. */
export function renderChart(option: EChartsCoreOption, width: number, height: number): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: "#ffffff",
      textStyle: { fontFamily, color: ink },
      color: [...seriesColors],
      ...option,
    });
    return asStaticSvg(chart.renderToSVGString());
  } finally {
    chart.dispose();
  }
}

/** The title block of a figure: what is shown, and below it on what. */
export function titleOption(text: string, subtext: string): Record<string, unknown> {
  return {
    text,
    subtext,
    left: 16,
    top: 10,
    itemGap: 6,
    textStyle: { fontSize: 17, fontWeight: "bold", color: ink, fontFamily },
    subtextStyle: { fontSize: 12, color: faintInk, fontFamily },
  };
}

/** The common part of an axis with its name in the middle, `nameGap` pixels off the axis. */
export function axisOption(name: string, nameGap: number): Record<string, unknown> {
  return {
    name,
    nameGap,
    nameLocation: "middle",
    nameTextStyle: { fontSize: 13, color: ink },
    axisLabel: { fontSize: 12, color: ink },
    axisLine: { lineStyle: { color: faintInk } },
    axisTick: { lineStyle: { color: faintInk } },
    splitLine: { lineStyle: { color: gridLine } },
  };
}

/** A number as a reader wants it beside a bar: four significant digits, thousands separated. */
export function formatValue(value: number): string {
  if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e7)) return value.toExponential(2);
  const digits = Math.abs(value) >= 1000 ? 0 : Math.max(0, 3 - Math.floor(Math.log10(Math.abs(value) || 1)));
  const [whole, fraction] = value.toFixed(digits).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  const rest = fraction?.replace(/0+$/, "");
  return rest ? `${grouped}.${rest}` : grouped;
}

/** A text that fits an axis: cut in its middle, because long names often differ at their ends. */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  const tail = Math.floor((length - 1) / 2);
  return `${text.slice(0, length - 1 - tail)}…${text.slice(text.length - tail)}`;
}

/** Takes out what only a page would use, and the process-wide counters in names: same input, same bytes. */
function asStaticSvg(svg: string): string {
  return svg
    .replace(/<style[\s\S]*?<\/style>\s*/g, "")
    .replace(/ (class="zr[^"]*"|ecmeta_\w+="[^"]*")/g, "")
    .replace(/\bzr\d+-([a-z]+\d+)\b/g, "zr-$1");
}
