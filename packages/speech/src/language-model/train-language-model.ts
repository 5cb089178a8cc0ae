import { DataError } from "@timestep/base";
import {
  formatArpa,
  type NgramModel,
  type NgramScore,
  parseArpa,
  scoreSentences,
  type Smoothing,
  trainNgrams,
} from "@timestep/core";
import { type DataFile, readText } from "@timestep/data";
import type { SpeechSettings } from "../settings.js";
import { tokensOf } from "./tokens.js";

export { type NgramModel, type Smoothing, smoothings } from "@timestep/core";

/** How a language model is trained. */
export interface LanguageModelTraining {
  /** Words of the longest n-grams, 1 to 9. Default 3. */
  readonly order?: number;
  /** Default "kneser-ney". */
  readonly smoothing?: Smoothing;
  /** What its tokens are. Default "words". */
  readonly unit?: SpeechSettings["labels"];
}

/** A language model and how well it knows texts. */
export interface TrainedLanguageModel {
  readonly model: NgramModel;
  /** Texts that are not empty. */
  readonly texts: number;
  /** Tokens of these texts. */
  readonly tokens: number;
  /** How well the model predicts other texts. */
  score(texts: Iterable<string>): NgramScore;
}

/**
 * Trains an n-gram model on texts as recordings have them; empty ones are passed over.
 *
 * @throws {DataError} LM_EMPTY when no text has a word; LM_WORD when one is `<s>` or `</s>`.
 * @throws {ConfigError} LM_ORDER, LM_SMOOTHING.
 */
export function trainLanguageModel(
  texts: Iterable<string>,
  { unit = "words", ...training }: LanguageModelTraining = {},
): TrainedLanguageModel {
  const read = (given: Iterable<string>): string[][] =>
    [...given].map((text) => tokensOf(text, unit)).filter(({ length }) => length > 0);
  const sentences = read(texts);
  const model = trainNgrams(sentences, training);
  return {
    model,
    texts: sentences.length,
    tokens: sentences.reduce((sum, { length }) => sum + length, 0),
    score: (others) => scoreSentences(model, read(others)),
  };
}

/** The content of a language model's file, in the ARPA format. */
export function writeLanguageModel(model: NgramModel): string {
  return formatArpa(model);
}

/**
 * Reads a language model from an ARPA file, which may be packed with gzip.
 *
 * @throws {DataError} ARPA_FORMAT, LM_NGRAM, DATA_ENCODING, DATA_GZIP naming the file and, where it can, the line.
 */
export async function readLanguageModel(file: DataFile): Promise<NgramModel> {
  const text = await readText(file);
  if (text.includes("\\data\\")) return parseArpa(text, { name: file.name });
  throw new DataError("ARPA_FORMAT", `${file.name} is no language model: it has no line "\\data\\".`, {
    hint: "Make one with the verb lm, or give a file in the ARPA format.",
  });
}
