import { DataError } from "@timestep/base";
import { place, shown, type Where } from "../../corpus/labelled.js";

/** What a line of a manifest says. */
export interface ManifestRow {
  readonly path: string;
  readonly text: string;
  readonly where: Where;
  /** As the manifest spells it. */
  readonly split?: string;
  readonly speaker?: string;
  readonly seconds?: number;
  /** Where in the recording it starts, in seconds. */
  readonly offset?: number;
}

/** Names by which columns and keys go, the most telling first. */
const NAMES = {
  path: ["audio_filepath", "audio_path", "audio", "wav", "file", "filename", "file_name", "path"],
  text: ["text", "transcript", "transcription", "sentence", "normalized_text"],
  split: ["split", "subset"],
  speaker: ["speaker", "speaker_id", "client_id"],
  seconds: ["duration", "seconds"],
  offset: ["offset", "start"],
} as const;

type Field = keyof typeof NAMES;

const FIELDS = Object.keys(NAMES) as Field[];

/**
 * Reads a manifest of tab-separated values. Columns are found by their headings (file or audio_filepath …, text or
 * transcript …); without headings, the column of recordings is the one whose values end in `.wav`, the split is one of
 * train, dev and test, seconds are numbers, and the text is what remains.
 *
 * @throws {DataError} MANIFEST_COLUMNS when they cannot be told, MANIFEST_FIELDS when a line has more or fewer fields
 *   than the first, MANIFEST_SECONDS when a number is none; with file and line.
 */
export function readManifestTable(text: string, file: string): ManifestRow[] {
  const lines = text
    .split("\n")
    .map((content, index) => ({ fields: content.split("\t"), where: { file, line: index + 1 } }))
    .filter(({ fields }) => fields.some((field) => field.trim() !== ""));
  const [first] = lines;
  if (first === undefined) return [];
  const named = columnsByName(first.fields);
  const columns =
    named ??
    columnsByContent(
      lines.map(({ fields }) => fields),
      first.where,
    );
  return (named === undefined ? lines : lines.slice(1)).map(({ fields, where }) => {
    if (fields.length !== first.fields.length) {
      throw new DataError(
        "MANIFEST_FIELDS",
        `${place(where)}: ${fields.length} fields, expected ${first.fields.length} as in line ${first.where.line}.`,
        { hint: "Fields are parted by one tab each; write blanks for tabs inside a text." },
      );
    }
    return rowOf((field) => {
      const column = columns[field];
      return column === undefined ? undefined : fields[column];
    }, where);
  });
}

/**
 * Reads one JSON object a line, with `audio_filepath` and `text` and, where given, `duration` and `offset` in seconds,
 * `speaker` and `split`; the usual other names of these keys do as well.
 *
 * @throws {DataError} JSONL_SYNTAX, JSONL_FIELD, MANIFEST_SECONDS with file and line.
 */
export function readManifestJsonl(text: string, file: string): ManifestRow[] {
  const rows: ManifestRow[] = [];
  for (const [index, content] of text.split("\n").entries()) {
    if (content.trim() === "") continue;
    const where = { file, line: index + 1 };
    const value = parsed(content, where);
    rows.push(
      rowOf((field) => {
        const key = NAMES[field].find((name) => Object.hasOwn(value, name));
        const found = key === undefined ? undefined : value[key];
        if (found === undefined || found === null) return undefined;
        if (typeof found === "string" || typeof found === "number") return found;
        throw fieldError(where, `"${key ?? field}" is neither a text nor a number`);
      }, where),
    );
  }
  return rows;
}

function rowOf(field: (name: Field) => string | number | undefined, where: Where): ManifestRow {
  const words = (name: Field): string | undefined => {
    const value = field(name);
    return value === undefined ? undefined : String(value).trim();
  };
  const number = (name: Field): number | undefined => {
    const value = words(name);
    if (value === undefined || value === "") return undefined;
    if (/^[\d.eE+-]+$/.test(value) && Number(value) >= 0) return Number(value);
    throw new DataError(
      "MANIFEST_SECONDS",
      `${place(where)}: ${name} is ${shown(value)}, expected seconds.`,
      {
        hint: "Durations and offsets are plain numbers of at least 0, with a point: 1.25",
      },
    );
  };
  const path = words("path");
  const text = words("text");
  if (path === undefined || path === "" || text === undefined) {
    throw fieldError(where, path === undefined || path === "" ? "no recording is named" : "there is no text");
  }
  const [split, speaker, seconds, offset] = [
    words("split"),
    words("speaker"),
    number("seconds"),
    number("offset"),
  ];
  return {
    path,
    text,
    where,
    ...(split === undefined || split === "" ? {} : { split }),
    ...(speaker === undefined || speaker === "" ? {} : { speaker }),
    ...(seconds === undefined ? {} : { seconds }),
    ...(offset === undefined ? {} : { offset }),
  };
}

type Columns = Partial<Record<Field, number>>;

function columnsByName(heading: readonly string[]): Columns | undefined {
  const names = heading.map((name) => name.trim().toLowerCase());
  const columns: Columns = {};
  for (const field of FIELDS) {
    const column = NAMES[field].map((name) => names.indexOf(name)).find((index) => index >= 0);
    if (column !== undefined) columns[field] = column;
  }
  return columns.path === undefined || columns.text === undefined ? undefined : columns;
}

const CONTENT: readonly (readonly [field: Field, pattern: RegExp])[] = [
  ["path", /\.wav$/i],
  ["split", /^(train|training|dev|val|valid|validation|test)$/i],
  ["seconds", /^\d+(\.\d+)?$/],
];

function columnsByContent(rows: readonly (readonly string[])[], where: Where): Columns {
  const columns: Columns = {};
  const rest: number[] = [];
  for (const column of (rows[0] ?? []).keys()) {
    const field = CONTENT.find(
      ([name, pattern]) =>
        columns[name] === undefined && rows.every((fields) => pattern.test((fields[column] ?? "").trim())),
    )?.[0];
    if (field === undefined) rest.push(column);
    else columns[field] = column;
  }
  const [text] = rest;
  if (columns.path !== undefined && text !== undefined && rest.length === 1) return { ...columns, text };
  const start = (rows[0] ?? [])
    .slice(0, 8)
    .map((field) => shown(field))
    .join(", ");
  throw new DataError(
    "MANIFEST_COLUMNS",
    `${place(where)}: it is not clear which columns hold recordings and texts; the line reads ${start}.`,
    { hint: "Write headings in the first line, such as: split, file, seconds, transcript." },
  );
}

function parsed(content: string, where: Where): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.slice(0, 200) : String(cause);
    throw new DataError("JSONL_SYNTAX", `${place(where)}: not valid JSON (${reason}).`, {
      hint: SHAPE,
      cause,
    });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw fieldError(where, "the line is no JSON object");
}

const SHAPE =
  'A line is {"audio_filepath": "a.wav", "text": "..."}, with an optional "duration", "offset" and "split".';

function fieldError(where: Where, what: string): DataError {
  return new DataError("JSONL_FIELD", `${place(where)}: ${what}.`, { hint: SHAPE });
}
