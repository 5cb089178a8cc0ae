import { type Random } from "@timestep/base";

/** The features of one example that are not zero. */
export interface SparseRow {
  readonly ids: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

export interface SvmOptions {
  /** Weight of the errors against that of the weights' size. */
  readonly cost: number;
  /** Rounds over the examples at most. */
  readonly rounds: number;
  /** Stops early when no step of a round was steeper than this. */
  readonly tolerance: number;
  readonly random: Random;
}

/**
 * A linear support vector machine with squared hinge loss: the w that minimises
 *
 *   ½ |w|² + cost · Σ max(0, 1 - y · w·x)²
 *
 * by coordinate descent in its dual. Each step solves for the multiplier of one example exactly, so there is no learning
 * rate to choose.
 *
 * @param targets +1 or -1 for each row.
 * @param size Number of features.
 * @returns w [size]
 * @see Hsieh et al. 2008, "A dual coordinate descent method for large-scale linear SVM", ICML, algorithm 1 (L2-SVM).
 */
export function trainSvm(
  rows: readonly SparseRow[],
  targets: ArrayLike<number>,
  size: number,
  { cost, rounds, tolerance, random }: SvmOptions,
): Float64Array {
  const weights = new Float64Array(size);
  const multipliers = new Float64Array(rows.length);
  const diagonal = 1 / (2 * cost);
  const squares = rows.map((row) => dot(row, row.values) + diagonal);
  for (let round = 0; round < rounds; round++) {
    let steepest = 0;
    for (const index of random.shuffled([...rows.keys()])) {
      const row = rows[index] as SparseRow;
      const target = targets[index] as number;
      const before = multipliers[index] as number;
      const slope = target * weighted(row, weights) - 1 + diagonal * before;
      // At the edge only steps inwards count.
      const projected = before === 0 ? Math.min(slope, 0) : slope;
      steepest = Math.max(steepest, Math.abs(projected));
      if (projected === 0) continue;
      const after = Math.max(0, before - slope / (squares[index] as number));
      multipliers[index] = after;
      addTo(weights, row, (after - before) * target);
    }
    if (steepest <= tolerance) break;
  }
  return weights;
}

/** w · x */
export function weighted({ ids, values }: SparseRow, weights: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < ids.length; i++) sum += (values[i] as number) * (weights[ids[i] as number] as number);
  return sum;
}

function dot({ values }: SparseRow, other: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] as number) * (other[i] as number);
  return sum;
}

function addTo(weights: Float64Array, { ids, values }: SparseRow, scale: number): void {
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i] as number;
    weights[id] = (weights[id] as number) + scale * (values[i] as number);
  }
}
