import { holdOut, stratifiedFolds, UNLABELLED, type WordVectors } from "@timestep/data";
import { SentimentClassifier } from "./classifier.js";
import type { SentimentExample } from "./examples.js";
import type { SentimentSettings } from "./settings.js";

/** Scores over the rounds of a cross-validation. */
export interface CrossValidation {
  /** Scores of each round, on the part that it did not learn from. */
  readonly rounds: readonly Readonly<Record<string, number>>[];
  readonly mean: Readonly<Record<string, number>>;
  /** Sample standard deviation over the rounds. */
  readonly spread: Readonly<Record<string, number>>;
}

export interface CrossValidationOptions {
  readonly labels?: readonly string[];
  readonly vectors?: WordVectors;
  /** Called after each round. */
  readonly onRound?: (round: number, metrics: Readonly<Record<string, number>>) => void;
  readonly signal?: AbortSignal;
}

/**
 * Trains as many classifiers as there are folds, each on all parts but one, and scores it on that one. Weights and
 * temperature of a round are chosen on a share (`devShare`) of what it learns from, so no round sees its test part.
 *
 * @throws {ConfigError} SPLIT_FOLDS when there are fewer than two folds.
 * @throws {DataError} SPLIT_TOO_FEW when there are fewer texts than folds.
 */
export async function crossValidate(
  examples: readonly SentimentExample[],
  settings: SentimentSettings,
  { onRound, signal, ...made }: CrossValidationOptions = {},
): Promise<CrossValidation> {
  const { folds, seed, devShare } = settings;
  const rounds: Readonly<Record<string, number>>[] = [];
  const labelled = examples.filter(({ label }) => label !== UNLABELLED);
  const stopped = (): boolean => signal?.aborted === true;
  for (const [round, { train, test }] of stratifiedFolds(labelled, { folds, seed }).entries()) {
    if (stopped()) break;
    const { kept, held } = holdOut(train, { share: devShare, seed: seed + round });
    const classifier = SentimentClassifier.untrained(kept, settings, made);
    try {
      await classifier.fit(kept, { dev: held, ...(signal === undefined ? {} : { signal }) });
      if (stopped()) break; // a round that was cut short says nothing
      const { metrics } = await classifier.evaluate(test);
      rounds.push(metrics);
      onRound?.(round + 1, metrics);
    } finally {
      classifier.dispose();
    }
  }
  return { rounds, ...overRounds(rounds) };
}

function overRounds(
  rounds: readonly Readonly<Record<string, number>>[],
): Pick<CrossValidation, "mean" | "spread"> {
  const mean: Record<string, number> = {};
  const spread: Record<string, number> = {};
  for (const name of Object.keys(rounds[0] ?? {})) {
    const values = rounds.map((metrics) => metrics[name] as number);
    const middle = values.reduce((sum, value) => sum + value, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
    mean[name] = middle;
    spread[name] = Math.sqrt(squares / Math.max(1, values.length - 1));
  }
  return { mean, spread };
}
