import { DataError } from "@timestep/base";

/**
 * Insists that there is something to score and as many predictions as gold items.
 *
 * @throws {DataError} METRIC_EMPTY, METRIC_LENGTH.
 */
export function checkPaired(gold: number, predicted: number, items: string): void {
  if (gold !== predicted) {
    throw new DataError("METRIC_LENGTH", `${gold} gold ${items} but ${predicted} predicted ones.`, {
      hint: "Score the predictions against the split they were made for, in the same order.",
    });
  }
  if (gold === 0) {
    throw new DataError("METRIC_EMPTY", `there are no ${items} to score.`, {
      hint: "A score of nothing has no value; check that the split is not empty.",
    });
  }
}

/** 100·part/whole, or 0 where the whole is 0, as the official scripts print it. */
export function percentage(part: number, whole: number): number {
  return whole === 0 ? 0 : (100 * part) / whole;
}

/** Harmonic mean of two percentages, 0 where both are. */
export function harmonicMean(precision: number, recall: number): number {
  return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
}
