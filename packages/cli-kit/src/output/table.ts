import CliTable from "cli-table3";

/** A cell: numbers are shown to two decimals when they have any, null as a dash. */
export type Cell = string | number | null;

/** Rows under headings. A column whose cells are all numbers or null is aligned to the right. */
export interface Table {
  readonly title?: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** Decimals of every number; when absent, whole columns stay whole and others have two. */
  readonly decimals?: number;
}

/** A cell as text. */
export function formatCell(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return "-";
  if (typeof cell === "string") return cell;
  if (Number.isInteger(cell)) return String(cell);
  const size = Math.abs(cell);
  return size >= 0.01 || size === 0 ? cell.toFixed(2) : cell.toExponential(1);
}

/** Numbers of one column share their decimals, so that points stand under points. */
function formatColumn(cells: readonly (Cell | undefined)[], decimals: number | undefined): string[] {
  if (decimals !== undefined) {
    return cells.map((cell) => (typeof cell === "number" ? cell.toFixed(decimals) : formatCell(cell)));
  }
  const numbers = cells.filter((cell) => typeof cell === "number");
  const mixed =
    numbers.some((n) => !Number.isInteger(n)) && numbers.every((n) => n === 0 || Math.abs(n) >= 0.01);
  return cells.map((cell) => (mixed && typeof cell === "number" ? cell.toFixed(2) : formatCell(cell)));
}

const noLines = Object.fromEntries(
  [
    ...["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"],
    ...["left", "left-mid", "mid", "mid-mid", "right", "right-mid"],
  ].map((edge) => [edge, ""]),
);

/** A table in a plain style: no lines, two blanks between columns, no blanks at line ends. */
export function formatTable(table: Table, bold: (text: string) => string = (text) => text): string {
  const columns = table.columns.map((heading, index) => {
    const cells = table.rows.map((row) => row[index]);
    const numeric = cells.length > 0 && cells.every((cell) => typeof cell === "number" || cell === null);
    return { heading, numeric, texts: formatColumn(cells, table.decimals) };
  });
  const drawn = new CliTable({
    chars: { ...noLines, middle: "  " },
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
    colAligns: columns.map(({ numeric }) => (numeric ? "right" : "left")),
  });
  drawn.push(columns.map(({ heading }) => bold(heading)));
  table.rows.forEach((_, row) => drawn.push(columns.map(({ texts }) => texts[row] ?? "")));
  const lines = drawn
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
  return [...(table.title === undefined ? [] : [bold(table.title)]), ...lines].join("\n");
}
