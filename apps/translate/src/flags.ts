import { ConfigError } from "@timestep/base";
import { drawnByFlags, numberFlag, type OwnFlags, type TaskFlag, wholeFlag } from "@timestep/cli-kit";
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
  { flag: "--top-p <p>", about: "with --sample: draw from the likeliest units that hold this share" },
  { flag: "--alignment", about: "print which words belong together after each translation, as i-j pairs" },
];

/**
 * What the flags say of the search; what they leave out is as the run's settings say.
 *
 * @throws {ConfigError} FLAG_VALUE when a value is out of range; FLAG_ATTENTION when a network has no attention to use.
 */
export function searchOptions(flags: OwnFlags, runs: readonly Translator[]): TranslateOptions {
  const beam = wholeFlag(flags, "beam", { least: 1 });
  const lengthPenalty = numberFlag(flags, "lengthPenalty", 0);
  const coveragePenalty = numberFlag(flags, "coveragePenalty", 0);
  // A flag that begins with "no" is held for the negation of "repeat": true stands for its absence.
  const noRepeat =
    flags["repeat"] === true ? undefined : wholeFlag(flags, "repeat", { least: 0, flag: "--no-repeat" });
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
export function outputOptions(
  flags: OwnFlags,
  runs: readonly [Translator, ...Translator[]],
): TranslateOptions {
  const nBest = wholeFlag(flags, "nbest", { least: 1 });
  const sample = drawnByFlags(flags, runs[0].settings.seed, "translations");
  const attend = allAttend(runs);
  if (flags["alignment"] === true && !attend) throw noAttention("--alignment");
  return {
    ...searchOptions(flags, runs),
    align: attend,
    ...(nBest === undefined ? {} : { nBest }),
    ...(sample === undefined ? {} : { sample }),
  };
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
