import { tuneLanguageModel as tune, type NgramModel, type Trial } from "@timestep/core";
import type { Utterance } from "../corpus/utterance.js";
import { BLANK } from "../labels/speech-labels.js";
import type { SpeechRecogniser } from "../recogniser.js";
import { scoreTexts } from "../scores.js";
import { expectedTexts } from "./expected-texts.js";

/** A pair of weights and the word error rate with them, in per cent. */
export interface WeightTrial {
  readonly weight: number;
  readonly wordBonus: number;
  readonly wer: number;
}

/** What is tried. */
export interface TuneSettings {
  readonly model: NgramModel;
  /** α and β to be tried, each with each. */
  readonly weights: readonly number[];
  readonly wordBonuses: readonly number[];
  /** Texts kept in the search. */
  readonly beam: number;
  /** Called after each trial. */
  readonly onTrial?: (trial: WeightTrial, done: number, of: number) => void;
}

/** What was found, beside the likeliest path and a beam of the same width without a language model. */
export interface TunedLanguageModel {
  readonly best: WeightTrial;
  readonly trials: readonly WeightTrial[];
  readonly pathWer: number;
  readonly beamWer: number;
}

/**
 * Finds the weights of a language model on utterances that neither the network nor the language model was trained on.
 * Of equal error rates the smallest weight counts, then the bonus nearest 0.
 *
 * @throws {ConfigError} CTC_TUNE when there is nothing to try; CTC_LANGUAGE_MODEL.
 * @throws {DataError} SPEECH_LANGUAGE_MODEL.
 */
export async function tuneLanguageModel(
  recogniser: SpeechRecogniser,
  utterances: readonly Utterance[],
  { model, weights, wordBonuses, beam, onTrial }: TuneSettings,
): Promise<TunedLanguageModel> {
  const { labels } = recogniser;
  const references = utterances.map(({ text }) => text);
  const wer = (texts: readonly string[]): number => scoreTexts(references, texts).metrics["wer"] as number;
  const asTrial = ({ weight, insertion, loss }: Trial): WeightTrial => ({
    weight,
    wordBonus: insertion,
    wer: loss,
  });
  const { best, trials } = await tune({
    emissions: await recogniser.emissions(utterances.map((utterance) => () => utterance.clip())),
    weights,
    insertions: wordBonuses,
    bonus: ({ weight, insertion }) =>
      expectedTexts(labels, { languageModel: { model, weight, wordBonus: insertion } }),
    score: (found) => wer(found.map((one) => labels.decode(one.labels))),
    search: { beam, blank: BLANK },
    onTrial: (trial, done, of) => onTrial?.(asTrial(trial), done, of),
  });
  return {
    best: asTrial(best),
    trials: trials.map(asTrial),
    pathWer: wer(await recogniser.texts(utterances)),
    beamWer: wer(await recogniser.texts(utterances, { beam })),
  };
}
