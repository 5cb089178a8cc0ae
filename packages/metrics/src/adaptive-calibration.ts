import { type CalibrationBin, type CalibrationScores, checkBins, checkConfidence } from "./calibration.js";
import { checkPaired, percentage } from "./check.js";

/**
 * Expected calibration error over bins that hold equally many predictions, so that a model which is nearly always sure
 * is not judged by two bins of fifteen. Equal confidences stay in one bin: bins differ in size where there are ties, and
 * the order of the predictions changes nothing.
 *
 * @param confidences Probability that the model gives its own prediction, 0 to 1.
 * @param correct Whether that prediction is right.
 * @param binCount The most bins there can be. Default 15.
 * @throws {DataError} METRIC_EMPTY, METRIC_LENGTH; METRIC_PROBABILITY when a confidence is outside 0..1.
 * @throws {ConfigError} METRIC_BINS when `binCount` is no whole number of at least 1.
 * @see Nixon et al. 2019, "Measuring calibration in deep learning", arXiv:1904.01685, section 4 (adaptive bins).
 */
export function adaptiveCalibration(
  confidences: readonly number[],
  correct: readonly boolean[],
  binCount = 15,
): CalibrationScores {
  checkBins(binCount);
  checkPaired(correct.length, confidences.length, "predictions");
  confidences.forEach(checkConfidence);
  const order = confidences.map((_, index) => index).sort((a, b) => at(confidences, a) - at(confidences, b));
  const bins: CalibrationBin[] = [];
  let start = 0;
  for (let bin = 1; bin <= binCount; bin++) {
    let end = Math.round((bin * order.length) / binCount);
    if (end <= start) continue; // swallowed by ties, or more bins than predictions
    const last = at(confidences, order[end - 1] as number);
    while (end < order.length && at(confidences, order[end] as number) === last) end++;
    const members = order.slice(start, end);
    const confidence = members.reduce((sum, index) => sum + at(confidences, index), 0);
    const right = members.filter((index) => correct[index] === true).length;
    bins.push({
      lower: at(confidences, order[start] as number),
      upper: last,
      count: members.length,
      confidence: percentage(confidence, members.length),
      accuracy: percentage(right, members.length),
    });
    start = end;
  }
  const error =
    bins.reduce((sum, bin) => sum + bin.count * Math.abs(bin.confidence - bin.accuracy), 0) / order.length;
  return { error, bins, signature: `bins:${binCount} width:adaptive` };
}

function at(values: readonly number[], index: number): number {
  return values[index] as number;
}
