import { type Split } from "@timestep/data";

/** A line of a table of clips. */
export interface ClipRow {
  readonly split: Split;
  /** Relative to the table. */
  readonly file: string;
  readonly seconds: number;
  readonly speaker: string;
  readonly text: string;
}

/** Tab-separated values with headings that `readSpokenCorpus` knows. */
export function clipTable(rows: readonly ClipRow[]): string {
  const lines = rows.map(
    ({ split, file, seconds, speaker, text }) =>
      `${split}\t${file}\t${seconds.toFixed(3)}\t${speaker}\t${text}\n`,
  );
  return `split\tfile\tseconds\tspeaker\ttranscript\n${lines.join("")}`;
}
