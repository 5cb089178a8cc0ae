import { checkPaired } from "./check.js";
import { checkClass, checkLogits } from "./probabilities.js";

export interface FittedTemperature {
  /** What logits are to be divided by. */
  readonly temperature: number;
  /** Mean negative log-likelihood of the true classes in nats, before (temperature 1) and after. */
  readonly before: number;
  readonly after: number;
  /** Whether the likelihood would still grow beyond the range searched, as when every prediction is right. */
  readonly atBound: boolean;
}

/** Temperatures that are searched: at the ends probabilities are all but certain, or all but even. */
const RANGE = { coldest: 0.05, hottest: 20 };

/**
 * The temperature that makes held-out data most likely. Fit it on data that the model was not trained on, and report
 * calibration on other data again.
 *
 * In the inverse temperature s the mean negative log-likelihood is convex: with p = softmax(s·z) its slope is
 * mean(E_p[z] - z_true), its curvature mean(Var_p[z]). Newton steps find the zero of the slope, halving the bracket
 * wherever a step would leave it.
 *
 * @param logits [N, K]
 * @param gold [N], the true class, 0 … K-1.
 * @throws {DataError} METRIC_EMPTY, METRIC_LENGTH, METRIC_LOGIT, METRIC_CLASS.
 * @see Guo et al. 2017, "On calibration of modern neural networks", arXiv:1706.04599, section 4.2.
 */
export function fitTemperature(
  logits: readonly ArrayLike<number>[],
  gold: readonly number[],
): FittedTemperature {
  checkPaired(gold.length, logits.length, "predictions");
  for (const [index, row] of logits.entries()) {
    checkLogits(row, index);
    checkClass(gold[index] as number, row.length, index);
  }
  const { loss: before, slope: start } = likelihood(logits, gold, 1);
  // A loss that is flat here is at its least: even logits leave nothing to fit.
  if (start === 0) return { temperature: 1, before, after: before, atBound: false };
  let low = 1 / RANGE.hottest;
  let high = 1 / RANGE.coldest;
  const bound =
    likelihood(logits, gold, low).slope >= 0
      ? low
      : likelihood(logits, gold, high).slope <= 0
        ? high
        : undefined;
  if (bound !== undefined) {
    const after = likelihood(logits, gold, bound).loss;
    return { temperature: 1 / bound, before, after, atBound: true };
  }
  let scale = 1;
  for (let step = 0; step < 100; step++) {
    const { slope, curvature } = likelihood(logits, gold, scale);
    if (slope > 0) high = scale;
    else low = scale;
    const newton = scale - slope / curvature;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    const moved = Math.abs(next - scale);
    scale = next;
    if (moved <= 1e-12 * scale) break;
  }
  return { temperature: 1 / scale, before, after: likelihood(logits, gold, scale).loss, atBound: false };
}

interface Likelihood {
  readonly loss: number;
  readonly slope: number;
  readonly curvature: number;
}

/** Mean negative log-likelihood at the inverse temperature `scale`, and its first two derivatives. */
function likelihood(
  logits: readonly ArrayLike<number>[],
  gold: readonly number[],
  scale: number,
): Likelihood {
  let loss = 0;
  let slope = 0;
  let curvature = 0;
  for (const [index, row] of logits.entries()) {
    let largest = -Infinity;
    for (let k = 0; k < row.length; k++) largest = Math.max(largest, row[k] as number);
    // Taken from the largest, logits neither overflow nor cancel.
    const truth = (row[gold[index] as number] as number) - largest;
    let sum = 0;
    let mean = 0;
    let square = 0;
    for (let k = 0; k < row.length; k++) {
      const logit = (row[k] as number) - largest;
      const weight = Math.exp(scale * logit);
      sum += weight;
      mean += weight * logit;
      square += weight * logit * logit;
    }
    mean /= sum;
    loss += Math.log(sum) - scale * truth;
    slope += mean - truth;
    curvature += Math.max(0, square / sum - mean * mean);
  }
  return { loss: loss / gold.length, slope: slope / gold.length, curvature: curvature / gold.length };
}
