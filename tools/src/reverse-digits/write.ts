import { type ManifestEntry, type Sample, writeSamples } from "../samples/manifest.js";
import { generateDigits } from "./generate.js";

const COMMAND = "node --conditions=@timestep/source --import tsx tools/src/reverse-digits/main.ts data";

/** The files of data/reverse-digits. A digit is a word, so any way to cut text into units serves. */
export function reverseSamples(seed: number): Sample[] {
  return Object.entries(generateDigits(seed)).map(([split, strings]) => ({
    path: `reverse-digits/${split}.tsv`,
    text: `source\ttarget\n${strings.map((digits) => `${spaced(digits)}\t${spaced(backwards(digits))}\n`).join("")}`,
    examples: strings.length,
    madeBy: { command: COMMAND, seed },
  }));
}

/** Writes the files below `folder` and their entries into its manifest.json; entries of other files stay. */
export function writeReverse(folder: string, seed: number): Promise<ManifestEntry[]> {
  return writeSamples(folder, reverseSamples(seed));
}

function spaced(digits: string): string {
  return [...digits].join(" ");
}

function backwards(digits: string): string {
  return [...digits].reverse().join("");
}
