import { DataError } from "@timestep/base";

/** Two sentences that share most of their words and mean the opposite. */
export interface ContrastPair {
  /** By what the meaning is turned: negation, irony, concession … */
  readonly kind: string;
  /** What is judged: film, food, software … */
  readonly subject: string;
  readonly positive: string;
  readonly negative: string;
  /** Line of the pair's first sentence; lines count from 1. */
  readonly line: number;
}

const HEADINGS = ["pair", "kind", "subject", "label", "text"];

/**
 * Reads a contrast set: tab-separated values with the headings pair, kind, subject, label, text. The two sentences of a
 * pair stand on neighbouring lines with one number, kind and subject, one labelled positive, one negative.
 *
 * @throws {DataError} CONTRAST_HEADINGS, CONTRAST_FIELDS when a line has an empty field or another number of them,
 *   CONTRAST_PAIR when two lines are no pair, CONTRAST_TWICE when a sentence repeats; with file and line. DATA_EMPTY.
 */
export function readContrast(text: string, file: string): ContrastPair[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  const rows = lines.map((line) => line.split("\t"));
  const [headings = [], ...body] = rows;
  if (headings.join() !== HEADINGS.join()) {
    throw new DataError(
      "CONTRAST_HEADINGS",
      `${file}, line 1: expected the headings ${HEADINGS.join(", ")}.`,
      {
        hint: "They stand in this order with a tab between them.",
      },
    );
  }
  if (body.length === 0) {
    throw new DataError("DATA_EMPTY", `${file} holds no pairs.`, {
      hint: "Check that the file was copied whole.",
    });
  }
  const seen = new Map<string, number>();
  for (const [index, row] of body.entries()) checkRow(row, file, index + 2, seen);
  const pairs: ContrastPair[] = [];
  for (let index = 0; index < body.length; index += 2) {
    pairs.push(pairOf(body[index] as string[], body[index + 1], file, index + 2));
  }
  return pairs;
}

function checkRow(row: readonly string[], file: string, line: number, seen: Map<string, number>): void {
  if (row.length !== HEADINGS.length || row.some((field) => field.trim() === "")) {
    throw new DataError(
      "CONTRAST_FIELDS",
      `${file}, line ${line}: expected ${HEADINGS.length} fields with something in each.`,
      {
        hint: `A line holds ${HEADINGS.join(", ")}, with a tab between them.`,
      },
    );
  }
  const sentence = (row[4] as string).toLowerCase();
  const before = seen.get(sentence);
  if (before !== undefined) {
    throw new DataError(
      "CONTRAST_TWICE",
      `${file}, line ${line}: this sentence stands in line ${before} already.`,
      {
        hint: "A sentence that counts twice weighs twice; change or remove one.",
      },
    );
  }
  seen.set(sentence, line);
}

function pairOf(
  first: readonly string[],
  second: readonly string[] | undefined,
  file: string,
  line: number,
): ContrastPair {
  const [number, kind = "", subject = "", label, text = ""] = first;
  const same = second !== undefined && [0, 1, 2].every((column) => second[column] === first[column]);
  const other = second?.[4] ?? "";
  if (same && label === "positive" && second[3] === "negative")
    return { kind, subject, positive: text, negative: other, line };
  if (same && label === "negative" && second[3] === "positive")
    return { kind, subject, positive: other, negative: text, line };
  throw new DataError(
    "CONTRAST_PAIR",
    `${file}, line ${line}: pair ${number ?? ""} is not one positive and one negative sentence.`,
    {
      hint: "Both lines of a pair carry its number, kind and subject; one is labelled positive, the next negative, or the other way round.",
    },
  );
}
