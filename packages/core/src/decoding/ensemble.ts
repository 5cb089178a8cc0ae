import { ConfigError } from "@timestep/base";
import { addN, log, logSoftmax, mul, softmax, type Tensor, type Tensor2D, tidy } from "@tensorflow/tfjs-core";
import { checkAtLeast } from "./options.js";
import type { Step, StepModel } from "./step-model.js";

/** How the members of an {@link ensemble} become one. */
export const ensembleMeans = ["probabilities", "logProbabilities"] as const;
export type EnsembleMean = (typeof ensembleMeans)[number];

export interface EnsembleOptions {
  /** Default "probabilities"; the mean of log probabilities asks for agreement, since each member can rule a token out. */
  readonly mean?: EnsembleMean;
  /** One positive weight per member; default all the same. They are scaled to add up to 1. */
  readonly weights?: readonly number[];
}

/**
 * Several models over one vocabulary as one. Its state holds one state per member, in their order.
 *
 *   probabilities:      p(y) = Σm wm pm(y)          logProbabilities:  p(y) ∝ Πm pm(y)^wm
 *
 * Attention is the weighted mean of the members', where all give it over the same positions.
 *
 * @throws {ConfigError} ENSEMBLE_MEMBERS when there is none, or vocabularies differ in size; DECODING_OPTION when weights
 *   are not one positive number per member.
 *
 * @example
 * ```ts
 * const both = ensemble([first, second]);
 * const found = await beamSearch(both, [firstState, secondState], options);
 * ```
 */
export function ensemble<State>(
  members: readonly StepModel<State>[],
  { mean = "probabilities", weights = members.map(() => 1) }: EnsembleOptions = {},
): StepModel<readonly State[]> {
  const vocabularySize = checkMembers(members, mean, weights);
  const total = weights.reduce((a, b) => a + b, 0);
  const shares = weights.map((weight) => weight / total);
  const dispose = (states: readonly State[]): void => {
    for (const [m, state] of states.entries()) members[m]?.dispose(state);
  };
  return {
    vocabularySize,
    step: (tokens, states): Step<readonly State[]> => {
      const steps: Step<State>[] = [];
      try {
        for (const [m, member] of members.entries()) steps.push(member.step(tokens, states[m] as State));
        const logits = mixed(steps, shares, mean);
        const attention = meanAttention(steps, shares);
        return { logits, state: steps.map(({ state }) => state), ...(attention && { attention }) };
      } catch (error) {
        dispose(steps.map(({ state }) => state));
        throw error;
      } finally {
        for (const step of steps) {
          step.logits.dispose();
          step.attention?.dispose();
        }
      }
    },
    select: (states, rows) => {
      const selected: State[] = [];
      try {
        for (const [m, member] of members.entries()) selected.push(member.select(states[m] as State, rows));
        return selected;
      } catch (error) {
        dispose(selected);
        throw error;
      }
    },
    dispose,
  };
}

/** [R, V]; adding up probabilities and not their logarithms keeps tokens that no member allows at -Infinity. */
function mixed<State>(
  steps: readonly Step<State>[],
  shares: readonly number[],
  mean: EnsembleMean,
): Tensor2D {
  return tidy(() => {
    const one = mean === "probabilities" ? softmax : logSoftmax;
    const sum = weighted(
      steps.map(({ logits }) => one(logits)),
      shares,
    );
    return mean === "probabilities" ? log(sum) : sum;
  }) as Tensor2D;
}

function meanAttention<State>(
  steps: readonly Step<State>[],
  shares: readonly number[],
): Tensor2D | undefined {
  const given = steps.flatMap(({ attention }) => (attention === undefined ? [] : [attention]));
  const shape = given[0]?.shape.join();
  if (given.length < steps.length || given.some((each) => each.shape.join() !== shape)) return undefined;
  return tidy(() => weighted(given, shares)) as Tensor2D;
}

function weighted(tensors: readonly Tensor[], shares: readonly number[]): Tensor {
  return addN(tensors.map((each, m) => mul(each, shares[m] as number)));
}

function checkMembers<State>(
  members: readonly StepModel<State>[],
  mean: EnsembleMean,
  weights: readonly number[],
): number {
  const sizes = members.map(({ vocabularySize }) => vocabularySize);
  const [size] = sizes;
  if (size === undefined || sizes.some((other) => other !== size)) {
    throw new ConfigError(
      "ENSEMBLE_MEMBERS",
      `an ensemble needs members over one vocabulary, got ${sizes.length === 0 ? "none" : `sizes ${sizes.join(", ")}`}.`,
      { hint: "Take models that were trained with the same vocabulary." },
    );
  }
  if (!ensembleMeans.includes(mean)) {
    throw new ConfigError("DECODING_OPTION", `"${String(mean)}" is no mean of an ensemble.`, {
      hint: `Use one of ${ensembleMeans.join(", ")}.`,
    });
  }
  if (weights.length !== members.length) {
    throw new ConfigError(
      "DECODING_OPTION",
      `an ensemble of ${members.length} members got ${weights.length} weights.`,
      { hint: "Give one weight per member." },
    );
  }
  for (const [m, weight] of weights.entries()) checkAtLeast(`weights[${m}]`, weight, Number.MIN_VALUE);
  return size;
}
