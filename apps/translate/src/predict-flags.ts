import { ConfigError } from "@timestep/base";
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
  { flag: "--temperature <t>", about: "with --sample: above 0; below 1 keeps to what is probable" },
  { flag: "--alignment", about: "print which words belong together after each translation, as i-j pairs" },
  { flag: "--reference <file>", about: "score given translations, one a line, instead of making any" },
];

type Flags = PredictRequest["flags"];

/**
 * What the flags say of the search; what they leave out is as the run's settings say.
 *
 * @throws {ConfigError} FLAG_VALUE when a value is out of range; FLAG_ATTENTION when the network has no attention to use.
 */
export function searchOptions(flags: Flags, { settings }: Translator): TranslateOptions {
  const beam = whole(flags, "beam", "--beam", 1);
  const lengthPenalty = number(flags, "lengthPenalty", "--length-penalty");
  const coveragePenalty = number(flags, "coveragePenalty", "--coverage-penalty");
  const noRepeat = whole(flags, "noRepeat", "--no-repeat", 0);
  const replaceUnknown = flags["replaceUnknown"] === true;
  if (settings.model.attention.kind === "none") {
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

/** A whole number of at least `least`; undefined where the flag is not given. */
export function whole(flags: Flags, name: string, flag: string, least: number): number | undefined {
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
export function number(flags: Flags, name: string, flag: string): number | undefined {
  const given = flags[name];
  if (given === undefined) return undefined;
  const value = Number(given);
  if (given !== true && given.trim() !== "" && Number.isFinite(value) && value >= 0) return value;
  throw new ConfigError("FLAG_VALUE", `${flag} ${String(given)}: expected a number of at least 0.`, {
    hint: `For example ${flag} 0.6.`,
  });
}

export function noAttention(flag: string): ConfigError {
  return new ConfigError("FLAG_ATTENTION", `${flag}: this run's network has no attention.`, {
    hint: `Leave ${flag} out, or use a run whose model.attention.kind is not none.`,
  });
}
