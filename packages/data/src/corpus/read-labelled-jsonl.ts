import { DataError } from "@timestep/base";
import { type LabelledText, place, type Where } from "./labelled.js";
import { LABEL_NAMES, type TableOptions, TEXT_NAMES } from "./read-table.js";

/**
 * Reads one JSON object a line with a text and a label, under the usual names (text or sentence or review …, label or
 * sentiment …) or those of the options. Labels may be texts, numbers or true and false. Blank lines are skipped.
 *
 * @throws {DataError} JSONL_SYNTAX, JSONL_FIELD with file and line.
 */
export function readLabelledJsonl(text: string, file: string, options: TableOptions = {}): LabelledText[] {
  const textKeys = options.textColumn === undefined ? TEXT_NAMES : [options.textColumn];
  const labelKeys = options.labelColumn === undefined ? LABEL_NAMES : [options.labelColumn];
  const texts: LabelledText[] = [];
  for (const [index, content] of text.split("\n").entries()) {
    if (content.trim() === "") continue;
    const where = { file, line: index + 1 };
    const value = parsed(content, where);
    const found = field(value, textKeys, where);
    const label = field(value, labelKeys, where);
    if (typeof found !== "string") throw fieldError(where, `the text is no string but ${typeof found}`);
    if (typeof label !== "string" && typeof label !== "number" && typeof label !== "boolean") {
      throw fieldError(
        where,
        `the label is neither a string nor a number but ${label === null ? "null" : typeof label}`,
      );
    }
    texts.push({ text: found, label: String(label), where });
  }
  return texts;
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
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw fieldError(where, "the line is no JSON object");
  }
  return value as Readonly<Record<string, unknown>>;
}

function field(value: Readonly<Record<string, unknown>>, keys: readonly string[], where: Where): unknown {
  const key = keys.find((name) => Object.hasOwn(value, name));
  if (key !== undefined) return value[key];
  const there = Object.keys(value).slice(0, 8).join(", ");
  throw fieldError(
    where,
    `none of the keys ${keys.join(", ")} is there, only ${there === "" ? "none" : there}`,
  );
}

const SHAPE = 'Each line is {"text": "...", "label": "..."}; other keys can be named in the settings.';

function fieldError(where: Where, what: string): DataError {
  return new DataError("JSONL_FIELD", `${place(where)}: ${what}.`, { hint: SHAPE });
}
