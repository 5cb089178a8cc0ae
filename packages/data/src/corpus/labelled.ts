import { DataError } from "@timestep/base";
import { type Split } from "./corpus.js";

/** Where an example starts; lines count from 1. */
export interface Where {
  readonly file: string;
  readonly line: number;
}

/** A text and its class. */
export interface LabelledText {
  readonly text: string;
  readonly label: string;
  readonly where: Where;
  /** The words as the file cuts them, where it does (parse trees). */
  readonly tokens?: readonly string[];
}

export type LabelledFormat = "tsv" | "csv" | "jsonl" | "folders" | "imdb" | "trees";

/** A corpus of labelled texts as read: some of the three splits, and what is worth telling the user about them. */
export interface LabelledCorpus {
  /** What the source is called. */
  readonly name: string;
  readonly format: LabelledFormat;
  readonly splits: Partial<Record<Split, LabelledText[]>>;
  /** Every label that may occur: those asked for, those of the format in their order, or those found, sorted. */
  readonly labels: readonly string[];
  /** SHA-256 of each file that was read, by its name; for folders, of each folder's list of names and checksums. */
  readonly checksums: Record<string, string>;
  /** Full sentences: what was left out or looks wrong, how often, and where first. */
  readonly warnings: string[];
}

/** Texts above this many characters are named in a warning: they are usually files that lost their line ends. */
const LONG_TEXT = 100_000;

/**
 * What every format's texts go through: labels must be there and belong to the set, ends are trimmed, and texts without
 * any character but blanks are left out and counted.
 *
 * @throws {DataError} LABELLED_NO_LABEL, LABELLED_LABEL with file and line; DATA_EMPTY when no text is left.
 */
export function checkedTexts(
  raw: readonly LabelledText[],
  name: string,
  labels: readonly string[] | undefined,
  warnings: string[],
): LabelledText[] {
  const allowed = labels && new Set(labels);
  const texts: LabelledText[] = [];
  const empty = new Tally();
  const long = new Tally();
  for (const example of raw) {
    const { where } = example;
    const label = example.label.trim();
    const text = example.text.trim();
    if (label === "") {
      throw new DataError("LABELLED_NO_LABEL", `${place(where)}: the label is empty.`, {
        hint: "Every text needs a label; remove the line, or choose the column that holds the label.",
      });
    }
    if (allowed !== undefined && !allowed.has(label)) throw outsideSet(label, labels ?? [], where);
    if (text === "") {
      empty.add(where);
      continue;
    }
    if (text.length > LONG_TEXT) long.add(where);
    texts.push({ ...example, label, text });
  }
  if (empty.count > 0) {
    warnings.push(
      `${name}: ${count(empty.count, "empty text was", "empty texts were")} left out${empty.first()}.`,
    );
  }
  if (long.count > 0) {
    const what = count(long.count, "text is", "texts are");
    warnings.push(
      `${name}: ${what} longer than ${LONG_TEXT} characters${long.first()}; check that the file kept its line ends.`,
    );
  }
  if (texts.length === 0) {
    throw new DataError("DATA_EMPTY", `${name} holds no texts.`, {
      hint: "Check that the file was copied whole and is the one you meant.",
    });
  }
  return texts;
}

/** Counts places and keeps the first. */
export class Tally {
  count = 0;
  private where: Where | undefined;

  add(where: Where): void {
    this.where ??= where;
    this.count++;
  }

  /** " (first: line 7)", or nothing. */
  first(): string {
    return this.where === undefined ? "" : ` (first: ${place(this.where)})`;
  }
}

/** A number with the word that fits it. */
export function count(items: number, one: string, many: string): string {
  return `${items} ${items === 1 ? one : many}`;
}

/** A place as errors show it. */
export function place({ file, line }: Where): string {
  return `${file}, line ${line}`;
}

/** Cuts what may be long and shows control characters. */
export function shown(text: string, most = 40): string {
  return JSON.stringify(text.length > most ? `${text.slice(0, most)}…` : text);
}

function outsideSet(label: string, labels: readonly string[], where: Where): DataError {
  const some = labels.slice(0, 8).join(", ");
  return new DataError(
    "LABELLED_LABEL",
    `${place(where)}: the label ${shown(label)} is none of ${some}${labels.length > 8 ? ", …" : ""}.`,
    { hint: "Correct the label, add it to the set, or choose the column that holds the label." },
  );
}
