import { ConfigError } from "@timestep/base";
import { dashed, type OwnFlags, type TaskFlag } from "@timestep/cli-kit";

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
export function alignedText(flags: OwnFlags): string | undefined {
  const text = flags["align"];
  if (typeof text !== "string") return undefined;
  const stray = Object.keys(flags).find((name) => name !== "align");
  if (stray === undefined) return text;
  throw new ConfigError("FLAG_CONTRADICTION", `--align and ${dashed(stray)} contradict each other.`, {
    hint: "With --align the text is known and nothing is searched for: leave the one or the other out.",
  });
}

/** @throws {ConfigError} FLAG_KIND when any flag is given with a run that writes nothing down. */
export function refuseSearchFlags(flags: OwnFlags, run: string): void {
  const [stray] = Object.keys(flags);
  if (stray === undefined) return;
  throw new ConfigError(
    "FLAG_KIND",
    `${dashed(stray)} is for runs that write down what is said; ${run} makes vectors of spoken words.`,
    { hint: `Leave ${dashed(stray)} out, or name a run that was trained with kind recogniser.` },
  );
}
