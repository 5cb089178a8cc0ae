import { ConfigError, DataError } from "@timestep/base";
import { checkTag, emptyError, type RawExample } from "./raw.js";

export interface ColumnOptions {
  /** Lines that start with this text between sentences or inside them are skipped. None by default: "#" is a token in tweets. */
  readonly comment?: string;
  /** Column of the token, counted from 0; negative counts from the end. Default 0. */
  readonly tokenColumn?: number;
  /** Column of the tag. Default -1, the last. */
  readonly tagColumn?: number;
}

/**
 * Reads the column layout of CoNLL and WNUT: one token a line, columns set apart by tabs, or by blanks where a line has
 * no tab; sentences end at a blank line; `-DOCSTART-` lines are skipped.
 *
 * @throws {DataError} COLUMNS_SHORT_LINE, COLUMNS_LONG_LINE when a line's columns differ in number from the first
 *   line's; COLUMNS_EMPTY_FIELD when a token or tag is empty; TAG_UNPARSABLE; DATA_EMPTY.
 * @throws {ConfigError} COLUMNS_OPTION when a column number is out of range.
 */
export function readColumns(text: string, file: string, options: ColumnOptions = {}): RawExample[] {
  const examples: RawExample[] = [];
  let current: { tokens: string[]; tags: string[]; tokenLines: number[] } | undefined;
  let shape: Shape | undefined;
  const finish = (): void => {
    if (current !== undefined) {
      examples.push({ ...current, origin: { file, line: current.tokenLines[0] as number } });
    }
    current = undefined;
  };
  for (const [index, content] of text.split("\n").entries()) {
    const line = index + 1;
    if (/^[ \t]*$/.test(content)) {
      finish();
      continue;
    }
    if (content.startsWith("-DOCSTART-")) continue;
    if (options.comment !== undefined && content.startsWith(options.comment)) continue;
    const fields = content.includes("\t") ? content.split("\t") : content.trim().split(/ +/);
    shape ??= firstShape(fields, file, line, options);
    checkWidth(fields, shape, content, file, line);
    const token = (fields[shape.token] as string).trim();
    const tag = (fields[shape.tag] as string).trim();
    if (token === "" || tag === "") {
      throw new DataError(
        "COLUMNS_EMPTY_FIELD",
        `${file}, line ${line}: the ${token === "" ? "token" : "tag"} is empty.`,
        {
          hint: "Write a token and a tag on every line, and leave the line between two sentences blank.",
        },
      );
    }
    checkTag(tag, token, file, line);
    current ??= { tokens: [], tags: [], tokenLines: [] };
    current.tokens.push(token);
    current.tags.push(tag);
    current.tokenLines.push(line);
  }
  finish();
  if (examples.length === 0) throw emptyError(file);
  return examples;
}

/** What the first line settles: how many columns there are and which two matter. */
interface Shape {
  readonly width: number;
  readonly line: number;
  readonly token: number;
  readonly tag: number;
}

function firstShape(fields: readonly string[], file: string, line: number, options: ColumnOptions): Shape {
  const width = fields.length;
  if (width < 2) throw shortLine(fields.join(" "), file, line, width, "at least 2 (a token and its tag)");
  const at = (column: number): number => (column < 0 ? width + column : column);
  const token = at(options.tokenColumn ?? 0);
  const tag = at(options.tagColumn ?? -1);
  for (const column of [token, tag]) {
    if (!Number.isInteger(column) || column < 0 || column >= width) {
      throw new ConfigError(
        "COLUMNS_OPTION",
        `${file} has ${width} columns; tokenColumn ${options.tokenColumn ?? 0} or tagColumn ${options.tagColumn ?? -1} is none of them.`,
        {
          hint: "Columns count from 0; negative numbers count from the end.",
        },
      );
    }
  }
  return { width, line, token, tag };
}

function checkWidth(
  fields: readonly string[],
  shape: Shape,
  content: string,
  file: string,
  line: number,
): void {
  if (fields.length === shape.width) return;
  const expected = `${shape.width}, as line ${shape.line} has`;
  if (fields.length < shape.width) throw shortLine(content, file, line, fields.length, expected);
  throw new DataError(
    "COLUMNS_LONG_LINE",
    `${file}, line ${line}: ${fields.length} columns in "${excerpt(content)}", expected ${expected}.`,
    { hint: "Separate columns by tabs if tokens contain blanks, and write the same columns on every line." },
  );
}

function shortLine(content: string, file: string, line: number, width: number, expected: string): DataError {
  return new DataError(
    "COLUMNS_SHORT_LINE",
    `${file}, line ${line}: ${width} ${width === 1 ? "column" : "columns"} in "${excerpt(content)}", expected ${expected}.`,
    { hint: "Write the token, then its tag (O where there is none), on every line." },
  );
}

function excerpt(content: string): string {
  return content.length <= 60 ? content : `${content.slice(0, 57)}...`;
}
