import { ConfigError, type Random } from "@timestep/base";
import { getBackend, type Tensor1D, type Tensor3D, tidy, type Variable } from "@tensorflow/tfjs-core";
import { readsSynchronously, uniform } from "@timestep/engine";
import { Module } from "../module.js";
import { type Chain, type EmissionRow, makeChain, pathScore, type Possible, possibleTags } from "./chain.js";
import { checkEmissions, checkTags, noPathError } from "./checks.js";
import { checkConstraints, checkPath, type TransitionConstraints } from "./constraints.js";
import { crfKernelsServe, kernelLogLikelihood, kernelPosteriors, kernelViterbi } from "./crf-kernel.js";
import { fusedLogLikelihood, type LikelihoodInputs } from "./likelihood-fused.js";
import { referenceLogLikelihood } from "./likelihood-reference.js";
import { logForwardBackward, logPartition } from "./log-forward-backward.js";
import {
  scaleChain,
  scaledBackward,
  type ScaledChain,
  scaledForward,
  type ScaledForward,
} from "./scaled-forward-backward.js";
import { kBestPaths, type ScoredPath, viterbi } from "./viterbi.js";

/** A whole tag sequence as {@link Crf.decode} finds it. */
export interface TagPath {
  /** One tag per step of the row. */
  readonly tags: number[];
  /** The path's score in nats, not normalised; comparable within one row only. */
  readonly score: number;
  /** Probability of this very path among all allowed ones, 0…1. */
  readonly probability: number;
}

export interface CrfOptions {
  readonly tagCount: number;
  /** What may start, follow and end; everything when left out. See `tagConstraints`. */
  readonly constraints?: TransitionConstraints;
  readonly random: Random;
}

/** How {@link Crf.logLikelihood} is computed. */
export type CrfPath = "auto" | "reference" | "fused" | "kernel";

/**
 * Linear-chain conditional random field: scores whole tag sequences, so that neighbouring tags agree.
 *
 *   score(y) = start[y1] + Σt emissions[t, yt] + Σt transitions[y(t-1), yt] + end[yL]
 *   ln p(y) = score(y) - ln Z,   ln Z = ln Σ exp(score) over all allowed sequences
 *
 * **Shapes.** `emissions` [B, T, K], scores from any layer (not normalised). Parameters: `transitions` [K, K], row = from,
 * column = to; `start` [K]; `end` [K]; they begin uniform in ±0.1.
 *
 * **Lengths.** `lengths` [B] (whole steps, 0..T). Steps at or after a row's length are not read and get gradient
 * zero, whatever stands there. A row of length 0 has likelihood 0 (probability 1) and an empty path.
 *
 * **Constraints.** What they forbid has probability exactly 0 in likelihood, decoding and marginals, and its weight
 * gets gradient 0.
 *
 * **Cost.** Likelihood with gradient takes 3·B·T·K² multiplications; Viterbi B·T·K² additions. The fused path works in
 * scaled probability space with float64, and takes a row to log space when scaling would lose precision. It is taken
 * ("auto") on every engine that reads tensors synchronously, which is all but webgpu, unless the engine has kernels of
 * its own for likelihood and decoding: then these are. Decoding and marginals always read synchronously, so on webgpu
 * `await` the `data()` of emissions and parameters first.
 *
 * @see Lafferty, McCallum & Pereira 2001; Lample et al. 2016, arXiv:1603.01360.
 *
 * @example
 * ```ts
 * const crf = new Crf({ tagCount: 3, constraints: tagConstraints(["O", "B-x", "I-x"], "BIO"), random: seeded(7) });
 * const loss = neg(mean(crf.logLikelihood(emissions, tags, lengths)));
 * const [best] = crf.decode(emissions, lengths);   // { tags: [0, 1, 2], score: 4.1, probability: 0.83 }
 * ```
 */
export class Crf extends Module {
  readonly tagCount: number;
  readonly constraints: TransitionConstraints | null;
  readonly transitions: Variable;
  readonly start: Variable;
  readonly end: Variable;
  private readonly possible: Possible | null;

