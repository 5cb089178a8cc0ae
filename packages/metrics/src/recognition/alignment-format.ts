import { type AlignedPair } from "./alignment.js";

const LETTERS = { correct: "", substitution: "S", deletion: "D", insertion: "I" } as const;

/**
 * An alignment in the three lines that `sclite` prints, columns below each other, stars where a side has nothing, errors
 * marked S, D and I. Words are left as they are, where sclite sets wrong ones in capitals. Ends in a line break.
 *
 * ```text
 * REF:  the *** cat sat there
 * HYP:  the bat has sat *****
 * Eval:     I   S       D
 * ```
 */
export function formatAlignment(pairs: readonly AlignedPair[]): string {
  const columns = pairs.map((pair) => {
    const width = Math.max(letters(pair.reference), letters(pair.hypothesis), 1);
    const cell = (text: string | undefined) => {
      const shown = text ?? "*".repeat(width);
      return shown + " ".repeat(width - letters(shown));
    };
    return [cell(pair.reference), cell(pair.hypothesis), LETTERS[pair.operation].padEnd(width)] as const;
  });
  const line = (label: string, row: 0 | 1 | 2) =>
    `${label} ${columns.map((column) => column[row]).join(" ")}`.trimEnd();
  return [line("REF: ", 0), line("HYP: ", 1), line("Eval:", 2)].map((text) => `${text}\n`).join("");
}

function letters(text: string | undefined): number {
  return text === undefined ? 0 : [...text].length;
}
