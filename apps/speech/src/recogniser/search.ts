import { ConfigError } from "@timestep/base";
import { choiceFlag, dashed, numberFlag, type OwnFlags, wholeFlag } from "@timestep/cli-kit";
import {
  DEFAULT_HOT_BOOST,
  DEFAULT_LANGUAGE_WEIGHTS,
  type DecodingKind,
  decodingKinds,
  type ExpectedTexts,
  expectedTexts,
  type RecogniseOptions,
  type SpeechLabels,
} from "@timestep/speech";
import { languageModelOf } from "../language-model/read-model.js";
import { hotWordsOf } from "../language-model/hot-words.js";

/** The beam of a search that needs one where none is asked for. */
export const usualBeam = 32;

/** How wide a beam may be. */
export const beamRange = { least: 1, most: 10_000 } as const;

/** How texts are searched for. */
export interface Search {
  readonly options: RecogniseOptions & { readonly decoding: DecodingKind };
  /** The search as scores name it. */
  readonly signature: string;
  /** What was chosen in the place of whoever gave the flags. */
  readonly note?: string;
}

/**
 * Everything that flags say of the search for texts.
 *
 * @throws {ConfigError} FLAG_VALUE, FLAG_ALONE, FLAG_CONTRADICTION; {DataError} LM_NOT_FOUND, and what reading a language
 *   model and `expectedTexts` throw.
 */
export async function searchOf(flags: OwnFlags, labels: SpeechLabels): Promise<Search> {
  for (const name of ["lmWeight", "wordBonus"]) needs(flags, name, "lm");
  needs(flags, "hotWeight", "hotWords");
  const decoding = choiceFlag(flags, "decode", decodingKinds);
  const asked = wholeFlag(flags, "beam", beamRange);
  const expects = flags["lm"] !== undefined ? "lm" : flags["hotWords"] !== undefined ? "hotWords" : undefined;
  const beam = asked ?? (expects === undefined ? 0 : usualBeam);
  if (decoding === "trim" && beam > 0) {
    const other = asked === undefined ? dashed(expects ?? "") : "--beam";
    throw new ConfigError("FLAG_CONTRADICTION", `--decode trim and ${other} contradict each other.`, {
      hint: "Trimming reads the likeliest path; a beam searches for the likeliest text. Leave one out.",
    });
  }
  const nBest = wholeFlag(flags, "nbest", beamRange) ?? 1;
  if (nBest > Math.max(1, beam)) {
    throw new ConfigError("FLAG_VALUE", `--nbest ${nBest}: a beam of ${beam} has no ${nBest} readings.`, {
      hint: `Add --beam ${nBest} or more.`,
    });
  }
  const { expected, signature } = await expectationOf(flags);
  const bonus = expects === undefined ? {} : { bonus: expectedTexts(labels, expected) };
  return {
    options: { decoding, beam, nBest, ...bonus },
    signature: [`decode:${decoding}`, ...(beam > 0 ? [`beam:${beam}`] : []), ...signature].join(" "),
    ...(asked === undefined && expects !== undefined
      ? { note: `${dashed(expects)} needs a search: --beam ${beam} is taken.` }
      : {}),
  };
}

async function expectationOf(flags: OwnFlags): Promise<{ expected: ExpectedTexts; signature: string[] }> {
  let expected: ExpectedTexts = {};
  const signature: string[] = [];
  if (flags["lm"] !== undefined) {
    const { model, name } = await languageModelOf(flags);
    const weight = numberFlag(flags, "lmWeight", 0) ?? DEFAULT_LANGUAGE_WEIGHTS.weight;
    const wordBonus = numberFlag(flags, "wordBonus", -Infinity) ?? DEFAULT_LANGUAGE_WEIGHTS.wordBonus;
    expected = { languageModel: { model, weight, wordBonus } };
    signature.push(`lm:${name} order:${model.order} weight:${weight} bonus:${wordBonus}`);
  }
  const hotWords = await hotWordsOf(flags);
  if (hotWords !== undefined) {
    const hotBoost = numberFlag(flags, "hotWeight", 0) ?? DEFAULT_HOT_BOOST;
    expected = { ...expected, hotWords, hotBoost };
    signature.push(`hot:${hotWords.length} boost:${hotBoost}`);
  }
  return { expected, signature };
}

/** @throws {ConfigError} FLAG_ALONE when a flag is given without the one that it says more about. */
function needs(flags: OwnFlags, name: string, other: string): void {
  if (flags[name] === undefined || flags[other] !== undefined) return;
  throw new ConfigError("FLAG_ALONE", `${dashed(name)} is given without ${dashed(other)}.`, {
    hint: `Add ${dashed(other)}, or leave ${dashed(name)} out.`,
  });
}
