import { DataError } from "@timestep/base";
import { CsvError, parse } from "csv-parse/browser/esm/sync";
import { count, type LabelledText, place, shown, type Where } from "./labelled.js";

export interface TableOptions {
  /** The column (or JSON key) that holds the text: its name, or its number from 1 where there is no heading. */
  readonly textColumn?: string | undefined;
  /** The column (or JSON key) that holds the label. */
  readonly labelColumn?: string | undefined;
}

/** Names by which columns of texts and of labels go, the most telling first. */
export const TEXT_NAMES: readonly string[] = ["text", "sentence", "review", "content", "comment", "phrase"];
export const LABEL_NAMES: readonly string[] = ["label", "sentiment", "class", "category", "polarity"];

interface Row {
  readonly fields: readonly string[];
  readonly where: Where;
}

/**
 * Reads a table of tab-separated values: no quoting, one text a line. Columns are found by their headings (text or
 * sentence or review …, label or sentiment …), by the options, or, in a table of two columns without headings, by their
 * content: labels hold no blanks.
 *
 * @throws {DataError} TABLE_COLUMNS when the columns of text and label cannot be told, TABLE_FIELDS when a line has more
 *   or fewer fields than the first one; with file and line.
 */
export function readTsv(text: string, file: string, options: TableOptions = {}): LabelledText[] {
  const rows: Row[] = [];
  for (const [index, content] of text.split("\n").entries()) {
    if (content.trim() !== "") rows.push({ fields: content.split("\t"), where: { file, line: index + 1 } });
  }
  return fromRows(rows, file, options);
}

/**
 * Reads a table of comma-separated values with quoting as RFC 4180 describes it: quoted fields may hold commas, line ends
 * and doubled quotes. Columns are found as {@link readTsv} does.
 *
 * @throws {DataError} TABLE_CSV when a quote is not closed or stands in the middle of a field; TABLE_COLUMNS,
 *   TABLE_FIELDS; with file and line.
 */
export function readCsv(text: string, file: string, options: TableOptions = {}): LabelledText[] {
  const rows: Row[] = [];
  let line = 1; // where the next record starts
  try {
    parse(text, {
      relax_column_count: true,
      record_delimiter: "\n",
      on_record: (fields: string[], { lines }) => {
        if (fields.length > 1 || fields[0]?.trim() !== "") rows.push({ fields, where: { file, line } });
        line = lines + 1;
      },
    });
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new DataError("TABLE_CSV", `${file}, line ${line}: ${csvReason(cause.code)}.`, {
      hint: 'Put fields that hold commas, quotes or line ends in quotes, and double the quotes inside: "a ""b"", c".',
      cause,
    });
  }
  return fromRows(rows, file, options);
}

function csvReason(code: string): string {
  if (code === "CSV_QUOTE_NOT_CLOSED")
    return "a quote opens in this record and is not closed up to the end of the file";
  if (code === "INVALID_OPENING_QUOTE") return "a quote stands in the middle of a field that is not quoted";
  if (code === "CSV_INVALID_CLOSING_QUOTE") return "text follows the closing quote of a field";
  return `no valid table of comma-separated values (${code})`;
}

function fromRows(rows: readonly Row[], file: string, options: TableOptions): LabelledText[] {
  const [first] = rows;
  if (first === undefined) return [];
  const { text, label, heading } = findColumns(rows, first, file, options);
  const texts: LabelledText[] = [];
  for (const { fields, where } of heading ? rows.slice(1) : rows) {
    if (fields.length !== first.fields.length) {
      const expected = count(first.fields.length, "field", "fields");
      throw new DataError(
        "TABLE_FIELDS",
        `${place(where)}: ${fields.length} fields, expected ${expected} as in line ${first.where.line}.`,
        {
          hint: "A tab or comma inside a text starts a new field. Write blanks for tabs; put texts with commas in quotes.",
        },
      );
    }
    texts.push({ text: fields[text] as string, label: fields[label] as string, where });
  }
  return texts;
}

interface Columns {
  readonly text: number;
  readonly label: number;
  readonly heading: boolean;
}

function findColumns(rows: readonly Row[], first: Row, file: string, options: TableOptions): Columns {
  const names = first.fields.map((field) => field.trim().toLowerCase());
  const byName = (wanted: string | undefined, usual: readonly string[]): number =>
    wanted === undefined
      ? (usual.map((name) => names.indexOf(name)).find((index) => index >= 0) ?? -1)
      : names.indexOf(wanted.trim().toLowerCase());
  const text = byName(options.textColumn, TEXT_NAMES);
  const label = byName(options.labelColumn, LABEL_NAMES);
  if (text >= 0 && label >= 0 && text !== label) return { text, label, heading: true };
  const numbers = [options.textColumn, options.labelColumn].map((wanted) =>
    wanted !== undefined && /^[1-9]\d*$/.test(wanted) ? Number(wanted) - 1 : undefined,
  );
  const [textNumber, labelNumber] = numbers;
  const width = first.fields.length;
  if (
    textNumber !== undefined &&
    labelNumber !== undefined &&
    textNumber !== labelNumber &&
    Math.max(textNumber, labelNumber) < width
  ) {
    return { text: textNumber, label: labelNumber, heading: false };
  }
  if (width === 2 && options.textColumn === undefined && options.labelColumn === undefined) {
    const plain = [0, 1].map((column) =>
      rows.every(({ fields }) => /^\S+$/.test((fields[column] ?? "").trim())),
    );
    if (plain[0] === true && plain[1] === false) return { text: 1, label: 0, heading: false };
    if (plain[0] === false && plain[1] === true) return { text: 0, label: 1, heading: false };
  }
  const headings = first.fields
    .slice(0, 8)
    .map((field) => shown(field))
    .join(", ");
  throw new DataError(
    "TABLE_COLUMNS",
    `${file}: it is not clear which columns hold text and label; line ${first.where.line} reads ${headings}.`,
    {
      hint:
        "Write headings in the first line (text, label), or name the two columns: by heading, or by number from 1 " +
        "where there are no headings.",
    },
  );
}