  /**
   * @throws {ConfigError} CRF_TAG_COUNT when `tagCount` is no whole number from 1; CRF_CONSTRAINTS when the
   *   constraints are made for another number of tags.
   */
  constructor(options: CrfOptions) {
    super();
    const { tagCount, constraints, random } = options;
    if (!Number.isInteger(tagCount) || tagCount < 1) {
      throw new ConfigError("CRF_TAG_COUNT", `a CRF needs at least one tag, got tagCount ${tagCount}.`, {
        hint: "Pass the number of tags in the tag list.",
      });
    }
    if (constraints !== undefined) checkConstraints(constraints, tagCount);
    this.tagCount = tagCount;
    this.constraints = constraints ?? null;
    this.possible = constraints === undefined ? null : possibleTags(constraints);
    this.transitions = this.parameter("transitions", uniform([tagCount, tagCount], 0.1, random));
    this.start = this.parameter("start", uniform([tagCount], 0.1, random));
    this.end = this.parameter("end", uniform([tagCount], 0.1, random));
  }

  /**
   * ln p(tags | emissions) of each row, [B], in nats; differentiable in emissions and parameters.
   *
   * @param tags one list per row; entries beyond the row's length are ignored and may be missing.
   * @throws {ShapeError} CRF_EMISSIONS_RANK, CRF_EMISSIONS_SIZE, CRF_LENGTHS, CRF_TAGS.
   * @throws {DataError} CRF_TAG_RANGE; CRF_FORBIDDEN_TAGS when a row's tags break the constraints.
   * @throws {ConfigError} CRF_PATH when path "kernel" is asked for and the engine has none.
   */
  logLikelihood(
    emissions: Tensor3D,
    tags: readonly (readonly number[])[],
    lengths: readonly number[],
    options: { path?: CrfPath } = {},
  ): Tensor1D {
    checkEmissions(emissions, lengths, this.tagCount);
    checkTags(tags, lengths, this.tagCount);
    if (this.constraints !== null) {
      for (const [b, length] of lengths.entries())
        checkPath(this.constraints, tags[b] as number[], length, b);
    }
    const { transitions, start, end, constraints, possible } = this;
    const inputs = { emissions, tags, lengths, transitions, start, end, constraints, possible };
    const taken = this.pathTaken(options.path ?? "auto", emissions);
    if (taken === "kernel") return kernelLogLikelihood(inputs);
    return taken === "fused" ? fusedLogLikelihood(inputs) : referenceLogLikelihood(inputs);
  }

  /**
   * The most probable tag sequence of each row (Viterbi), with its probability.
   *
   * @throws {ShapeError} CRF_EMISSIONS_RANK, CRF_EMISSIONS_SIZE, CRF_LENGTHS.
   * @throws {DataError} CRF_NO_PATH when the constraints leave no sequence of a row's length; CRF_NOT_FINITE when
   *   emissions hold NaN or Infinity.
   */
  decode(emissions: Tensor3D, lengths: readonly number[]): TagPath[] {
    checkEmissions(emissions, lengths, this.tagCount);
    if (crfKernelsServe(emissions)) return this.decodeByKernel(emissions, lengths);
    return this.eachRow(emissions, lengths, (scaled, row, b, partition) => {
      const best = viterbi(scaled.chain, row);
      if (best === null || !Number.isFinite(partition)) throw noPathError(scaled.chain, row, b);
      return withProbability(best, partition);
    });
  }

  /** The kernels give tags and ln p in float32; the score is added up from the tags. */
  private decodeByKernel(emissions: Tensor3D, lengths: readonly number[]): TagPath[] {
    const { inputs, chain, rows, tags } = this.bestByKernel(emissions, lengths);
    const likelihoods = tidy(() => kernelLogLikelihood(inputs).dataSync());
    return tags.map((path, b) => {
      const row = rows[b] as EmissionRow;
      const likelihood = likelihoods[b] as number;
      if (!Number.isFinite(likelihood)) throw noPathError(chain, row, b);
      return {
        tags: path,
        score: pathScore(chain, row, path),
        probability: Math.min(1, Math.exp(likelihood)),
      };
    });
  }

  private marginalsByKernel(emissions: Tensor3D, lengths: readonly number[]): Float32Array[][] {
    const { inputs, chain, rows, tags } = this.bestByKernel(emissions, lengths);
    const { likelihoods, marginals } = kernelPosteriors(inputs, tags);
    return rows.map((row, b) => {
      if (!Number.isFinite(likelihoods[b] as number)) throw noPathError(chain, row, b);
      return Array.from({ length: row.length }, (_, t) => {
        const from = row.offset + t * this.tagCount;
        return marginals.subarray(from, from + this.tagCount);
      });
    });
  }

