import { type CaptionOptions } from "@timestep/captioning";
import { drawnByFlags, numberFlag, type OwnFlags, type TaskFlag, wholeFlag } from "@timestep/cli-kit";

/** How captions are searched for: flags of `evaluate` and `predict`. */
export const searchFlags: readonly TaskFlag[] = [
  { flag: "--beam <n>", about: "hypotheses kept at each step; 1 is greedy" },
  { flag: "--length-penalty <a>", about: "strength of dividing a score by its length" },
  { flag: "--groups <n>", about: "part the beam into groups, for captions unlike each other" },
  { flag: "--diversity <d>", about: "with --groups: what a word loses that an earlier group chose" },
  { flag: "--no-repeat <n>", about: "no run of so many words occurs twice; 0 allows all" },
  { flag: "--allow-dangling", about: "let captions end on words that want another, such as articles" },
];

/** Flags of `evaluate` alone. */
export const galleryFlags: readonly TaskFlag[] = [
  { flag: "--gallery <file>", about: "where the page of pictures and captions goes (default: into the run)" },
];

/** Flags of `predict` alone. */
export const outputFlags: readonly TaskFlag[] = [
  { flag: "--nbest <n>", about: "give so many captions of each picture, best first" },
  { flag: "--sample", about: "draw captions instead of searching for the most probable one" },
  { flag: "--seed <n>", about: "with --sample: start of the random numbers" },
  { flag: "--temperature <t>", about: "with --sample: above 0; below 1 keeps to what is probable" },
  { flag: "--top-p <p>", about: "with --sample: draw from the likeliest words that hold this share" },
  { flag: "--attention <folder>", about: "draw what each word looked at, a PNG for each picture" },
  { flag: "--skip-unreadable", about: "answer a picture that cannot be read by its error, and go on" },
];

/**
 * What the flags say of the search; what they leave out is as the run's settings say.
 *
 * @throws {ConfigError} FLAG_VALUE when a value is out of range.
 */
export function searchOptions(flags: OwnFlags): CaptionOptions {
  const beam = wholeFlag(flags, "beam", { least: 1 });
  const lengthPenalty = numberFlag(flags, "lengthPenalty", 0);
  const groups = wholeFlag(flags, "groups", { least: 1 });
  const diversity = numberFlag(flags, "diversity", 0);
  // A flag that begins with "no" is held for the negation of "repeat": true stands for its absence.
  const noRepeat =
    flags["repeat"] === true ? undefined : wholeFlag(flags, "repeat", { least: 0, flag: "--no-repeat" });
  return {
    ...(beam === undefined ? {} : { beam }),
    ...(lengthPenalty === undefined ? {} : { lengthPenalty }),
    ...(groups === undefined ? {} : { groups }),
    ...(diversity === undefined ? {} : { diversity }),
    ...(noRepeat === undefined ? {} : { noRepeat }),
    ...(flags["allowDangling"] === true ? { noDangling: false } : {}),
  };
}

/**
 * What the flags say of the captions of each picture.
 *
 * @throws {ConfigError} FLAG_VALUE, FLAG_SAMPLE when flags contradict each other.
 */
export function outputOptions(flags: OwnFlags, ownSeed: number): CaptionOptions {
  const nBest = wholeFlag(flags, "nbest", { least: 1 });
  const sample = drawnByFlags(flags, ownSeed, "captions");
  return {
    ...searchOptions(flags),
    ...(nBest === undefined ? {} : { nBest }),
    ...(sample === undefined ? {} : { sample }),
  };
}
