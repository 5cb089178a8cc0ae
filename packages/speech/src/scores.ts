import { characterErrorRate, type ErrorRates, wordErrorRate } from "@timestep/metrics";

/** Scores of recognised texts against what was said; percentages. */
export interface SpeechScores {
  /** `wer`, `cer`, `accuracy` (texts without any error), and the shares of words by error. */
  readonly metrics: Readonly<Record<string, number>>;
  /** How the scores were taken. */
  readonly signature: string;
  /** Word errors with the alignment of each utterance. */
  readonly words: ErrorRates;
}

/**
 * Scores recognised texts: errors of all utterances over words (characters) of all references, as sclite counts.
 *
 * @throws {DataError} METRIC_EMPTY, METRIC_LENGTH
 */
export function scoreTexts(references: readonly string[], texts: readonly string[]): SpeechScores {
  const words = wordErrorRate(references, texts);
  const characters = characterErrorRate(references, texts);
  const share = (errors: number): number => (100 * errors) / words.symbols;
  return {
    metrics: {
      wer: words.errorRate,
      cer: characters.errorRate,
      accuracy: 100 - words.sentenceErrorRate,
      substitutions: share(words.substitutions),
      deletions: share(words.deletions),
      insertions: share(words.insertions),
    },
    signature: `wer:${words.signature} cer:${characters.signature}`,
    words,
  };
}
