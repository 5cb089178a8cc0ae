import { type Inspection, type Report } from "../program.js";
import { type Colours } from "./colours.js";
import { type ResultWriter } from "./results.js";
import { formatCell, formatTable, type Table } from "./table.js";

/** The one object that `train --json` and `evaluate --json` print. */
export function reportJson(report: Report): object {
  const { task, split, metrics, settings, examples, seconds, engine, seed, baseline, baselines, notes } =
    report;
  return {
    ...{ task, split, metrics, settings, examples, seconds, engine, seed },
    ...(baseline === undefined ? {} : { baseline }),
    ...(baselines === undefined || baselines.length === 0 ? {} : { baselines }),
    ...(notes === undefined || notes.length === 0 ? {} : { notes }),
  };
}

/** A report for people: the scores beside the baseline's, the signature, tables and notes. */
export function reportText(report: Report, primaryMetric: string, colours: Colours): string {
  const { metrics } = report;
  const others = [...(report.baseline === undefined ? [] : [report.baseline]), ...(report.baselines ?? [])];
  const names = Object.keys(metrics).sort(
    (a, b) => Number(b === primaryMetric) - Number(a === primaryMetric),
  );
  const scores: Table = {
    decimals: 2,
    columns: ["metric", "score", ...others.map(({ name }) => name)],
    rows: names.map((name) => [
      name,
      metrics[name] ?? null,
      ...others.map((other) => other.metrics[name] ?? null),
    ]),
  };
  const about =
    `${report.examples} examples in ${formatCell(report.seconds)} s` +
    ` | engine ${report.engine}, seed ${report.seed}`;
  const head = `${report.task}, ${report.split} split`;
  const blocks = [
    `${colours.bold(head)}\n${formatTable(scores, colours.bold)}`,
    `${colours.dim(`scores: ${report.settings}`)}\n${colours.dim(about)}`,
    ...(report.tables ?? []).map((table) => formatTable(table, colours.bold)),
    ...(report.notes ?? []).map((note) => `note: ${note}`),
  ];
  return `${blocks.join("\n\n")}\n`;
}

/** Prints an inspection, for people or as one line of JSON. */
export async function writeInspection(
  { results, colours }: { readonly results: ResultWriter; readonly colours: Colours },
  inspection: Inspection,
  json: boolean,
): Promise<void> {
  if (json) await results.writeJson(inspectionJson(inspection));
  else await results.write(inspectionText(inspection, colours));
}

/** An inspection for people; warnings come last, where they are seen. */
function inspectionText(inspection: Inspection, colours: Colours): string {
  const sections = inspection.sections.map(({ title, text, table }) =>
    [colours.bold(title), text, table === undefined ? undefined : formatTable(table, colours.bold)]
      .filter((part) => part !== undefined)
      .join("\n"),
  );
  const warnings = (inspection.warnings ?? []).map((text) => `${colours.yellow("warning:")} ${text}`);
  return `${[...sections, ...(warnings.length === 0 ? [] : [warnings.join("\n")])].join("\n\n")}\n`;
}

/** The object that `inspect --json` prints: the task's own, with the warnings. */
function inspectionJson(inspection: Inspection): object {
  return { ...inspection.json, warnings: inspection.warnings ?? [] };
}

/** Any object as a table of dotted names and values, for results that have no table of their own. */
export function objectText(object: object, colours: Colours): string {
  const rows: (readonly [string, string | number | null])[] = [];
  const walk = (value: unknown, path: string): void => {
    if (typeof value === "number" || value === null || typeof value === "string") rows.push([path, value]);
    else if (typeof value !== "object") rows.push([path, String(value)]);
    else for (const [key, inner] of Object.entries(value)) walk(inner, path === "" ? key : `${path}.${key}`);
  };
  walk(object, "");
  return `${formatTable({ columns: ["figure", "value"], rows }, colours.bold)}\n`;
}
