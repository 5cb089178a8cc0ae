import { type Baseline, type Table } from "@timestep/cli-kit";
import { type ReportSection, type ReportTable } from "@timestep/training/report";

/** Scores beside those of other methods, as a table of a report. */
export function scoresTable(
  name: string,
  metrics: Readonly<Record<string, number>>,
  baselines: readonly Baseline[],
): ReportTable {
  return {
    columns: ["score", name, ...baselines.map((baseline) => baseline.name)],
    rows: Object.entries(metrics).map(([metric, value]) => [
      metric,
      value,
      ...baselines.map((baseline) => baseline.metrics[metric] ?? ""),
    ]),
  };
}

/** A table for people as a section of a report. */
export function tableSection({ title = "", columns, rows }: Table): ReportSection {
  return {
    title: title.charAt(0).toUpperCase() + title.slice(1),
    table: { columns, rows: rows.map((row) => row.map((cell) => cell ?? "")) },
  };
}
