import {
  type CtcEmissions,
  ctcLogProbability,
  ctcWords,
  PrefixBeamSearch,
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

/** The labels of one reading of a clip, with their score in nats. */
export interface ScoredLabels {
  readonly labels: number[];
  readonly score: number;
}

/** A search for the labels of a clip whose steps come one after the other; undefined where there is no beam. */
export function searchFor({ beam = 0, nBest = 1, bonus }: RecogniseOptions): PrefixBeamSearch | undefined {
  if (beam === 0) return undefined;
  const worth = bonus === undefined ? {} : { bonus };
  return new PrefixBeamSearch({ beam, nBest: Math.min(nBest, beam), blank: BLANK, ...worth });
}

/** The labels of a clip, best reading first. */
export function readingsOf(emissions: CtcEmissions, options: RecogniseOptions): ScoredLabels[] {
  const search = searchFor(options);
  if (search !== undefined) return search.push(emissions).results();
  const labels = bestLabels(emissions, options.decoding ?? "ctc");
  return [{ labels, score: ctcLogProbability(emissions, labels, { blank: BLANK }) }];
}

/** What is said in a clip, from the log probabilities of its steps and what was read from them. */
export function recognitionOf(
  emissions: CtcEmissions,
  readings: readonly ScoredLabels[],
  labels: SpeechLabels,
  times: StepTimes,
): Recognition {
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
