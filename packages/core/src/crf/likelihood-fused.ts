import { customGrad, type Tensor, type Tensor1D, type Tensor3D, tensor } from "@tensorflow/tfjs-core";
import { type Chain, type EmissionRow, makeChain, pathScore, type Possible } from "./chain.js";
import { type TransitionConstraints } from "./constraints.js";
import { logForwardBackward, logPartition } from "./log-forward-backward.js";
import {
  finishPairs,
  scaleChain,
  scaledBackward,
  type ScaledChain,
  scaledForward,
  type ScaledForward,
} from "./scaled-forward-backward.js";

/** What both paths of the log-likelihood take: checked tags and lengths, and the weights as tensors. */
export interface LikelihoodInputs {
  /** [B, T, K]. */
  readonly emissions: Tensor3D;
  readonly tags: readonly (readonly number[])[];
  readonly lengths: readonly number[];
  /** [K, K]. */
  readonly transitions: Tensor;
  /** [K]. */
  readonly start: Tensor;
  /** [K]. */
  readonly end: Tensor;
  readonly constraints: TransitionConstraints | null;
  readonly possible: Possible | null;
}

/**
 * Log-likelihood [B] by forward-backward in plain code, the gradient by hand: observed minus expected counts,
 *
 *   ∂ ln p / ∂ emissions[t, k] = [yt = k] - P(yt = k)      ∂ ln p / ∂ transitions[i, j] = #(i→j in y) - E #(i→j)
 *
 * Everything is float64 between reading and writing. Tensors are read synchronously.
 */
export function fusedLogLikelihood(inputs: LikelihoodInputs): Tensor1D {
  const { tags, lengths, constraints, possible } = inputs;
  const run = customGrad((...given) => {
    const [emissions, transitions, start, end] = given.slice(0, 4) as [Tensor, Tensor, Tensor, Tensor];
    const [, steps = 0, tagCount = 0] = emissions.shape;
    const values = emissions.dataSync();
    const weights = { transitions: transitions.dataSync(), start: start.dataSync(), end: end.dataSync() };
    const scaled = scaleChain(makeChain(weights, constraints, possible));
    const rows = lengths.map((length, b): EmissionRow => ({ values, offset: b * steps * tagCount, length }));
    const forwards = scaledForward(scaled, rows);
    const likelihoods = rows.map((row, b) => {
      const partition = forwards[b]?.logPartition ?? logPartition(scaled.chain, row);
      return row.length === 0 ? 0 : pathScore(scaled.chain, row, tags[b] as number[]) - partition;
    });
    const gradFunc = (upstream: Tensor): Tensor[] => {
      const scale = upstream.dataSync();
      const counts = countDifference(scaled, rows, forwards, tags, scale, values.length);
      return [
        tensor(counts.emissions, emissions.shape, "float32"),
        tensor(Float32Array.from(counts.transitions), transitions.shape, "float32"),
        tensor(Float32Array.from(counts.start), start.shape, "float32"),
        tensor(Float32Array.from(counts.end), end.shape, "float32"),
      ];
    };
    return { value: tensor(likelihoods, [rows.length], "float32"), gradFunc };
  });
  return run(inputs.emissions, inputs.transitions, inputs.start, inputs.end) as Tensor1D;
}

interface Counts {
  readonly emissions: Float32Array;
  readonly transitions: Float64Array;
  readonly start: Float64Array;
  readonly end: Float64Array;
}

/** Observed minus expected counts of all rows, each row weighted by `scale`. */
function countDifference(
  scaled: ScaledChain,
  rows: readonly EmissionRow[],
  forwards: readonly (ScaledForward | null)[],
  paths: readonly (readonly number[])[],
  scale: ArrayLike<number>,
  emissionCount: number,
): Counts {
  const { tagCount } = scaled.chain;
  const counts: Counts = {
    emissions: new Float32Array(emissionCount),
    transitions: new Float64Array(tagCount * tagCount),
    start: new Float64Array(tagCount),
    end: new Float64Array(tagCount),
  };
  // Expected transitions of scaled rows are gathered unfinished, so they are kept apart from the finished ones.
  const unfinished = new Float64Array(tagCount * tagCount);
  const trusted = rows.flatMap((row, b) => {
    const forward = forwards[b] ?? null;
    return forward === null ? [] : [{ b, row, forward, weight: -(scale[b] as number) }];
  });
  const posteriors = scaledBackward(scaled, trusted, unfinished);
  const scaledTags = new Map(trusted.map(({ b }, n) => [b, posteriors[n] ?? null]));
  for (const [b, row] of rows.entries()) {
    if (row.length === 0) continue;
    const weight = scale[b] as number;
    let tags = scaledTags.get(b) ?? null;
    if (tags === null) {
      const exact = logForwardBackward(scaled.chain, row);
      tags = exact.tags;
      addScaled(exact.pairs, -weight, counts.transitions);
    }
    subtractTags(tags, row, tagCount, weight, counts);
    addObserved(scaled.chain, row, paths[b] as number[], weight, counts);
  }
  finishPairs(scaled, unfinished);
  addScaled(unfinished, 1, counts.transitions);
  return counts;
}

function subtractTags(
  tags: Float64Array,
  row: EmissionRow,
  size: number,
  weight: number,
  counts: Counts,
): void {
  const last = (row.length - 1) * size;
  for (let n = 0; n < tags.length; n++) counts.emissions[row.offset + n] = -weight * (tags[n] as number);
  for (let k = 0; k < size; k++) {
    counts.start[k] = (counts.start[k] as number) - weight * (tags[k] as number);
    counts.end[k] = (counts.end[k] as number) - weight * (tags[last + k] as number);
  }
}

function addObserved(
  chain: Chain,
  row: EmissionRow,
  path: readonly number[],
  weight: number,
  counts: Counts,
): void {
  const size = chain.tagCount;
  const increase = (array: Float32Array | Float64Array, at: number): void => {
    array[at] = (array[at] as number) + weight;
  };
  for (let t = 0; t < row.length; t++) {
    const tag = path[t] as number;
    increase(counts.emissions, row.offset + t * size + tag);
    if (t > 0) increase(counts.transitions, (path[t - 1] as number) * size + tag);
  }
  increase(counts.start, path[0] as number);
  increase(counts.end, path[row.length - 1] as number);
}

function addScaled(from: Float64Array, factor: number, to: Float64Array): void {
  for (let n = 0; n < from.length; n++) to[n] = (to[n] as number) + factor * (from[n] as number);
}
