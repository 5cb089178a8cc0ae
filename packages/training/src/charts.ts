import { HeatmapChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TitleComponent, VisualMapComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([
  GridComponent,
  HeatmapChart,
  LegendComponent,
  LineChart,
  SVGRenderer,
  TitleComponent,
  VisualMapComponent,
]);

/** A line in a chart: points [x, y]; a null y breaks the line. */
export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [number, number | null])[];
}

/** What a {@link curveChart} shows. */
export interface CurveChart {
  readonly title: string;
  readonly xName: string;
  readonly curves: readonly Curve[];
  /** Scale of the vertical axis; a logarithmic one leaves out values that are not above 0. */
  readonly scale?: "linear" | "log";
}

/** What a {@link heatMap} shows. */
export interface HeatMap {
  readonly title: string;
  /** Names of the rows, top to bottom. */
  readonly rows: readonly string[];
  /** Names of the columns, left to right. */
  readonly columns: readonly string[];
  /** One list per row. */
  readonly values: readonly (readonly number[])[];
  readonly rowName?: string;
  readonly columnName?: string;
}

/** Colours that can be told apart on white and on black, also by most colour-blind readers (Okabe & Ito 2008). */
const colours = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"];
const grey = "#888888";
const axis = {
  nameTextStyle: { color: grey },
  axisLabel: { color: grey },
  axisLine: { lineStyle: { color: grey } },
  splitLine: { lineStyle: { color: grey, opacity: 0.2 } },
};

/** Curves over a common axis, as a static SVG of 640 × 300. */
export function curveChart({ title, xName, curves, scale = "linear" }: CurveChart): string {
  const shown = curves.map(({ name, points }) => ({
    name,
    type: "line" as const,
    showSymbol: points.length < 40,
    data: points.map(([x, y]) => [
      x,
      y === null || !Number.isFinite(y) || (scale === "log" && y <= 0) ? null : y,
    ]),
  }));
  return render(640, 300, {
    title: titleOf(title),
    legend: { show: curves.length > 1, top: 24, textStyle: { color: grey } },
    grid: { left: 64, right: 24, top: 56, bottom: 48 },
    xAxis: {
      ...axis,
      type: "value",
      name: xName,
      nameLocation: "middle",
      nameGap: 28,
      min: "dataMin",
      max: "dataMax",
    },
    yAxis: { ...axis, type: scale === "log" ? "log" : "value", scale: true },
    series: shown,
  });
}

/** A matrix of numbers as coloured cells with their values, such as a confusion matrix or an alignment. */
export function heatMap({ title, rows, columns, values, rowName = "", columnName = "" }: HeatMap): string {
  const cells = values.flatMap((row, y) => row.map((value, x): [number, number, number] => [x, y, value]));
  const most = Math.max(0, ...cells.map(([, , value]) => value));
  const left = 24 + 7 * Math.max(4, ...rows.map((row) => row.length));
  const top = 56 + 5 * Math.max(4, ...columns.map((column) => column.length));
  const size = rows.length > 30 || columns.length > 30 ? 18 : 32;
  return render(left + 24 + size * columns.length, top + 24 + size * rows.length, {
    title: titleOf(
      [title, rowName && `rows: ${rowName}`, columnName && `columns: ${columnName}`]
        .filter(Boolean)
        .join(" · "),
    ),
    grid: { left, right: 24, top, bottom: 24 },
    xAxis: {
      ...axis,
      type: "category",
      position: "top",
      data: [...columns],
      axisLabel: { color: grey, interval: 0, rotate: 45 },
    },
    yAxis: {
      ...axis,
      type: "category",
      inverse: true,
      data: [...rows],
      axisLabel: { color: grey, interval: 0 },
    },
    visualMap: {
      show: false,
      min: 0,
      max: most || 1,
      inRange: { color: ["rgba(0,114,178,0.04)", "#0072b2"] },
    },
    series: [
      {
        type: "heatmap",
        data: cells,
        label: { show: size > 20, formatter: ({ data }: { data: unknown }) => cellText(data) },
      },
    ],
  });
}

function cellText(data: unknown): string {
  const value = Array.isArray(data) ? Number(data[2]) : Number.NaN;
  if (value === 0 || Number.isNaN(value)) return "";
  return Number.isInteger(value) ? String(value) : value.toPrecision(2);
}

function titleOf(text: string) {
  return { text, left: "center", textStyle: { color: grey, fontSize: 14, fontWeight: "normal" } };
}

function render(width: number, height: number, option: object): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    chart.setOption({
      animation: false,
      color: colours,
      backgroundColor: "transparent",
      textStyle: { fontFamily: "system-ui, sans-serif" },
      ...option,
    });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}
