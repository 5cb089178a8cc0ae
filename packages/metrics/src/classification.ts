import { checkPaired, harmonicMean, percentage } from "./check.js";

/** How often gold label (row) was predicted as label (column). */
export interface ConfusionMatrix {
  /** Labels of rows and columns in code unit order: all that occur on either side. */
  readonly labels: readonly string[];
  /** [K, K], `counts[gold][predicted]`. */
  readonly counts: readonly (readonly number[])[];
}

export interface LabelScores {
  readonly gold: number;
  readonly predicted: number;
  readonly correct: number;
  /** Percentages; 0 where nothing was predicted, or nothing is gold. */
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

export interface ClassificationScores {
  /** Percent. */
  readonly accuracy: number;
  /** Mean of the F1 of every label that occurs on either side, percent. */
  readonly macroF1: number;
  readonly examples: number;
  readonly labels: ReadonlyMap<string, LabelScores>;
  readonly confusion: ConfusionMatrix;
  /** How the score was taken, to print beside it. */
  readonly signature: string;
}

/**
 * Percentage of items predicted exactly.
 *
 * @throws {DataError} METRIC_EMPTY, METRIC_LENGTH.
 */
export function accuracy(gold: readonly string[], predicted: readonly string[]): number {
  checkPaired(gold.length, predicted.length, "labels");
  let correct = 0;
  for (const [index, label] of gold.entries()) if (label === predicted[index]) correct++;
  return percentage(correct, gold.length);
}

/**
 * Counts of gold label against predicted label.
 *
 * @throws {DataError} METRIC_EMPTY, METRIC_LENGTH.
 */
export function confusionMatrix(gold: readonly string[], predicted: readonly string[]): ConfusionMatrix {
  checkPaired(gold.length, predicted.length, "labels");
  const labels = [...new Set([...gold, ...predicted])].sort();
  const ids = new Map(labels.map((label, id) => [label, id]));
  const counts = labels.map(() => labels.map(() => 0));
  for (const [index, label] of gold.entries()) {
    const row = counts[ids.get(label) as number] as number[];
    const column = ids.get(predicted[index] as string) as number;
    row[column] = (row[column] as number) + 1;
  }
  return { labels, counts };
}

/**
 * Accuracy, F1 of each label and their unweighted mean, with the confusion matrix. The mean runs over the labels that
 * occur in gold or predictions; a label that is never right counts as 0.
 *
 * @throws {DataError} METRIC_EMPTY, METRIC_LENGTH.
 */
export function classificationScores(
  gold: readonly string[],
  predicted: readonly string[],
): ClassificationScores {
  const confusion = confusionMatrix(gold, predicted);
  const labels = new Map<string, LabelScores>();
  for (const [id, label] of confusion.labels.entries()) {
    const row = confusion.counts[id] as readonly number[];
    const goldCount = row.reduce((sum, count) => sum + count, 0);
    const predictedCount = confusion.counts.reduce((sum, counts) => sum + (counts[id] as number), 0);
    const correct = row[id] as number;
    const precision = percentage(correct, predictedCount);
    const recall = percentage(correct, goldCount);
    const f1 = harmonicMean(precision, recall);
    labels.set(label, { gold: goldCount, predicted: predictedCount, correct, precision, recall, f1 });
  }
  const sum = [...labels.values()].reduce((total, { f1 }) => total + f1, 0);
  return {
    accuracy: accuracy(gold, predicted),
    macroF1: sum / labels.size,
    examples: gold.length,
    labels,
    confusion,
    signature: "average:macro labels:gold+predicted",
  };
}

/**
 * Unweighted mean of the F1 of every label that occurs on either side, percent.
 *
 * @throws {DataError} METRIC_EMPTY, METRIC_LENGTH.
 */
export function macroF1(gold: readonly string[], predicted: readonly string[]): number {
  return classificationScores(gold, predicted).macroF1;
}
