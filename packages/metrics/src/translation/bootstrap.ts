import { ConfigError, type Random } from "@timestep/base";
import { checkPaired } from "../check.js";

export interface BootstrapOptions {
  /** How many corpora are drawn. Default 1000. */
  readonly samples?: number | undefined;
  readonly random: Random;
}

/** A score with the interval that 95 of 100 resampled corpora fall into. */
export interface ScoreInterval {
  /** On the corpus itself. */
  readonly score: number;
  /** Over the resampled corpora. */
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export interface PairedBootstrap {
  readonly baseline: ScoreInterval;
  readonly system: ScoreInterval;
  /** The system's score less the baseline's, on the corpus itself. */
  readonly difference: number;
  /** How often chance alone would bring a difference as large, either way, were the two equally good; 0 to 1. */
  readonly pValue: number;
}

/**
 * Whether two systems differ by more than the choice of test sentences explains.
 *
 * Corpora of the same size are drawn from the sentences with replacement, and both systems are scored on each. The
 * differences, shifted to mean 0, show what chance does: p = (1 + #{|dᵢ − mean d| ≥ |d|}) / (1 + samples).
 *
 * @param baseline What the score needs of each sentence, such as `bleuCounts` gives.
 * @param system The same of the other system, sentence by sentence.
 * @param score The score of a corpus of such sentences.
 * @throws {DataError} METRIC_EMPTY, METRIC_LENGTH.
 * @throws {ConfigError} METRIC_SAMPLES when their number is not whole and above 0.
 * @see Koehn 2004, "Statistical significance tests for machine translation evaluation"; the shift: Riezler & Maxwell 2005.
 *
 * @example
 * ```ts
 * const score = (sentences: readonly BleuCounts[]) => bleuFromCounts(addBleuCounts(sentences)).bleu;
 * pairedBootstrap(bleuCounts(references, old), bleuCounts(references, now), score, { random: seeded(1) }).pValue;
 * ```
 */
export function pairedBootstrap<Sentence>(
  baseline: readonly Sentence[],
  system: readonly Sentence[],
  score: (sentences: readonly Sentence[]) => number,
  options: BootstrapOptions,
): PairedBootstrap {
  checkPaired(baseline.length, system.length, "sentences");
  const { samples = 1000, random } = options;
  if (!Number.isInteger(samples) || samples < 1) {
    throw new ConfigError("METRIC_SAMPLES", `${samples} is no number of corpora to draw.`, {
      hint: "Give a whole number; 1000 is usual.",
    });
  }
  const baselineScores: number[] = [];
  const systemScores: number[] = [];
  for (let sample = 0; sample < samples; sample++) {
    const drawn = baseline.map(() => random.integer(baseline.length));
    baselineScores.push(score(drawn.map((index) => baseline[index] as Sentence)));
    systemScores.push(score(drawn.map((index) => system[index] as Sentence)));
  }
  const baselineScore = score(baseline);
  const systemScore = score(system);
  const difference = systemScore - baselineScore;
  const differences = systemScores.map((value, sample) => value - (baselineScores[sample] as number));
  const shift = mean(differences);
  const asLarge = differences.filter((value) => Math.abs(value - shift) >= Math.abs(difference)).length;
  return {
    baseline: interval(baselineScore, baselineScores),
    system: interval(systemScore, systemScores),
    difference,
    pValue: (1 + asLarge) / (1 + samples),
  };
}

function interval(score: number, samples: readonly number[]): ScoreInterval {
  const sorted = [...samples].sort((a, b) => a - b);
  const outside = Math.floor(sorted.length / 40); // 2.5 % on either side
  return {
    score,
    mean: mean(samples),
    low: sorted[outside] ?? score,
    high: sorted[sorted.length - 1 - outside] ?? score,
  };
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
