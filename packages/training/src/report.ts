import { curveChart } from "./charts.js";
import { escapeHtml } from "./escape-html.js";
import { figuresHtml, figureStyle, type ReportFigure } from "./report-figures.js";
import { type EvaluationRecord } from "./trainee.js";

export { type Curve, curveChart, type CurveChart, heatMap, type HeatMap } from "./charts.js";
export { escapeHtml } from "./escape-html.js";
export { type ReportFigure } from "./report-figures.js";

/** A part of a report that a task adds; what is given is shown in this order. */
export interface ReportSection {
  readonly title: string;
  /** Plain text; line breaks are kept. */
  readonly text?: string;
  /** A picture from `curveChart` or `heatMap`; put into the page as it is. */
  readonly svg?: string;
  readonly table?: ReportTable;
  /** Texts whose words are coloured by what they did. */
  readonly tinted?: readonly TintedText[];
  /** Pictures with what is said of them, side by side. */
  readonly figures?: readonly ReportFigure[];
}

/** A text in pieces, after a heading of its own. */
export interface TintedText {
  readonly heading: string;
  readonly pieces: readonly TintedPiece[];
}

/** A piece of a text: `tint` from -1 (orange) over 0 (none) to 1 (blue). */
export interface TintedPiece {
  readonly text: string;
  readonly tint: number;
}

/** Rows of cells under column names. */
export interface ReportTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** What a report shows. */
export interface Report {
  readonly title: string;
  /** The fully resolved config of the run. */
  readonly config: unknown;
  readonly history: readonly EvaluationRecord[];
  readonly sections?: readonly ReportSection[];
}

/**
 * A report on a training run as one self-contained HTML page: curves, the task's sections, every evaluation, the config.
 *
 * The page runs no scripts and loads nothing; its pictures are static SVG, and it follows the reader's choice of light
 * or dark. All text is escaped.
 */
export function reportHtml({ title, config, history, sections = [] }: Report): string {
  const body = [
    summary(history),
    ...(history.length > 0
      ? [`<section><h2>Training</h2><div class="charts">${curves(history)}</div></section>`]
      : []),
    ...sections.map(sectionHtml),
    ...(history.length > 0 ? [sectionHtml({ title: "Evaluations", table: historyTable(history) })] : []),
    `<section><h2>Config</h2><pre>${escapeHtml(JSON.stringify(config ?? null, undefined, 2))}</pre></section>`,
  ];
  return page(title, body);
}

/** Sections alone as a page of the same kind: what a report is without a training run. */
export function sectionsHtml(title: string, sections: readonly ReportSection[]): string {
  return page(title, sections.map(sectionHtml));
}

function page(title: string, body: readonly string[]): string {
  return [
    "<!doctype html>",
    '<html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeHtml(title)}</title><style>${style}</style></head>`,
    `<body>${[`<h1>${escapeHtml(title)}</h1>`, ...body].join("\n")}</body></html>\n`,
  ].join("\n");
}

const style = `
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1320px; margin: 2rem auto; padding: 0 1rem; }
.charts { display: flex; flex-wrap: wrap; gap: 1rem; }
svg { max-width: 100%; height: auto; }
svg text { fill: currentColor; }
section { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { padding: 0.2rem 0.7rem; border-bottom: 1px solid #8884; text-align: left; vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
pre, .text { white-space: pre-wrap; overflow-wrap: anywhere; }
${figureStyle}`;

function summary(history: readonly EvaluationRecord[]): string {
  const best = history.findLast((record) => record.best);
  const last = history.at(-1);
  if (best === undefined || last === undefined) return "<p>Nothing has been evaluated yet.</p>";
  const minutes =
    last.minutes < 1 ? `${Math.round(last.minutes * 60)} seconds` : `${last.minutes.toFixed(1)} minutes`;
  const skipped =
    last.skipped > 0 ? ` ${last.skipped} steps were skipped because something was not finite.` : "";
  return `<p>Best score <strong>${number(best.score)}</strong> after epoch ${best.epoch}; ${last.step} steps in ${minutes}.${skipped}</p>`;
}

function curves(history: readonly EvaluationRecord[]): string {
  const curve = (name: string, of: (record: EvaluationRecord) => number | null) => ({
    name,
    points: history.map((record) => [record.step, of(record)] as const),
  });
  return [
    curveChart({ title: "Training loss", xName: "step", curves: [curve("loss", (r) => r.loss)] }),
    curveChart({ title: "Score", xName: "step", curves: [curve("score", (r) => r.score)] }),
    curveChart({
      title: "Learning rate",
      xName: "step",
      curves: [curve("learning rate", (r) => r.learningRate)],
    }),
    curveChart({
      title: "Gradient norm before clipping",
      xName: "step",
      curves: [curve("gradient norm", (r) => r.gradientNorm)],
      scale: "log",
    }),
  ].join("\n");
}

function historyTable(history: readonly EvaluationRecord[]): ReportTable {
  const names = [...new Set(history.flatMap(({ metrics }) => Object.keys(metrics)))];
  return {
    columns: ["epoch", "step", "loss", "gradient norm", "learning rate", ...names, "score", ""],
    rows: history.map((record) => [
      record.epoch,
      record.step,
      record.loss ?? "",
      record.gradientNorm ?? "",
      record.learningRate ?? "",
      ...names.map((name) => record.metrics[name] ?? ""),
      record.score,
      [
        record.meanOf === undefined ? "" : `mean of ${record.meanOf} checkpoints`,
        record.best ? "best so far" : "",
      ]
        .filter((note) => note !== "")
        .join(", "),
    ]),
  };
}

function sectionHtml({ title, text, svg, table, tinted, figures }: ReportSection): string {
  const parts = [`<h2>${escapeHtml(title)}</h2>`];
  if (text !== undefined) parts.push(`<p class="text">${escapeHtml(text)}</p>`);
  if (svg !== undefined) parts.push(svg);
  if (table !== undefined) parts.push(tableHtml(table));
  if (tinted !== undefined) parts.push(...tinted.map(tintedHtml));
  if (figures !== undefined) parts.push(figuresHtml(figures));
  return `<section>${parts.join("\n")}</section>`;
}

function tintedHtml({ heading, pieces }: TintedText): string {
  const words = pieces.map(({ text, tint }) => {
    const strength = Math.round(60 * Math.min(1, Math.abs(tint))) / 100;
    // Two colours that can be told apart by most colour-blind readers, too (Okabe & Ito 2008).
    const colour = tint > 0 ? `rgba(0,114,178,${strength})` : `rgba(213,94,0,${strength})`;
    const plain = escapeHtml(text);
    return strength > 0 ? `<span style="background:${colour}">${plain}</span>` : plain;
  });
  return `<p class="text"><strong>${escapeHtml(heading)}</strong> ${words.join("")}</p>`;
}

function tableHtml({ columns, rows }: ReportTable): string {
  const head = columns.map((name) => `<th>${escapeHtml(name)}</th>`).join("");
  const cell = (value: string | number): string =>
    typeof value === "number" ? `<td class="number">${number(value)}</td>` : `<td>${escapeHtml(value)}</td>`;
  const body = rows.map((row) => `<tr>${row.map(cell).join("")}</tr>`).join("\n");
  return `<table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`;
}

function number(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}
