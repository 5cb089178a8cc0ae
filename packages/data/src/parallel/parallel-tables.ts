import { ConfigError, DataError } from "@timestep/base";
import { count, place, shown, type Where } from "../corpus/labelled.js";
import { type SentencePair } from "./parallel-corpus.js";
import { linesOf } from "./parallel-lines.js";

/** Which of a row's texts are the source and the target. */
export interface ColumnOptions {
  /** The heading or key of the source, or its column counted from 1. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Names of the columns of a table without headings, from the left, for `from` and `to` to choose by. */
  readonly columns?: readonly string[] | undefined;
}

interface Found {
  readonly pairs: SentencePair[];
  readonly languages: { readonly from: string; readonly to: string };
}

/**
 * Reads tab-separated values: two columns or more, quotes as they are. The first line holds headings when they are the
 * two asked for, or `source` and `target`, which are then in the languages asked for. Without headings or options the
 * first column is the source and the second the target; `from: "2", to: "1"` turns them round, and `columns: ["en", "zh"]` lets them be chosen by name.
 *
 * @throws {DataError} PARALLEL_FIELDS with file and line when a row lacks one of the columns.
 * @throws {ConfigError} PARALLEL_COLUMNS when `from` or `to` is no column.
 */
export function readParallelTsv(text: string, file: string, options: ColumnOptions = {}): Found {
  const rows = linesOf(text).map((line) => line.split("\t"));
  const headings = (rows[0] ?? []).map((heading) => heading.trim().toLowerCase());
  const { from = "source", to = "target" } = options;
  const asked = headedColumns(headings, [from, to]);
  const plain = headedColumns(headings, ["source", "target"]);
  const heading = asked !== undefined || plain !== undefined;
  const isColumn = (name?: string): boolean =>
    name !== undefined && (headings.includes(name) || isNumber(name));
  const [fromColumn, toColumn] =
    asked ??
    (plain !== undefined && ![options.from, options.to].some(isColumn)
      ? plain
      : numberedColumns(options, file, headings.length));
  const pairs: SentencePair[] = [];
  for (const [index, fields] of rows.entries()) {
    if (index === 0 && heading) continue;
    const where = { file, line: index + 1 };
    // A blank line is a pair of empty texts, like an empty line in two files.
    const blank = fields.length === 1 && (fields[0] as string).trim() === "";
    const source = blank ? "" : fields[fromColumn];
    const target = blank ? "" : fields[toColumn];
    if (source === undefined || target === undefined) {
      const needed = Math.max(fromColumn, toColumn) + 1;
      throw new DataError(
        "PARALLEL_FIELDS",
        `${place(where)}: ${count(fields.length, "column", "columns")}, expected at least ${needed}; the line reads ${shown(fields.join("\t"))}.`,
        { hint: "Write one pair a line, the two sentences set apart by a tab." },
      );
    }
    pairs.push({ source, target, where: { source: where, target: where } });
  }
  return { pairs, languages: { from, to } };
}

/** The columns under two headings, where both are there and differ. */
function headedColumns(
  headings: readonly string[],
  names: readonly [string, string],
): readonly [number, number] | undefined {
  const [left, right] = names.map((name) => headings.indexOf(name.trim().toLowerCase())) as [number, number];
  return left >= 0 && right >= 0 && left !== right ? [left, right] : undefined;
}

/** Whether a column is named by its number. */
function isNumber(name: string | undefined): name is string {
  return name !== undefined && /^[1-9]\d{0,3}$/.test(name);
}

