import { ConfigError, DataError } from "@timestep/base";
import {
  combinedBonus,
  hotWordBonus,
  labelModelBonus,
  type NgramModel,
  type PrefixBonus,
  wordModelBonus,
} from "@timestep/core";
import type { SpeechLabels } from "../labels/speech-labels.js";
import { blankToken, isCharacterModel, isMark } from "./tokens.js";

/** Weights of a language model where none are given; `tuneLanguageModel` finds better ones. */
export const DEFAULT_LANGUAGE_WEIGHTS = { weight: 0.5, wordBonus: 1, unknownWord: -10 } as const;

/** What a hot word is worth where nothing is said of it, in nats. */
export const DEFAULT_HOT_BOOST = 3;

/** A language model and how much it has to say. */
export interface WeightedLanguageModel {
  readonly model: NgramModel;
  /** α: what ln p of the language model is multiplied by, at least 0. Default 0.5. */
  readonly weight?: number;
  /** β: nats for each word, or for each character where the model is one of characters. Default 1. */
  readonly wordBonus?: number;
  /**
   * Nats for each word that a model of words does not know, where a network says characters: what `<unk>` is worth says
   * nothing of how words are spelt. Default -10.
   */
  readonly unknownWord?: number;
}

/** What is expected to be said, whatever the sound is. */
export interface ExpectedTexts {
  readonly languageModel?: WeightedLanguageModel;
  /** Words, or several with blanks between them, that are likelier than elsewhere. */
  readonly hotWords?: readonly string[];
  /** Nats for each hot word that is said, above 0. Default 3. */
  readonly hotBoost?: number;
}

/**
 * What texts are worth to a beam search beside their sound:
 *
 *   α·ln p(text) + β·(words of the text) + unknown·(words that the model does not know) + boost·(hot words in the text)
 *
 * A network that says words, and a model of words, meet label by label, and so do characters and a model of characters
 * (one whose vocabulary has "▁" for the blank, see `characterTokens`); in a network that says characters a word counts
 * for a model of words when it has ended.
 *
 * @throws {DataError} SPEECH_LANGUAGE_MODEL when the network can say none of the model's words; SPEECH_ALPHABET when a
 *   hot word has labels that training has not.
 * @throws {ConfigError} CTC_LANGUAGE_MODEL, CTC_HOT_WORDS when a weight is out of range or a hot word is there twice.
 */
export function expectedTexts(
  labels: SpeechLabels,
  { languageModel, hotWords = [], hotBoost = DEFAULT_HOT_BOOST }: ExpectedTexts,
): PrefixBonus {
  const parts: PrefixBonus[] = [];
  if (languageModel !== undefined) parts.push(languageBonus(labels, languageModel));
  if (hotWords.length > 0) parts.push(hotBonus(labels, hotWords, hotBoost));
  return combinedBonus(parts);
}

function languageBonus(labels: SpeechLabels, { model, ...given }: WeightedLanguageModel): PrefixBonus {
  checkSpoken(model, labels);
  const { weight, wordBonus, unknownWord } = { ...DEFAULT_LANGUAGE_WEIGHTS, ...given };
  const weights = { weight, insertion: wordBonus };
  if (labels.unit === "words") return labelModelBonus({ model, tokens: labels.alphabet, ...weights });
  if (isCharacterModel(model, labels)) {
    const tokens = labels.alphabet.map((label) => (label === " " ? blankToken : label));
    return labelModelBonus({ model, tokens, ...weights });
  }
  // Where no text has a blank, a text is one word: no class is ever the separator.
  const { alphabet, separator = -1 } = labels;
  return wordModelBonus({ model, alphabet, separator, unknown: unknownWord, ...weights });
}

function hotBonus(labels: SpeechLabels, words: readonly string[], boost: number): PrefixBonus {
  const { separator } = labels;
  const hot = words.map((word) => ({ labels: labels.encode(word, "hot word"), boost }));
  const empty = hot.findIndex((word) => word.labels.length === 0);
  if (empty >= 0) {
    throw new ConfigError("CTC_HOT_WORDS", `hot word ${empty + 1} of ${hot.length} is empty.`, {
      hint: "Leave out empty lines and commas in a row.",
    });
  }
  return hotWordBonus(hot, separator === undefined ? {} : { separator });
}

/** A model of which nothing can be said comes from another language, or another letter case. */
function checkSpoken(model: NgramModel, labels: SpeechLabels): void {
  const alphabet = new Set(labels.alphabet);
  const said = (word: string): boolean =>
    labels.unit === "words"
      ? alphabet.has(word)
      : [...word].every((one) => one === blankToken || alphabet.has(one));
  const words = model.vocabulary.filter((word) => !isMark(word));
  if (words.some(said)) return;
  const some = (list: readonly string[]): string => list.filter(Boolean).slice(0, 5).join(", ");
  throw new DataError(
    "SPEECH_LANGUAGE_MODEL",
    `the network can say none of the ${words.length} words of the language model (${some(words)}); it says ${labels.unit} such as ${some(labels.alphabet)}.`,
    {
      hint: "Train the language model on texts that are written as the run's are: mind letter case and numerals.",
    },
  );
}
