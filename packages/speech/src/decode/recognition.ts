import {
  type CtcEmissions,
  ctcLogProbability,
  ctcWords,
  prefixBeamSearch,
  type PrefixBonus,
} from "@timestep/core";
import { BLANK, type SpeechLabels } from "../labels/speech-labels.js";
import type { RecognisedWord, Recognition } from "../recognised.js";
import { bestLabels, type DecodingKind } from "./best-path.js";

/** How clips are recognised. */
export interface RecogniseOptions {
  /** How the likeliest path is read where there is no beam; default "ctc". */
  readonly decoding?: DecodingKind;
  /** Texts kept in a prefix beam search; 0, the default, takes the likeliest path. */
  readonly beam?: number;
  /** Readings that come back, at most as many as the beam is wide. Default 1. */
  readonly nBest?: number;
  /** What a text is worth beside its sound, for a beam: a language model, hot words. */
  readonly bonus?: PrefixBonus;
}

/** How steps lie in time. */
export interface StepTimes {
  /** Seconds from one step to the next. */
  readonly stepSeconds: number;
  /** Seconds that one step reads. */
  readonly spanSeconds: number;
}

/** The labels of a clip, best reading first, with their scores in nats. */
export function readingsOf(
  emissions: CtcEmissions,
  { decoding = "ctc", beam = 0, nBest = 1, bonus }: RecogniseOptions,
): { readonly labels: number[]; readonly score: number }[] {
  if (beam > 0) {
    const worth = bonus === undefined ? {} : { bonus };
    return prefixBeamSearch(emissions, { beam, nBest: Math.min(nBest, beam), blank: BLANK, ...worth });
  }
  const labels = bestLabels(emissions, decoding);
  return [{ labels, score: ctcLogProbability(emissions, labels, { blank: BLANK }) }];
}

/** What is said in a clip, from the log probabilities of its steps. */
export function recognitionOf(
  emissions: CtcEmissions,
  labels: SpeechLabels,
  times: StepTimes,
  options: RecogniseOptions,
): Recognition {
  const readings = readingsOf(emissions, options);
  const [best] = readings;
  const said = best?.labels ?? [];
  return {
    text: labels.decode(said),
    confidence: Math.min(1, Math.exp(ctcLogProbability(emissions, said, { blank: BLANK }))),
    words: wordsOf(emissions, said, labels, times),
    nbest: readings.map((reading) => ({ text: labels.decode(reading.labels), score: reading.score })),
  };
}

/** Words of labels with times in seconds and confidences. */
export function wordsOf(
  emissions: CtcEmissions,
  said: readonly number[],
  labels: SpeechLabels,
  { stepSeconds, spanSeconds }: StepTimes,
): RecognisedWord[] {
  if (said.length === 0) return [];
  const { separator } = labels;
  const parted = separator === undefined ? {} : { separator };
  return ctcWords(emissions, said, { alphabet: labels.alphabet, blank: BLANK, ...parted }).map(
    ({ text, start, end, confidence }) => ({
      text,
      start: start * stepSeconds,
      end: (end - 1) * stepSeconds + spanSeconds,
      confidence,
    }),
  );
}
