import { DataError } from "@timestep/base";
import { type LabelledText, place, shown } from "./labelled.js";

/** What a line of the table looks like up to its text. */
export const IMDB_LINE = /^[01]\t\d{1,2}\t[a-z]+\/\d+\t/;

/** Labels of the Large Movie Review Dataset, by their digit in the table. */
export const IMDB_LABELS: readonly string[] = ["negative", "positive"];

/**
 * Reads the Large Movie Review Dataset as a table without headings: label (0 or 1), rating, id, text, parted by tabs.
 * The tags that stand for line ends in its texts become line ends.
 *
 * @throws {DataError} IMDB_LINE with file and line when a line is not of that form.
 * @see Maas et al. 2011, "Learning word vectors for sentiment analysis", ACL, P11-1015.
 */
export function readImdb(text: string, file: string): LabelledText[] {
  const texts: LabelledText[] = [];
  for (const [index, content] of text.split("\n").entries()) {
    if (content.trim() === "") continue;
    const where = { file, line: index + 1 };
    const start = IMDB_LINE.exec(content)?.[0];
    if (start === undefined) {
      throw new DataError(
        "IMDB_LINE",
        `${place(where)}: expected label, rating, id and text, got ${shown(content)}.`,
        {
          hint: "A line is 0 or 1, a rating, an id such as neg/12 and the review, parted by tabs.",
        },
      );
    }
    texts.push({
      text: withLineEnds(content.slice(start.length)),
      label: IMDB_LABELS[Number(content[0])] as string,
      where,
    });
  }
  return texts;
}

/** A text whose HTML line breaks are line ends. */
export function withLineEnds(text: string): string {
  return text.replace(/<br ?\/?>/gi, "\n");
}