/** Columns by name or number, where no headings tell. */
function numberedColumns(
  { from, to, columns }: ColumnOptions,
  file: string,
  width: number,
): [number, number] {
  const find = (wanted: string | undefined): number | undefined => {
    if (wanted === undefined) return undefined;
    const named = columns?.indexOf(wanted) ?? -1;
    if (named >= 0) return named;
    if (isNumber(wanted)) return Number(wanted) - 1;
    const there =
      columns === undefined ? "the columns have no names" : `the columns are ${columns.join(", ")}`;
    throw new ConfigError("PARALLEL_COLUMNS", `${file}: there is no column "${wanted}": ${there}.`, {
      hint: 'Name the columns in the order of the file, such as ["en", "zh"], or choose them by number from 1.',
    });
  };
  const [left, right] = [find(from), find(to)];
  const chosen = [left ?? (right === 0 ? 1 : 0), right ?? (left === 1 ? 0 : 1)] as const;
  if (chosen[0] !== chosen[1] && Math.max(...chosen) < Math.max(width, 2)) return [...chosen];
  throw new ConfigError(
    "PARALLEL_COLUMNS",
    `${file}: columns ${chosen[0] + 1} and ${chosen[1] + 1} were asked for; line 1 has ${count(width, "column", "columns")}.`,
    { hint: "Source and target must be two different columns of the table." },
  );
}

/**
 * Reads one JSON object a line: `{"source", "target"}`, `{"translation": {"en", "de"}}` as Hugging Face writes it, or
 * `{"en", "de"}`. Languages that are not named follow from the first line: the first two keys, in its order. Texts under
 * `source` and `target` are in the languages that are asked for.
 *
 * @throws {DataError} JSONL_SYNTAX, JSONL_FIELD with file and line.
 */
export function readParallelJsonl(text: string, file: string, options: ColumnOptions = {}): Found {
  const pairs: SentencePair[] = [];
  let keys: Found["languages"] | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const where = { file, line: index + 1 };
    const value = parsed(line, where);
    keys ??= keysOf(value, options, where);
    const source = field(value, keys.from, where);
    const target = field(value, keys.to, where);
    pairs.push({ source, target, where: { source: where, target: where } });
  }
  const { from, to } = keys ?? { from: "source", to: "target" };
  return { pairs, languages: { from: options.from ?? from, to: options.to ?? to } };
}

function keysOf(
  value: Readonly<Record<string, unknown>>,
  { from, to }: ColumnOptions,
  where: Where,
): Found["languages"] {
  const texts = Object.keys(value).filter((key) => typeof value[key] === "string");
  const plain = texts.includes("source") && texts.includes("target");
  const isOther = (name: string | undefined, key: string): boolean =>
    name === undefined || name === key || !texts.includes(name);
  if (plain && isOther(from, "source") && isOther(to, "target")) {
    return { from: "source", to: "target" };
  }
  const left = from ?? texts.find((key) => key !== to);
  const right = to ?? texts.find((key) => key !== left);
  if (left !== undefined && right !== undefined && left !== right) return { from: left, to: right };
  throw fieldError(where, "there are no two texts");
}

/** The object of texts on a line, taken out of `translation` where it is there. */
function parsed(line: string, where: Where): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.slice(0, 200) : String(cause);
    throw new DataError("JSONL_SYNTAX", `${place(where)}: not valid JSON (${reason}).`, {
      hint: SHAPE,
      cause,
    });
  }
  if (!isRecord(value)) throw fieldError(where, "the line is no JSON object");
  const inner = value["translation"];
  return isRecord(inner) ? inner : value;
}

function field(value: Readonly<Record<string, unknown>>, key: string, where: Where): string {
  const text = Object.hasOwn(value, key) ? value[key] : undefined;
  if (typeof text === "string") return text;
  const there = Object.keys(value).slice(0, 8).join(", ");
  throw fieldError(
    where,
    text === undefined
      ? `there is no "${key}", only ${there === "" ? "nothing" : there}`
      : `"${key}" is no text`,
  );
}

const SHAPE =
  'Each line is {"source": "...", "target": "..."} or {"translation": {"en": "...", "de": "..."}}.';

function fieldError(where: Where, what: string): DataError {
  return new DataError("JSONL_FIELD", `${place(where)}: ${what}.`, { hint: SHAPE });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
