import { DataError } from "@timestep/base";
import { baseName } from "../../corpus/choose-splits.js";
import { type Split } from "../../corpus/corpus.js";
import { count } from "../../corpus/labelled.js";
import { type DataFile, type DataSource, sha256 } from "../../io/source.js";
import { readWav } from "../wav/read-wav.js";
import { optionError, type SpokenExample } from "./spoken.js";

export interface DigitOptions {
  /**
   * Leaves this speaker out: test has all recordings of this speaker, train and dev have those of the others as they
   * otherwise would (the others' test recordings are not used). Default: the official split.
   */
  readonly holdOut?: string | undefined;
  /** Writes digits as numerals ("7") or as words ("seven"). Default "numerals". */
  readonly spelling?: "numerals" | "words" | undefined;
}

/** English names of the digits. */
export const DIGIT_WORDS: readonly string[] = [
  "zero",
  "one",
  "two",
  "three",
  "four",
  "five",
  "six",
  "seven",
  "eight",
  "nine",
];

/** Recordings 0 … 4 of each digit and speaker are the official test set; 45 … 49 of the rest are set aside here. */
const TEST_BELOW = 5;
const DEV_FROM = 45;

/** digit_speaker_index.wav */
const NAME = /^(\d)_([^_/]+)_(\d+)\.wav$/i;

/** Whether the recordings are named as the Free Spoken Digit Dataset names them. */
export function isDigitFolder(files: readonly DataFile[]): boolean {
  const recordings = files.filter(({ name }) => /\.wav$/i.test(name));
  return recordings.length > 0 && recordings.every(({ name }) => NAME.test(baseName(name)));
}

/**
 * Reads the Free Spoken Digit Dataset: `recordings/7_jackson_32.wav` is recording 32 of a seven by jackson. Recordings
 * 0 to 4 of each digit and speaker are test (the official split), 45 and above dev, the rest train.
 *
 * @throws {DataError} SPOKEN_SPEAKER when nobody of the name `holdOut` speaks.
 * @throws {ConfigError} SPOKEN_OPTION
 * @see Jackson et al. 2018, doi:10.5281/zenodo.1342401.
 */
export async function readDigits(
  source: DataSource,
  options: DigitOptions,
  found: { readonly checksums: Record<string, string>; readonly warnings: string[] },
): Promise<Map<Split, SpokenExample[]>> {
  const { holdOut, spelling = "numerals" } = options;
  if (!["numerals", "words"].includes(spelling))
    throw optionError("spelling", spelling, '"numerals" or "words"');
  const splits = new Map<Split, SpokenExample[]>([
    ["train", []],
    ["dev", []],
    ["test", []],
  ]);
  const speakers = new Set<string>();
  const names: string[] = [];
  let others = 0;
  // Sorted, so that the order in which a folder is listed changes nothing.
  for (const file of [...source.files].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const base = baseName(file.name);
    const [, digit, speaker, number] = NAME.exec(base) ?? [];
    if (digit === undefined || speaker === undefined || number === undefined) {
      if (/\.wav$/i.test(base)) others++;
      continue;
    }
    speakers.add(speaker);
    names.push(base);
    const split = splitOf(Number(number), speaker, holdOut);
    if (split === undefined) continue;
    splits.get(split)?.push({
      id: base.replace(/\.wav$/i, ""),
      text: spelling === "words" ? (DIGIT_WORDS[Number(digit)] as string) : digit,
      speaker,
      where: { file: file.name, line: 1 },
      audio: async () => readWav(await file.bytes(), file.name),
    });
  }
  if (holdOut !== undefined && !speakers.has(holdOut)) throw noSpeaker(source, holdOut, speakers);
  if (others > 0) {
    found.warnings.push(
      `${count(others, "recording was", "recordings were")} left out: the name is not digit_speaker_index.wav.`,
    );
  }
  found.checksums["names of recordings"] = await sha256(new TextEncoder().encode(names.sort().join("\n")));
  const sums = source.files.find(({ name }) => baseName(name) === "SHA256SUMS");
  if (sums !== undefined) found.checksums[sums.name] = await sha256(await sums.bytes());
  for (const [split, examples] of splits) if (examples.length === 0) splits.delete(split);
  return splits;
}

function splitOf(index: number, speaker: string, holdOut: string | undefined): Split | undefined {
  if (speaker === holdOut) return "test";
  if (index < TEST_BELOW) return holdOut === undefined ? "test" : undefined;
  return index >= DEV_FROM ? "dev" : "train";
}

function noSpeaker(source: DataSource, name: string, speakers: ReadonlySet<string>): DataError {
  return new DataError("SPOKEN_SPEAKER", `"${source.name}" has no speaker "${name}".`, {
    hint: `Speakers are ${[...speakers].sort().join(", ")}.`,
  });
}
