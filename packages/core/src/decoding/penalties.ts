import { ConfigError } from "@timestep/base";
import { checkAtLeast } from "./options.js";
import type { LengthLimits } from "./rules.js";

/**
 * How the log probability of a sequence becomes a score that does not favour short ones. A length here is the number of
 * steps: the tokens, and the end of a finished sequence.
 *
 * - `none`: the log probability.
 * - `gnmt`: divided by ((5 + length) / 6)^alpha (Wu et al. 2016, arXiv:1609.08144, equation 14).
 * - `average`: divided by the length.
 * - `reward`: `perToken` is added for each step (He et al. 2016, "Improved neural machine translation with SMT features").
 */
export type LengthPenalty =
  | { readonly kind: "none" }
  | { readonly kind: "gnmt"; readonly alpha: number }
  | { readonly kind: "average" }
  | { readonly kind: "reward"; readonly perToken: number };

/** What turns the log probability of a hypothesis into its score. */
export interface Penalties {
  readonly length?: LengthPenalty;
  /** β of the coverage penalty, at least 0; default 0. Needs a model with attention. */
  readonly coverage?: number;
}

/** A position that nobody looked at counts as this much, since the logarithm of 0 would end all comparison. */
const leastCoverage = 1e-6;

/**
 * score(Y) = lengthPenalty(log P(Y | X), |Y|) + β · Σ over source positions s of ln min(coverage_s, 1)
 *
 * where coverage_s is the attention that position s got over all steps (Wu et al. 2016, equation 14).
 */
export class Scorer {
  private readonly length: LengthPenalty;
  private readonly beta: number;

  /** @throws {ConfigError} DECODING_OPTION when a penalty is out of range. */
  constructor({ length = { kind: "none" }, coverage = 0 }: Penalties) {
    checkAtLeast("the coverage penalty", coverage, 0);
    const strength = length.kind === "gnmt" ? length.alpha : length.kind === "reward" ? length.perToken : 0;
    if (!Number.isFinite(strength)) {
      throw new ConfigError("DECODING_OPTION", `the length penalty "${length.kind}" got ${strength}.`, {
        hint: "Give it a finite number.",
      });
    }
    this.length = length;
    this.beta = coverage;
  }

  /** Whether paths must carry their coverage. */
  get countsCoverage(): boolean {
    return this.beta > 0;
  }

  score(logProbability: number, steps: number, coverage: Float32Array | undefined): number {
    return this.lengthScore(logProbability, steps) + this.coverageScore(coverage);
  }

  /**
   * The best score that a path of `length` open tokens can still finish with.
   *
   * Let L be its log probability. Whatever it goes on with, its log probability at the end is at most L, since every
   * step adds the logarithm of a probability, and its number of steps m (the end is one) is from max(length, minimum)+1
   * to maximum+1. At a given m every length penalty grows with the log probability, so the score at m is at most that
   * of L at m. As m grows, the score of a fixed L moves in one direction only: |L|/((5+m)/6)^α and |L|/m fall for
   * α > 0 and rise for α < 0, and L + γm rises or falls with the sign of γ. So whatever the signs, the most over the
   * range lies at one of its two ends. The coverage penalty is never above 0, and may yet come to 0.
   */
  bound(logProbability: number, length: number, { minimum, maximum }: LengthLimits): number {
    const earliest = this.lengthScore(logProbability, Math.max(length, minimum) + 1);
    return Math.max(earliest, this.lengthScore(logProbability, maximum + 1));
  }

  private lengthScore(logProbability: number, steps: number): number {
    switch (this.length.kind) {
      case "none":
        return logProbability;
      case "gnmt":
        return logProbability / ((5 + steps) / 6) ** this.length.alpha;
      case "average":
        return logProbability / Math.max(steps, 1);
      case "reward":
        return logProbability + this.length.perToken * steps;
    }
  }

  private coverageScore(coverage: Float32Array | undefined): number {
    if (this.beta === 0 || coverage === undefined) return 0;
    let sum = 0;
    for (const value of coverage) sum += Math.log(Math.min(Math.max(value, leastCoverage), 1));
    return this.beta * sum;
  }
}
