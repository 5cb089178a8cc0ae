import { checkPaired, percentage } from "./check.js";
import { accuracy } from "./classification.js";

/** What a sentence says as a whole: one tag a token, and an intent where the data has one. */
export interface Frame {
  readonly tags: readonly string[];
  readonly intent?: string | undefined;
}

/**
 * Percentage of sentences with exactly the gold intent. A gold label such as `a#b` counts as one label.
 *
 * @throws {DataError} METRIC_EMPTY, METRIC_LENGTH.
 */
export function intentAccuracy(gold: readonly string[], predicted: readonly string[]): number {
  return accuracy(gold, predicted);
}

/**
 * Percentage of sentences with every tag and the intent right; sentences without intents are right when their tags are.
 * Tags are compared as written, so both sides must use one scheme.
 *
 * @throws {DataError} METRIC_EMPTY; METRIC_LENGTH when the numbers of sentences, or of a sentence's tags, differ.
 */
export function frameAccuracy(gold: readonly Frame[], predicted: readonly Frame[]): number {
  checkPaired(gold.length, predicted.length, "sentences");
  let correct = 0;
  for (const [index, frame] of gold.entries()) {
    const guess = predicted[index] as Frame;
    if (frame.tags.length !== guess.tags.length) {
      checkPaired(frame.tags.length, guess.tags.length, `tags of sentence ${index + 1}`);
    }
    if (frame.intent === guess.intent && frame.tags.every((tag, token) => tag === guess.tags[token]))
      correct++;
  }
  return percentage(correct, gold.length);
}
