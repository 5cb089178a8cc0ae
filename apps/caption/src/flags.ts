import { ConfigError, seeded } from "@timestep/base";
import { type CaptionOptions } from "@timestep/captioning";
import { type PredictRequest, type TaskFlag } from "@timestep/cli-kit";

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

type Flags = PredictRequest["flags"];

/**
 * What the flags say of the search; what they leave out is as the run's settings say.
 *
 * @throws {ConfigError} FLAG_VALUE when a value is out of range.
 */
export function searchOptions(flags: Flags): CaptionOptions {
  const beam = whole(flags, "beam", "--beam", 1);
  const lengthPenalty = number(flags, "lengthPenalty", "--length-penalty");
  const groups = whole(flags, "groups", "--groups", 1);
  const diversity = number(flags, "diversity", "--diversity");
  // A flag that begins with "no" is held for the negation of "repeat": true stands for its absence.
  const noRepeat = flags["repeat"] === true ? undefined : whole(flags, "repeat", "--no-repeat", 0);
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
export function outputOptions(flags: Flags, ownSeed: number): CaptionOptions {
  const nBest = whole(flags, "nbest", "--nbest", 1);
  return {
    ...searchOptions(flags),
    ...(nBest === undefined ? {} : { nBest }),
    ...samplingOf(flags, ownSeed),
  };
}

function samplingOf(flags: Flags, ownSeed: number): CaptionOptions {
  const temperature = number(flags, "temperature", "--temperature");
  const topP = number(flags, "topP", "--top-p");
  const seed = whole(flags, "seed", "--seed", 0);
  const drawn = { "--temperature": temperature, "--top-p": topP, "--seed": seed };
  const [stray] = Object.entries(drawn).find(([, value]) => value !== undefined) ?? [];
  if (flags["sample"] !== true) {
    if (stray === undefined) return {};
    throw new ConfigError("FLAG_SAMPLE", `${stray} says how captions are drawn, and none are.`, {
      hint: "Add --sample.",
    });
  }
  if (temperature === 0) {
    throw new ConfigError("FLAG_VALUE", "--temperature 0: expected a number above 0.", {
      hint: "For what is most probable, leave --sample out.",
    });
  }
  if (topP === 0 || (topP ?? 1) > 1) {
    throw new ConfigError("FLAG_VALUE", `--top-p ${topP}: expected a share above 0, at most 1.`, {
      hint: "For example --top-p 0.9; without it, words are drawn from all.",
    });
  }
  const random = seeded(seed ?? ownSeed);
  return { sample: { temperature: temperature ?? 1, ...(topP === undefined ? {} : { topP }), random } };
}

/** A whole number of at least `least`; undefined where the flag is not given. */
function whole(flags: Flags, name: string, flag: string, least: number): number | undefined {
  const value = number(flags, name, flag);
  if (value === undefined || (Number.isSafeInteger(value) && value >= least)) return value;
  throw new ConfigError(
    "FLAG_VALUE",
    `${flag} ${String(flags[name])}: expected a whole number of at least ${least}.`,
    { hint: `For example ${flag} ${Math.max(least, 2)}.` },
  );
}

/** A number of at least 0; undefined where the flag is not given. */
function number(flags: Flags, name: string, flag: string): number | undefined {
  const given = flags[name];
  if (given === undefined) return undefined;
  const value = Number(given);
  if (given !== true && given.trim() !== "" && Number.isFinite(value) && value >= 0) return value;
  throw new ConfigError("FLAG_VALUE", `${flag} ${String(given)}: expected a number of at least 0.`, {
    hint: `For example ${flag} 0.6.`,
  });
}
