import { type LabelledText, LabelSet } from "@timestep/data";
import { DataError } from "@timestep/base";
import { type Baseline, wordsOf } from "./classifier.js";
import { NgramFeatures } from "./ngram-features.js";

/**
 * Multinomial naive Bayes over words and pairs of neighbouring words, each counted once a text.
 *
 *   log P(c | text) = log P(c) + Σ over the text's features f of log P(f | c) + constant
 *   P(f | c) = (texts of c with f + 1) / (Σ over all features of that count + number of features)
 *
 * Features that no training text had are left out.
 *
 * @throws {DataError} DATA_EMPTY when there are no training texts.
 * @see Wang & Manning 2012, "Baselines and bigrams: simple, good sentiment and topic classification", ACL, P12-2018.
 */
export function trainNaiveBayes(examples: readonly LabelledText[]): Baseline {
  if (examples.length === 0) {
    throw new DataError("DATA_EMPTY", "there are no training texts for naive Bayes.", {
      hint: "Check that the training split is not empty.",
    });
  }
  const labels = LabelSet.collect(examples.map(({ label }) => label));
  const features = new NgramFeatures();
  const texts = examples.map((example) => features.learn(wordsOf(example)));
  const documents = new Float64Array(labels.size);
  const counts = Array.from({ length: labels.size }, () => new Float32Array(features.size));
  for (const [index, ids] of texts.entries()) {
    const label = labels.id((examples[index] as LabelledText).label);
    documents[label] = (documents[label] as number) + 1;
    const row = counts[label] as Float32Array;
    for (const id of ids) row[id] = (row[id] as number) + 1;
  }
  const priors = documents.map((count) => Math.log(count / examples.length));
  // The counts become log probabilities in place: large corpora have millions of features.
  for (const row of counts) {
    const total = row.reduce((sum, count) => sum + count, features.size);
    for (let id = 0; id < row.length; id++) row[id] = Math.log(((row[id] as number) + 1) / total);
  }
  return {
    name: "naive Bayes",
    signature: `features:1+2-grams counts:binary smoothing:1 texts:${examples.length}`,
    classify: (tokens) => {
      const ids = features.find(tokens);
      let best = 0;
      let bestScore = -Infinity;
      for (const [label, row] of counts.entries()) {
        let score = priors[label] as number;
        for (const id of ids) score += row[id] as number;
        if (score > bestScore) {
          best = label;
          bestScore = score;
        }
      }
      return labels.label(best);
    },
  };
}
