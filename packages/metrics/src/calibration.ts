import { ConfigError, DataError } from "@timestep/base";
import { checkPaired, percentage } from "./check.js";

/** Predictions whose confidence falls into one stretch of [0, 1]. */
export interface CalibrationBin {
  /**
   * In bins of equal width: above `lower`, up to and including `upper`; the first bin also holds 0. In adaptive bins: the
   * lowest and the highest confidence of the bin.
   */
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
  /** Mean confidence, percent; 0 for an empty bin. */
  readonly confidence: number;
  /** Share that is right, percent; 0 for an empty bin. */
  readonly accuracy: number;
}

export interface CalibrationScores {
  /** Expected calibration error, percent. */
  readonly error: number;
  readonly bins: readonly CalibrationBin[];
  /** How the score was taken, to print beside it. */
  readonly signature: string;
}

/**
 * Expected calibration error: confidences are sorted into bins of equal width, and the distances between each bin's mean
 * confidence and its accuracy are averaged by the bins' sizes. 0 means that of everything said with 80 % confidence,
 * 80 % is right.
 *
 * @param confidences Probability that the model gives its own prediction, 0 to 1.
 * @param correct Whether that prediction is right.
 * @param binCount Default 15, the number of Guo et al. 2017.
 * @throws {DataError} METRIC_EMPTY, METRIC_LENGTH; METRIC_PROBABILITY when a confidence is outside 0..1.
 * @throws {ConfigError} METRIC_BINS when `binCount` is no whole number of at least 1.
 * @see Guo et al. 2017, "On calibration of modern neural networks", arXiv:1706.04599, equation 3.
 */
export function calibration(
  confidences: readonly number[],
  correct: readonly boolean[],
  binCount = 15,
): CalibrationScores {
  checkBins(binCount);
  checkPaired(correct.length, confidences.length, "predictions");
  const sums = Array.from({ length: binCount }, () => ({ count: 0, confidence: 0, right: 0 }));
  for (const [index, confidence] of confidences.entries()) {
    checkConfidence(confidence, index);
    const bin = sums[Math.max(0, Math.ceil(confidence * binCount) - 1)] as (typeof sums)[number];
    bin.count++;
    bin.confidence += confidence;
    if (correct[index] === true) bin.right++;
  }
  const bins = sums.map(({ count, confidence, right }, index): CalibrationBin => ({
    lower: index / binCount,
    upper: (index + 1) / binCount,
    count,
    confidence: percentage(confidence, count),
    accuracy: percentage(right, count),
  }));
  const error =
    bins.reduce((sum, bin) => sum + bin.count * Math.abs(bin.confidence - bin.accuracy), 0) /
    confidences.length;
  return { error, bins, signature: `bins:${binCount} width:equal` };
}

/** The `error` of {@link calibration}, percent. */
export function expectedCalibrationError(
  confidences: readonly number[],
  correct: readonly boolean[],
  binCount = 15,
): number {
  return calibration(confidences, correct, binCount).error;
}

/** @throws {ConfigError} METRIC_BINS */
export function checkBins(binCount: number): void {
  if (!Number.isInteger(binCount) || binCount < 1) {
    throw new ConfigError(
      "METRIC_BINS",
      `the number of bins must be a whole number of at least 1, got ${binCount}.`,
    );
  }
}

/** @throws {DataError} METRIC_PROBABILITY */
export function checkConfidence(confidence: number, index: number): void {
  if (confidence >= 0 && confidence <= 1) return;
  throw new DataError(
    "METRIC_PROBABILITY",
    `prediction ${index + 1} has confidence ${confidence}, expected 0 to 1.`,
  );
}

/**
 * The bins as lines of text, empty ones left out: range of confidence, mean confidence, accuracy, number of predictions.
 * A bin whose accuracy is below its confidence is overconfident.
 */
export function formatReliability({ bins, error, signature }: CalibrationScores): string {
  const lines = bins
    .filter(({ count }) => count > 0)
    .map(
      ({ lower, upper, confidence, accuracy, count }) =>
        `${lower.toFixed(3)}..${upper.toFixed(3)}  ${confidence.toFixed(1).padStart(10)}  ` +
        `${accuracy.toFixed(1).padStart(8)}  ${String(count).padStart(6)}`,
    );
  const heading = "confidence    mean (%)  right (%)   count";
  return [heading, ...lines, `calibration error ${error.toFixed(2)} % | ${signature}`].join("\n");
}
