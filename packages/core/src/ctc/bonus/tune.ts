import { ConfigError } from "@timestep/base";
import type { CtcEmissions } from "../emissions.js";
import {
  type CtcHypothesis,
  prefixBeamSearch,
  type PrefixBeamOptions,
} from "../search/prefix-beam-search.js";
import type { PrefixBonus } from "../search/prefix-bonus.js";

/** The weights of a language model, as in {@link LanguageModelWeights}. */
export interface TunedWeights {
  readonly weight: number;
  readonly insertion: number;
}

export interface Trial extends TunedWeights {
  /** What `score` gave. */
  readonly loss: number;
}

export interface TuneOptions {
  /** Of the development set. */
  readonly emissions: readonly CtcEmissions[];
  /** α and β to be tried, each with each. */
  readonly weights: readonly number[];
  readonly insertions: readonly number[];
  readonly bonus: (weights: TunedWeights) => PrefixBonus;
  /** How bad the best hypotheses are, one per utterance: the word error rate, say. Lower is better; NaN is refused. */
  readonly score: (best: readonly CtcHypothesis[]) => number;
  readonly search?: Omit<PrefixBeamOptions, "bonus" | "nBest">;
  /** Called after each trial, and awaited; false stops, with the best so far. */
  readonly onTrial?: (trial: Trial, done: number, of: number) => unknown;
}

/**
 * Finds the weights of a language model on a development set by trying a grid of them.
 *
 * Among weights with the same loss the smallest α wins, then the β nearest 0: the language model gets no more say than it
 * earns.
 *
 * @throws {ConfigError} CTC_TUNE when there is nothing to try, or a loss is NaN.
 *
 * @example
 * ```ts
 * const { best } = await tuneLanguageModel({
 *   emissions,
 *   weights: [0, 0.5, 1],
 *   insertions: [0, 1],
 *   bonus: (weights) => wordModelBonus({ model, alphabet, separator, ...weights }),
 *   score: (found) => errorRate(found.map(({ labels }) => textOf(labels)), references),
 * });
 * ```
 */
export async function tuneLanguageModel(options: TuneOptions): Promise<{ best: Trial; trials: Trial[] }> {
  const { emissions, weights, insertions, bonus, score, search, onTrial } = options;
  if (emissions.length === 0 || weights.length === 0 || insertions.length === 0) {
    throw new ConfigError("CTC_TUNE", "there is nothing to try.", {
      hint: "Give at least one utterance, one weight and one insertion bonus.",
    });
  }
  const trials: Trial[] = [];
  const of = weights.length * insertions.length;
  grid: for (const weight of weights) {
    for (const insertion of insertions) {
      const given = { ...search, bonus: bonus({ weight, insertion }) };
      const loss = score(emissions.map((each) => prefixBeamSearch(each, given)[0] as CtcHypothesis));
      if (Number.isNaN(loss)) {
        throw new ConfigError("CTC_TUNE", `the loss of weight ${weight} and insertion ${insertion} is NaN.`, {
          hint: "An error rate over no words is no number: are there references?",
        });
      }
      const trial = { weight, insertion, loss };
      trials.push(trial);
      if ((await onTrial?.(trial, trials.length, of)) === false) break grid;
    }
  }
  const [best] = [...trials].sort(
    (a, b) => a.loss - b.loss || a.weight - b.weight || Math.abs(a.insertion) - Math.abs(b.insertion),
  );
  return { best: best as Trial, trials };
}
