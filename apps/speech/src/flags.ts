import { ConfigError } from "@timestep/base";
import { type TaskFlag } from "@timestep/cli-kit";

/** The task's own flags by their names in camelCase. */
export type Flags = Readonly<Record<string, string | true>>;

/** What is expected to be said, and how much that counts. */
const expectationFlags: readonly TaskFlag[] = [
  { flag: "--lm <file>", about: "language model in the ARPA format, of words or characters" },
  { flag: "--lm-weight <a>", about: "how much the language model counts beside the sound (default: 0.5)" },
  {
    flag: "--word-bonus <b>",
    about: "with --lm: nats for each word, as language models like few (default: 1)",
  },
  { flag: "--hot-words <list>", about: "words to expect: a,b,c, or a file with one a line" },
  { flag: "--hot-weight <nats>", about: "what a hot word is worth (default: 3)" },
];

/** How recordings are searched for texts: flags of `evaluate` and `predict`. */
export const searchFlags: readonly TaskFlag[] = [
  {
    flag: "--decode <kind>",
    about: "ctc (default), or trim: the older way, without blanks between repeats",
  },
  {
    flag: "--beam <n>",
    about: "search for the likeliest text among so many, instead of the likeliest path",
  },
  ...expectationFlags,
  { flag: "--stream", about: "hear each recording in pieces of 0.1 s, as if it were being made" },
];

/** Flags of `evaluate` alone. */
export const scoringFlags: readonly TaskFlag[] = [
  { flag: "--alignments", about: "print the alignment of each utterance that is not right" },
];

/** Flags of `predict` alone. */
export const outputFlags: readonly TaskFlag[] = [
  { flag: "--nbest <n>", about: "give so many readings of each recording; needs a beam as wide" },
  { flag: "--align <text>", about: "tell when the words of this text are said, instead of what is said" },
];

/**
 * The text of `--align`, with which nothing is searched for.
 *
 * @throws {ConfigError} FLAG_CONTRADICTION beside flags of a search.
 */
export function alignedText(flags: Flags): string | undefined {
  const text = flags["align"];
  if (typeof text !== "string") return undefined;
  const stray = Object.keys(flags).find((name) => name !== "align");
  if (stray === undefined) return text;
  throw new ConfigError("FLAG_CONTRADICTION", `--align and ${dashed(stray)} contradict each other.`, {
    hint: "With --align the text is known and nothing is searched for: leave the one or the other out.",
  });
}

/** @throws {ConfigError} FLAG_KIND when any flag is given with a run that writes nothing down. */
export function refuseSearchFlags(flags: Flags, run: string): void {
  const [stray] = Object.keys(flags);
  if (stray === undefined) return;
  throw new ConfigError(
    "FLAG_KIND",
    `${dashed(stray)} is for runs that write down what is said; ${run} makes vectors of spoken words.`,
    { hint: `Leave ${dashed(stray)} out, or name a run that was trained with kind recogniser.` },
  );
}

/** A whole number from 1 to 10000; undefined where the flag is not given. */
export function wholeOf(flags: Flags, name: string): number | undefined {
  const text = flags[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text !== true && Number.isInteger(value) && value >= 1 && value <= 10_000) return value;
  throw badValue(name, text, "a whole number from 1 to 10000", "16");
}

/** A finite number of at least `least`; undefined where the flag is not given. */
export function numberOf(flags: Flags, name: string, least: number): number | undefined {
  const text = flags[name];
  return text === undefined ? undefined : readNumber(name, text, least);
}

/** Numbers with commas between them; undefined where the flag is not given. */
export function numbersOf(flags: Flags, name: string, least: number): number[] | undefined {
  const text = flags[name];
  if (text === undefined) return undefined;
  return String(text)
    .split(",")
    .map((part) => readNumber(name, part, least));
}

function readNumber(name: string, text: string | true, least: number): number {
  const value = Number(text);
  if (text !== true && text.trim() !== "" && Number.isFinite(value) && value >= least) return value;
  throw badValue(name, text, least === -Infinity ? "a number" : `a number of at least ${least}`, "0.5");
}

/** What one of some words follows a flag; the first of them where it is not given. */
export function choiceOf<Choice extends string>(
  flags: Flags,
  name: string,
  choices: readonly [Choice, ...Choice[]],
): Choice {
  const text = flags[name] ?? choices[0];
  const found = choices.find((one) => one === text);
  if (found !== undefined) return found;
  throw badValue(name, text, `one of ${choices.join(", ")}`, choices[0]);
}

function badValue(name: string, text: string | true, expected: string, example: string): ConfigError {
  return new ConfigError("FLAG_VALUE", `${dashed(name)} ${String(text)}: expected ${expected}.`, {
    hint: `For example ${dashed(name)} ${example}.`,
  });
}

/** A flag as it is typed. */
export function dashed(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
