import { ConfigError, seeded } from "@timestep/base";
import { type PredictRequest, type TaskFlag } from "@timestep/cli-kit";
import { type TranslateOptions, type Translator } from "@timestep/translation";

/** How translations are searched for: flags of `evaluate` and `predict`. */
export const searchFlags: readonly TaskFlag[] = [
  { flag: "--beam <n>", about: "hypotheses kept at each step; 1 is greedy" },
  { flag: "--length-penalty <a>", about: "strength of dividing a score by its length" },
  { flag: "--coverage-penalty <b>", about: "strength of the penalty for source words that nothing looks at" },
  { flag: "--no-repeat <n>", about: "no run of so many units occurs twice; 0 allows all" },
  { flag: "--replace-unknown", about: "put the source word where the network knows no word" },
];

/** Flags of `predict` alone. */
export const outputFlags: readonly TaskFlag[] = [
  { flag: "--nbest <n>", about: "give so many translations of each line, best first" },
  { flag: "--sample", about: "draw translations instead of searching for the most probable one" },
  { flag: "--seed <n>", about: "with --sample: start of the random numbers" },
  { flag: "--temperature <t>", about: "with --sample: above 0; below 1 keeps to what is probable" },
  { flag: "--alignment", about: "print which words belong together after each translation, as i-j pairs" },
];

type Flags = PredictRequest["flags"];

/**
 * What the flags say of the search; what they leave out is as the run's settings say.
 *
 * @throws {ConfigError} FLAG_VALUE when a value is out of range; FLAG_ATTENTION when a network has no attention to use.
 */
export function searchOptions(flags: Flags, runs: readonly Translator[]): TranslateOptions {
  const beam = whole(flags, "beam", "--beam", 1);
  const lengthPenalty = number(flags, "lengthPenalty", "--length-penalty");
  const coveragePenalty = number(flags, "coveragePenalty", "--coverage-penalty");
  // A flag that begins with "no" is held for the negation of "repeat": true stands for its absence.
  const noRepeat = flags["repeat"] === true ? undefined : whole(flags, "repeat", "--no-repeat", 0);
  const replaceUnknown = flags["replaceUnknown"] === true;
  if (!allAttend(runs)) {
    if (replaceUnknown) throw noAttention("--replace-unknown");
    if (coveragePenalty !== undefined && coveragePenalty > 0) throw noAttention("--coverage-penalty");
  }
  return {
    ...(beam === undefined ? {} : { beam }),
    ...(lengthPenalty === undefined ? {} : { lengthPenalty }),
    ...(coveragePenalty === undefined ? {} : { coveragePenalty }),
    ...(noRepeat === undefined ? {} : { noRepeat }),
    ...(replaceUnknown ? { replaceUnknown } : {}),
  };
}

/**
 * What the flags say of the translations of each line.
 *
 * @throws {ConfigError} FLAG_VALUE, FLAG_ATTENTION, FLAG_SAMPLE when flags contradict each other or a network.
 */
export function outputOptions(flags: Flags, runs: readonly [Translator, ...Translator[]]): TranslateOptions {
  const nBest = whole(flags, "nbest", "--nbest", 1);
  const temperature = number(flags, "temperature", "--temperature");
  const seed = whole(flags, "seed", "--seed", 0);
  const drawn = flags["sample"] === true;
  const stray = temperature !== undefined ? "--temperature" : seed !== undefined ? "--seed" : undefined;
  if (!drawn && stray !== undefined) {
    throw new ConfigError("FLAG_SAMPLE", `${stray} says how translations are drawn, and none are.`, {
      hint: "Add --sample.",
    });
  }
  if (temperature === 0) {
    throw new ConfigError("FLAG_VALUE", "--temperature 0: expected a number above 0.", {
      hint: "For what is most probable, leave --sample out.",
    });
  }
  const attend = allAttend(runs);
  if (flags["alignment"] === true && !attend) throw noAttention("--alignment");
  return {
    ...searchOptions(flags, runs),
    align: attend,
    ...(nBest === undefined ? {} : { nBest }),
    ...(drawn
      ? { sample: { temperature: temperature ?? 1, random: seeded(seed ?? runs[0].settings.seed) } }
      : {}),
  };
}

/** A whole number of at least `least`; undefined where the flag is not given. */
function whole(flags: Flags, name: string, flag: string, least: number): number | undefined {
  const value = number(flags, name, flag);
  if (value === undefined || (Number.isSafeInteger(value) && value >= least)) return value;
  throw new ConfigError(
    "FLAG_VALUE",
    `${flag} ${String(flags[name])}: expected a whole number of at least ${least}.`,
    {
      hint: `For example ${flag} ${Math.max(least, 2)}.`,
    },
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

/** Whether every network has attention: that of several is the mean of theirs. */
function allAttend(runs: readonly Translator[]): boolean {
  return runs.every(({ settings }) => settings.model.attention.kind !== "none");
}

function noAttention(flag: string): ConfigError {
  return new ConfigError(
    "FLAG_ATTENTION",
    `${flag} needs attention, which a network of --run does not have.`,
    {
      hint: `Leave ${flag} out, or use runs whose model.attention.kind is not none.`,
    },
  );
}
