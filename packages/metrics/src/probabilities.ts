import { DataError } from "@timestep/base";
import { checkPaired } from "./check.js";

/**
 * Probabilities of K classes from their logits, softmax(logits / temperature). A temperature above 1 makes them less
 * sure; the order of the classes stays.
 *
 * @param logits [K]
 * @throws {DataError} METRIC_LOGIT when a logit is not finite, METRIC_EMPTY when there is none, METRIC_TEMPERATURE when
 *   the temperature is not above 0.
 */
export function temperedSoftmax(logits: ArrayLike<number>, temperature = 1): number[] {
  if (!(temperature > 0 && Number.isFinite(temperature))) {
    throw new DataError(
      "METRIC_TEMPERATURE",
      `the temperature is ${temperature}, expected above 0 and finite.`,
    );
  }
  const row = Array.from(logits);
  checkLogits(row, 0);
  const largest = row.reduce((most, logit) => Math.max(most, logit), -Infinity);
  const weights = row.map((logit) => Math.exp((logit - largest) / temperature));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/**
 * Brier score: mean squared distance between predicted probabilities and what came true, summed over the classes; 0 for
 * sure and right, 2 for sure and wrong. It falls both with better calibration and with better separation.
 *
 * @param probabilities [N, K], each row adding up to 1.
 * @param gold [N], the class that was true, 0 … K-1.
 * @throws {DataError} METRIC_EMPTY, METRIC_LENGTH; METRIC_PROBABILITY when a row is no distribution; METRIC_CLASS when a
 *   gold class is outside its row.
 * @see Brier 1950, "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78(1).
 */
export function brierScore(probabilities: readonly ArrayLike<number>[], gold: readonly number[]): number {
  checkPaired(gold.length, probabilities.length, "predictions");
  let total = 0;
  for (const [index, row] of probabilities.entries()) {
    const truth = gold[index] as number;
    checkClass(truth, row.length, index);
    let sum = 0;
    for (let k = 0; k < row.length; k++) {
      const probability = row[k] as number;
      if (!(probability >= 0 && probability <= 1)) throw noDistribution(index, `holds ${probability}`);
      sum += probability;
      total += (probability - (k === truth ? 1 : 0)) ** 2;
    }
    // Loose enough for probabilities that were computed with 32 bits.
    if (Math.abs(sum - 1) > 1e-3) throw noDistribution(index, `adds up to ${sum}`);
  }
  return total / gold.length;
}

/** @throws {DataError} METRIC_EMPTY, METRIC_LOGIT */
export function checkLogits(row: ArrayLike<number>, index: number): void {
  if (row.length === 0) {
    throw new DataError("METRIC_EMPTY", `prediction ${index + 1} has no logits.`);
  }
  for (let k = 0; k < row.length; k++) {
    if (Number.isFinite(row[k])) continue;
    throw new DataError(
      "METRIC_LOGIT",
      `prediction ${index + 1} has the logit ${String(row[k])}, expected finite ones.`,
      {
        hint: "The model's output overflowed; look at its training loss.",
      },
    );
  }
}

/** @throws {DataError} METRIC_CLASS */
export function checkClass(truth: number, classes: number, index: number): void {
  if (Number.isInteger(truth) && truth >= 0 && truth < classes) return;
  throw new DataError(
    "METRIC_CLASS",
    `prediction ${index + 1} has the true class ${truth}, expected 0 to ${classes - 1}.`,
    {
      hint: "Classes are numbered from 0 in the order of the model's outputs.",
    },
  );
}

function noDistribution(index: number, what: string): DataError {
  return new DataError("METRIC_PROBABILITY", `prediction ${index + 1} is no distribution: it ${what}.`, {
    hint: "Give one probability a class, adding up to 1.",
  });
}
