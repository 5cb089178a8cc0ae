import { type LabelledText } from "@timestep/data";
import { type Baseline, wordsOf } from "./classifier.js";
import { majorityLabel } from "./majority.js";
import { trainNaiveBayes } from "./naive-bayes.js";
import { trainNbSvm } from "./nb-svm.js";
import { trainWordList, wordListBaseline } from "./word-list.js";

/**
 * The methods whose scores stand beside a network's: majority, word list, naive Bayes, NB-SVM. The word list judges two
 * labels by the sign of its sum, as it is meant; for more it learns where to cut.
 *
 * Train on whole texts: with every phrase of a treebank the machines contradict themselves and take minutes.
 *
 * @param ordered The labels from the most negative to the most positive; without them the word list is left out.
 * @throws {DataError} DATA_EMPTY, BASELINE_ONE_LABEL; LABELLED_LABEL when a text's label is not among `ordered`.
 */
export function trainBaselines(
  examples: readonly LabelledText[],
  { ordered, seed = 1 }: { readonly ordered?: readonly string[] | undefined; readonly seed?: number } = {},
): Baseline[] {
  // Cut into words once for all methods.
  const texts = examples.map((example) => ({ ...example, tokens: wordsOf(example) }));
  const majority = majorityLabel(texts.map(({ label }) => label));
  const baselines: Baseline[] = [
    { name: "majority", signature: `label:${majority}`, classify: () => majority },
    trainNaiveBayes(texts),
    trainNbSvm(texts, seed),
  ];
  if (ordered === undefined) return baselines;
  const wordList = ordered.length === 2 ? wordListBaseline(ordered, [0]) : trainWordList(texts, ordered);
  return baselines.toSpliced(1, 0, wordList);
}
