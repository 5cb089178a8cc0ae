import { type NgramModel, sentenceEnd } from "./ngram-model.js";

/** How well a model predicts sentences. */
export interface NgramScore {
  /** ln p of all that was counted. */
  readonly logProbability: number;
  /** Words and ends of sentences that were counted. */
  readonly tokens: number;
  /** Words outside the vocabulary: counted as `<unk>` where the model has that, else left out. */
  readonly unknown: number;
  /** e to the power of -logProbability / tokens; 1 of nothing. */
  readonly perplexity: number;
}

/** Scores sentences from `<s>` to `</s>`, which counts as a word. */
export function scoreSentences(model: NgramModel, sentences: Iterable<readonly string[]>): NgramScore {
  let [logProbability, tokens, unknown] = [0, 0, 0];
  for (const sentence of sentences) {
    let state = model.begin();
    for (const word of [...sentence, sentenceEnd]) {
      const step = model.step(state, word);
      state = step.state;
      const known = model.knows(word);
      if (!known) unknown++;
      if (!known && !model.hasUnknown) continue;
      tokens++;
      logProbability += step.logProbability;
    }
  }
  return {
    logProbability,
    tokens,
    unknown,
    perplexity: tokens === 0 ? 1 : Math.exp(-logProbability / tokens),
  };
}
