import { type Chain, type EmissionRow } from "./chain.js";
import { addOuterProducts, matrixTimesVectors, vectorsTimesMatrix } from "./products.js";

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
 * takes K² exponentials. Each step is scaled to sum 1 and ln Z is gathered from the scales. Rows advance together,
 * so that the matrix is read once for two of them; they do not influence each other.
 *
 * Null means that float64 could not hold the row (a possible tag fell below 1e-280, or a weight is not finite) and
 * the log-space version must be asked.
 *
 * @see Rabiner 1989, doi:10.1109/5.18626, section V.A (scaling).
 */
export function scaledForward(scaled: ScaledChain, rows: readonly EmissionRow[]): (ScaledForward | null)[] {
  const size = scaled.chain.tagCount;
  const states = rows.map((row) => ({
    row,
    alpha: new Float64Array(row.length * size),
    factors: new Float64Array(row.length * size),
    arrived: Float64Array.from(scaled.start),
    logPartition: 0,
    lost: false,
  }));
  for (let t = 0; ; t++) {
    const active = states.filter(({ row, lost }) => t < row.length && !lost);
    if (active.length === 0) break;
    if (t > 0) {
      const products = active.map(({ alpha, arrived }) => ({
        vector: alpha,
        offset: (t - 1) * size,
        result: arrived,
      }));
      vectorsTimesMatrix(products, scaled.transitions, size);
    }
    const possible = scaled.chain.possible?.fromStart(t);
    for (const state of active) {
      const largest = emissionFactors(state.row, t, size, state.factors);
      const total = forwardStep(state, t * size, size, possible);
      if (total === null) state.lost = true;
      else state.logPartition += largest + Math.log(total);
    }
  }
  return states.map(({ row, alpha, factors, logPartition, lost }) => {
    if (row.length === 0) return { logPartition: 0, alpha, factors };
    const last = (row.length - 1) * size;
    let ending = 0;
    for (let k = 0; k < size; k++) ending += (alpha[last + k] as number) * (scaled.end[k] as number);
    if (lost || !(ending >= smallestTrusted)) return null;
    const { shift } = scaled;
    const shifted = shift.start + (row.length - 1) * shift.transitions + shift.end;
    return { logPartition: logPartition + shifted + Math.log(ending), alpha, factors };
  });
}

/** αt from what arrived, scaled to sum 1; returns the sum, or null when it cannot be trusted. */
function forwardStep(
  state: { readonly alpha: Float64Array; readonly factors: Float64Array; readonly arrived: Float64Array },
  at: number,
  size: number,
  possible: Uint8Array | undefined,
): number | null {
  const { alpha, factors, arrived } = state;
  let total = 0;
  for (let k = 0; k < size; k++) {
    const value = (arrived[k] as number) * (factors[at + k] as number);
    if (!(value >= smallestTrusted) && (possible === undefined || possible[k] === 1)) return null;
    alpha[at + k] = value;
    total += value;
  }
  if (!(total >= smallestTrusted)) return null;
  for (let k = 0; k < size; k++) alpha[at + k] = (alpha[at + k] as number) / total;
  return total;
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

/** One row to go backward over. */
export interface BackwardRow {
  readonly row: EmissionRow;
  readonly forward: ScaledForward;
  /** Factor of this row's expected transitions in `pairs`. */
  readonly weight: number;
}

/**
 * The backward recursion of the same kind. Returns for each row the probability of each tag at each step [L·K], or
 * null when the log-space version must be asked.
 *
 * With `pairs` [K·K], it also adds weight·(expected transitions) to it, *not yet multiplied by the transition factors*:
 * that product is the same for every row and is left to {@link finishPairs}. A row whose result is null adds nothing.
 */
export function scaledBackward(
  scaled: ScaledChain,
  rows: readonly BackwardRow[],
  pairs: Float64Array | null = null,
): (Float64Array | null)[] {
  const size = scaled.chain.tagCount;
  // For each transition of each row: αt·weight/norm, and the emission factor times β of the step after. They lie in one
  // array each, so that all outer products are added in one go.
  const transitionCounts = rows.map(({ row }) => Math.max(0, row.length - 1));
  const total = transitionCounts.reduce((sum, n) => sum + n, 0);
  const left = new Float64Array(total * size);
  const right = new Float64Array(total * size);
  let begin = 0;
  const states = rows.map(({ row, forward, weight }, n) => {
    const end = begin + (transitionCounts[n] as number) * size;
    const views = { left: left.subarray(begin, end), right: right.subarray(begin, end) };
    begin = end;
    const tags = new Float64Array(row.length * size);
    return {
      ...views,
      length: row.length,
      forward,
      weight,
      tags,
      beta: Float64Array.from(scaled.end),
      lost: false,
    };
  });
  for (let remaining = 0; ; remaining++) {
    const active = states.filter(({ length, lost }) => remaining < length && !lost);
    if (active.length === 0) break;
    if (remaining > 0) {
      const products = active.map(({ length, forward, beta, right: factors }) => {
        const at = (length - 1 - remaining) * size;
        for (let k = 0; k < size; k++) {
          factors[at + k] = (forward.factors[at + size + k] as number) * (beta[k] as number);
        }
        return { vector: factors, offset: at, result: beta };
      });
      matrixTimesVectors(scaled.transitions, products, size);
    }
    const possible = scaled.chain.possible?.toEnd(remaining);
    for (const state of active)
      state.lost = !backwardStep(state, state.length - 1 - remaining, size, possible);
  }
  if (pairs !== null) {
    for (const state of states) {
      if (!state.lost) continue;
      state.left.fill(0);
      state.right.fill(0);
    }
    addOuterProducts(left, right, total, size, pairs);
  }
  return states.map(({ tags, lost }) => (lost ? null : tags));
}

/** Posteriors of one step from α and β, which is then scaled to sum 1; false when they cannot be trusted. */
function backwardStep(
  state: {
    readonly length: number;
    readonly forward: ScaledForward;
    readonly weight: number;
    readonly tags: Float64Array;
    readonly beta: Float64Array;
    readonly left: Float64Array;
  },
  t: number,
  size: number,
  possible: Uint8Array | undefined,
): boolean {
  const { beta, tags, left, weight } = state;
  const { alpha } = state.forward;
  const at = t * size;
  let norm = 0;
  let total = 0;
  for (let k = 0; k < size; k++) {
    const value = beta[k] as number;
    if (!(value >= smallestTrusted) && (possible === undefined || possible[k] === 1)) return false;
    norm += (alpha[at + k] as number) * value;
    total += value;
  }
  if (!(norm >= smallestTrusted)) return false;
  for (let k = 0; k < size; k++) {
    tags[at + k] = ((alpha[at + k] as number) * (beta[k] as number)) / norm;
    if (t < state.length - 1) left[at + k] = ((alpha[at + k] as number) * weight) / norm;
    beta[k] = (beta[k] as number) / total;
  }
  return true;
}

/** Multiplies what {@link scaledBackward} gathered by the transition factors: expected counts, exactly 0 where forbidden. */
export function finishPairs(scaled: ScaledChain, pairs: Float64Array): void {
  for (let n = 0; n < pairs.length; n++) pairs[n] = (pairs[n] as number) * (scaled.transitions[n] as number);
}