  /** Best paths by the engine's kernel, and what else belongs to the batch. */
  private bestByKernel(
    emissions: Tensor3D,
    lengths: readonly number[],
  ): { inputs: LikelihoodInputs; chain: Chain; rows: EmissionRow[]; tags: number[][] } {
    const { transitions, start, end, constraints, possible } = this;
    const chain = this.chain();
    const values = emissions.dataSync();
    const rowSize = emissions.shape[1] * this.tagCount;
    const rows = lengths.map((length, b): EmissionRow => ({ values, offset: b * rowSize, length }));
    const inputs = { emissions, lengths, transitions, start, end, constraints, possible };
    const tags = kernelViterbi(inputs).map((path, b) => {
      if (path === null) throw noPathError(chain, rows[b] as EmissionRow, b);
      return path;
    });
    return { inputs: { ...inputs, tags }, chain, rows, tags };
  }

  /**
   * The `count` most probable tag sequences of each row, best first; fewer where fewer exist.
   *
   * @throws {ConfigError} CRF_COUNT when `count` is no whole number from 1.
   * @throws as {@link decode} does.
   */
  kBest(emissions: Tensor3D, lengths: readonly number[], count: number): TagPath[][] {
    if (!Number.isInteger(count) || count < 1) {
      throw new ConfigError("CRF_COUNT", `kBest needs a whole count from 1, got ${count}.`, {
        hint: "Ask for one path or more.",
      });
    }
    return this.eachRow(emissions, lengths, (scaled, row, b, partition) => {
      const paths = kBestPaths(scaled.chain, row, count);
      if (paths.length === 0 || !Number.isFinite(partition)) throw noPathError(scaled.chain, row, b);
      return paths.map((path) => withProbability(path, partition));
    });
  }

  /**
   * P(tag at step | emissions): per row one array of K probabilities for each step of its length. The probability of a
   * tag at one step, summed over all sequences; not that of a whole path.
   *
   * @throws as {@link decode} does.
   */
  marginals(emissions: Tensor3D, lengths: readonly number[]): (Float32Array | Float64Array)[][] {
    checkEmissions(emissions, lengths, this.tagCount);
    if (crfKernelsServe(emissions)) return this.marginalsByKernel(emissions, lengths);
    return this.eachRow(emissions, lengths, (scaled, row, b, partition, forward) => {
      if (!Number.isFinite(partition)) throw noPathError(scaled.chain, row, b);
      const [found] = forward === null ? [null] : scaledBackward(scaled, [{ row, forward, weight: 1 }]);
      const tags = found ?? logForwardBackward(scaled.chain, row).tags;
      return Array.from({ length: row.length }, (_, t) =>
        tags.slice(t * this.tagCount, (t + 1) * this.tagCount),
      );
    });
  }

  /** Reads the batch once and visits its rows, each with ln Z and, unless log space had to be used, its forward pass. */
  private eachRow<R>(
    emissions: Tensor3D,
    lengths: readonly number[],
    visit: (
      scaled: ScaledChain,
      row: EmissionRow,
      index: number,
      partition: number,
      forward: ScaledForward | null,
    ) => R,
  ): R[] {
    checkEmissions(emissions, lengths, this.tagCount);
    const values = emissions.dataSync();
    const rowSize = emissions.shape[1] * this.tagCount;
    const scaled = scaleChain(this.chain());
    const rows = lengths.map((length, b): EmissionRow => ({ values, offset: b * rowSize, length }));
    const forwards = scaledForward(scaled, rows);
    return rows.map((row, b) => {
      const forward = forwards[b] ?? null;
      return visit(scaled, row, b, forward?.logPartition ?? logPartition(scaled.chain, row), forward);
    });
  }

  private pathTaken(path: CrfPath, emissions: Tensor3D): Exclude<CrfPath, "auto"> {
    if (path === "kernel" && emissions.size > 0 && !crfKernelsServe(emissions)) {
      throw new ConfigError("CRF_PATH", `engine "${getBackend()}" has no kernels for the CRF.`, {
        hint: 'Use engine native, or path "auto".',
      });
    }
    if (path === "reference" || path === "fused") return path;
    if (crfKernelsServe(emissions)) return "kernel";
    return readsSynchronously() ? "fused" : "reference";
  }

  private chain(): Chain {
    const weights = {
      transitions: this.transitions.dataSync(),
      start: this.start.dataSync(),
      end: this.end.dataSync(),
    };
    return makeChain(weights, this.constraints, this.possible);
  }
}

function withProbability(path: ScoredPath, partition: number): TagPath {
  return { ...path, probability: Math.min(1, Math.exp(path.score - partition)) };
}
