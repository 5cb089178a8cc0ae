import { ConfigError, DataError } from "@timestep/base";
import { type Split } from "../../corpus/corpus.js";
import { count, place, shown, Tally, type Where } from "../../corpus/labelled.js";
import { type AudioClip } from "../wav/clip.js";

/** A recording and what is said in it. */
export interface SpokenExample {
  /** Tells the example within its corpus and is what errors call it. */
  readonly id: string;
  readonly text: string;
  readonly speaker?: string;
  /** How long it is, where the corpus says so without its being read. */
  readonly seconds?: number;
  /** The line that names it, or line 1 of the file that holds its text. */
  readonly where: Where;
  /**
   * Reads the recording, anew at each call.
   *
   * @throws {DataError} WAV_NOT_WAV, WAV_TRUNCATED, WAV_LENGTH, WAV_FORMAT, WAV_NO_SAMPLES, WAV_NOT_FINITE and what
   *   reading the file throws, naming the recording.
   */
  audio(): Promise<AudioClip>;
}

export type SpokenFormat = "digits" | "folder" | "tsv" | "jsonl";

/** A corpus of recordings with texts: some of the three splits, and what is worth telling the user about them. */
export interface SpokenCorpus {
  /** What the source is called. */
  readonly name: string;
  readonly format: SpokenFormat;
  readonly splits: Partial<Record<Split, SpokenExample[]>>;
  /** SHA-256 of each list of texts that was read, by its name; recordings are read when asked for, and not summed. */
  readonly checksums: Record<string, string>;
  /** Full sentences: what was left out or looks wrong, how often, and where first. */
  readonly warnings: string[];
}

export interface TranscriptOptions {
  /** Brings texts to one case. Default "keep". */
  readonly letterCase?: "keep" | "lower" | "upper" | undefined;
  /** The characters that may occur, the space among them if texts have several words. Default: any. */
  readonly alphabet?: string | undefined;
  /** What happens to a text with other characters. Default "error". */
  readonly outside?: "error" | "skip" | undefined;
}

/**
 * What every format's texts go through: Unicode form NFC, one blank between words, one case if asked for; texts without
 * a word are left out and counted, characters outside the alphabet are an error or counted.
 *
 * @throws {DataError} SPOKEN_ALPHABET with file and line; SPOKEN_TWICE when two examples have one id.
 */
export function checkedTranscripts(
  raw: readonly SpokenExample[],
  options: TranscriptOptions,
  name: string,
  warnings: string[],
): SpokenExample[] {
  const alphabet = options.alphabet === undefined ? undefined : new Set(options.alphabet.normalize("NFC"));
  const seen = new Map<string, Where>();
  const empty = new Tally();
  const outside = new Tally();
  const examples: SpokenExample[] = [];
  for (const example of raw) {
    const { id, where } = example;
    const twice = seen.get(id);
    if (twice !== undefined) {
      throw new DataError(
        "SPOKEN_TWICE",
        `${place(where)}: ${shown(id)} stands in ${place(twice)} already.`,
        {
          hint: "Keep one of the two lines, or give one of the recordings another name.",
        },
      );
    }
    seen.set(id, where);
    const text = tidy(example.text, options.letterCase ?? "keep");
    if (text === "") {
      empty.add(where);
      continue;
    }
    const strange = alphabet === undefined ? undefined : [...text].find((char) => !alphabet.has(char));
    if (strange !== undefined) {
      if (options.outside !== "skip") throw outsideAlphabet(id, text, strange, where);
      outside.add(where);
      continue;
    }
    examples.push({ ...example, text });
  }
  if (empty.count > 0) {
    const what = count(empty.count, "recording without text was", "recordings without text were");
    warnings.push(`${name}: ${what} left out${empty.first()}.`);
  }
  if (outside.count > 0) {
    const what = count(outside.count, "text has", "texts have");
    warnings.push(
      `${name}: ${what} characters outside the alphabet and ${outside.count === 1 ? "was" : "were"} left out${outside.first()}.`,
    );
  }
  return examples;
}

function tidy(text: string, letterCase: "keep" | "lower" | "upper"): string {
  const words = text.normalize("NFC").trim().replace(/\s+/gu, " ");
  if (letterCase === "keep") return words;
  return letterCase === "lower" ? words.toLowerCase() : words.toUpperCase();
}

function outsideAlphabet(id: string, text: string, strange: string, where: Where): DataError {
  return new DataError(
    "SPOKEN_ALPHABET",
    `${place(where)}: the text ${shown(text)} of ${shown(id)} has the character ${shown(strange)}, which is not in the alphabet.`,
    {
      hint: 'Correct the text, add the character to the alphabet, or leave such texts out with outside: "skip".',
    },
  );
}

/** The part of a recording from `start` on, `seconds` long, or up to its end. */
export function cutClip(clip: AudioClip, start: number, seconds: number | undefined, id: string): AudioClip {
  const from = Math.round(start * clip.sampleRateHz);
  const to = seconds === undefined ? clip.samples.length : from + Math.round(seconds * clip.sampleRateHz);
  // Durations in manifests are rounded; a hundredth of a second beyond the end is no lie.
  const most = clip.samples.length + clip.sampleRateHz / 100;
  if (from < 0 || from >= clip.samples.length || to <= from || to > most) {
    const lasts = (clip.samples.length / clip.sampleRateHz).toFixed(3);
    throw new DataError(
      "SPOKEN_CUT",
      `${shown(id)}: ${seconds ?? "the rest"} s from ${start} s on were asked of a recording of ${lasts} s.`,
      { hint: "Correct offset and duration in the manifest; both are in seconds." },
    );
  }
  return { samples: clip.samples.slice(from, to), sampleRateHz: clip.sampleRateHz };
}

/** @returns SPOKEN_OPTION */
export function optionError(name: string, value: unknown, expected: string): ConfigError {
  return new ConfigError("SPOKEN_OPTION", `${name} is ${JSON.stringify(value)}, expected ${expected}.`);
}
