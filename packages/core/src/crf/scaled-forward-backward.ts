import { type Chain, type EmissionRow } from "./chain.js";
import { addOuterProducts, matrixTimesVector, vectorTimesMatrix } from "./products.js";

/** A chain with its weights as factors exp(weight - largest), so that the recursions are vector-matrix products. */
export interface ScaledChain {
  readonly chain: Chain;
  readonly transitions: Float64Array;
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** What was subtracted before exponentiating. */
  readonly shift: { readonly transitions: number; readonly start: number; readonly end: number };
}

/** What the forward pass leaves for the backward pass. */
export interface ScaledForward {
  readonly logPartition: number;
  /** [L·K]: αt, each step scaled to sum 1. */
  readonly alpha: Float64Array;
  /** [L·K]: exp(emission - largest of its step). */
  readonly factors: Float64Array;
}

/**
 * Values of tags that are possible must stay above this, 28 decimal powers from the least normal float64: then
 * whatever underflowed was too small to count, and the result is exact to rounding.
 */
const smallestTrusted = 1e-280;

/** Exponentiates a chain once for all rows. */
export function scaleChain(chain: Chain): ScaledChain {
  const [transitions, transitionShift] = factorsOf(chain.transitions);
  const [start, startShift] = factorsOf(chain.start);
  const [end, endShift] = factorsOf(chain.end);
  return {
    chain,
    transitions,
    start,
    end,
    shift: { transitions: transitionShift, start: startShift, end: endShift },
  };
}

function factorsOf(weights: Float64Array): [Float64Array, number] {
  let most = -Infinity;
  for (const weight of weights) if (weight > most) most = weight;
  const shift = Number.isFinite(most) ? most : 0;
  return [weights.map((weight) => Math.exp(weight - shift)), shift];
}

/**
 * The forward recursion in probability space: one vector-matrix product and K exponentials per step, where log space
 * takes K² exponentials. Each step is scaled to sum 1 and ln Z is gathered from the scales.
 *
 * Null means that float64 could not hold the row (a possible tag fell below 1e-280, or a weight is not finite) and
 * the log-space version must be asked.
 *
 * @see Rabiner 1989, doi:10.1109/5.18626, section V.A (scaling).
 */
export function scaledForward(scaled: ScaledChain, row: EmissionRow): ScaledForward | null {
  const { chain } = scaled;
  const size = chain.tagCount;
  const { length } = row;
  const alpha = new Float64Array(length * size);
  const factors = new Float64Array(length * size);
  if (length === 0) return { logPartition: 0, alpha, factors };
  let logZ = scaled.shift.start + scaled.shift.end + (length - 1) * scaled.shift.transitions;
  const arrived = Float64Array.from(scaled.start);
  for (let t = 0; t < length; t++) {
    const at = t * size;
    logZ += emissionFactors(row, t, size, factors);
    if (t > 0) vectorTimesMatrix(alpha, at - size, scaled.transitions, size, arrived);
    const possible = chain.possible?.fromStart(t);
    let total = 0;
    for (let k = 0; k < size; k++) {
      const value = (arrived[k] as number) * (factors[at + k] as number);
      if (!(value >= smallestTrusted) && (possible === undefined || possible[k] === 1)) return null;
      alpha[at + k] = value;
      total += value;
    }
    if (!(total >= smallestTrusted)) return null;
    for (let k = 0; k < size; k++) alpha[at + k] = (alpha[at + k] as number) / total;
    logZ += Math.log(total);
  }
  let ending = 0;
  const last = (length - 1) * size;
  for (let k = 0; k < size; k++) ending += (alpha[last + k] as number) * (scaled.end[k] as number);
  if (!(ending >= smallestTrusted)) return null;
  return { logPartition: logZ + Math.log(ending), alpha, factors };
}

/** Writes exp(emission - largest) of one step and returns the largest. */
function emissionFactors(row: EmissionRow, t: number, size: number, factors: Float64Array): number {
  const at = t * size;
  const from = row.offset + at;
  let most = row.values[from] as number;
  for (let k = 1; k < size; k++) {
    const value = row.values[from + k] as number;
    if (value > most) most = value;
  }
  for (let k = 0; k < size; k++) factors[at + k] = Math.exp((row.values[from + k] as number) - most);
  return most;
}

/**
 * The backward recursion of the same kind. Returns the probability of each tag at each step [L·K], or null when
 * the log-space version must be asked.
 *
 * With `pairs` [K·K], it also adds `weight`·(expected transitions) to it, *not yet multiplied by the transition factors*:
 * that product is the same for every row and is left to {@link finishPairs}. Nothing is added when the result is null.
 */
export function scaledBackward(
  scaled: ScaledChain,
  row: EmissionRow,
  forward: ScaledForward,
  weight = 1,
  pairs: Float64Array | null = null,
): Float64Array | null {
  const { chain } = scaled;
  const size = chain.tagCount;
  const { length } = row;
  const { alpha, factors } = forward;
  const tags = new Float64Array(length * size);
  if (length === 0) return tags;
  const left = new Float64Array((length - 1) * size); // αt·weight/norm for each transition
  const right = new Float64Array((length - 1) * size); // emission factor·β of the step after
  const beta = Float64Array.from(scaled.end);
  for (let t = length - 1; t >= 0; t--) {
    const at = t * size;
    if (t < length - 1) {
      for (let k = 0; k < size; k++) right[at + k] = (factors[at + size + k] as number) * (beta[k] as number);
      matrixTimesVector(scaled.transitions, right, at, size, beta);
    }
    const possible = chain.possible?.toEnd(length - 1 - t);
    let norm = 0;
    let total = 0;
    for (let k = 0; k < size; k++) {
      const value = beta[k] as number;
      if (!(value >= smallestTrusted) && (possible === undefined || possible[k] === 1)) return null;
      norm += (alpha[at + k] as number) * value;
      total += value;
    }
    if (!(norm >= smallestTrusted)) return null;
    for (let k = 0; k < size; k++) {
      tags[at + k] = ((alpha[at + k] as number) * (beta[k] as number)) / norm;
      if (t < length - 1) left[at + k] = ((alpha[at + k] as number) * weight) / norm;
      beta[k] = (beta[k] as number) / total;
    }
  }
  if (pairs !== null) addOuterProducts(left, right, length - 1, size, pairs);
  return tags;
}

/** Multiplies what {@link scaledBackward} gathered by the transition factors: expected counts, exactly 0 where forbidden. */
export function finishPairs(scaled: ScaledChain, pairs: Float64Array): void {
  for (let n = 0; n < pairs.length; n++) pairs[n] = (pairs[n] as number) * (scaled.transitions[n] as number);
}
