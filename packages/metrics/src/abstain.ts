import { ConfigError } from "@timestep/base";
import { checkConfidence } from "./calibration.js";
import { checkPaired, percentage } from "./check.js";

/** What remains when predictions below a confidence are withheld. */
export interface AbstainPoint {
  /** Predictions of at least this confidence are made. */
  readonly threshold: number;
  /** Share of the predictions that are made, percent. */
  readonly coverage: number;
  /** Share of those that are right, percent. */
  readonly accuracy: number;
}

/**
 * Accuracy against coverage for every threshold that makes a difference, from the strictest to the one that withholds
 * nothing.
 *
 * @param confidences Probability that the model gives its own prediction, 0 to 1.
 * @param correct Whether that prediction is right.
 * @throws {DataError} METRIC_EMPTY, METRIC_LENGTH, METRIC_PROBABILITY.
 * @see El-Yaniv & Wiener 2010, "On the foundations of noise-free selective classification", JMLR 11 (risk and coverage).
 */
export function abstainCurve(confidences: readonly number[], correct: readonly boolean[]): AbstainPoint[] {
  checkPaired(correct.length, confidences.length, "predictions");
  confidences.forEach(checkConfidence);
  const sorted = confidences
    .map((confidence, index) => ({ confidence, right: correct[index] === true }))
    .sort((a, b) => b.confidence - a.confidence);
  const points: AbstainPoint[] = [];
  let right = 0;
  for (const [index, each] of sorted.entries()) {
    if (each.right) right++;
    // Equal confidences are made or withheld together.
    if (sorted[index + 1]?.confidence === each.confidence) continue;
    points.push({
      threshold: each.confidence,
      coverage: percentage(index + 1, sorted.length),
      accuracy: percentage(right, index + 1),
    });
  }
  return points;
}

/**
 * The point of a curve that makes the most predictions at no less than the wanted accuracy; undefined when no threshold
 * reaches it.
 *
 * @param accuracy Percent, above 0 up to 100.
 * @throws {ConfigError} METRIC_TARGET
 */
export function pointOfAccuracy(curve: readonly AbstainPoint[], accuracy: number): AbstainPoint | undefined {
  if (!(accuracy > 0 && accuracy <= 100)) {
    throw new ConfigError(
      "METRIC_TARGET",
      `the wanted accuracy is ${accuracy}, expected a percentage above 0.`,
    );
  }
  return curve.filter((point) => point.accuracy >= accuracy).at(-1);
}
