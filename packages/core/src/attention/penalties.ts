import {
  matMul,
  minimum,
  mul,
  reshape,
  square,
  sub,
  sum,
  type Tensor1D,
  tensor2d,
  type Tensor2D,
  type Tensor3D,
  tidy,
  transpose,
} from "@tensorflow/tfjs-core";

/**
 * How much each row looked again at what it had seen: Σ_t Σ_j min(a_tj, c_tj), c_t being the sum of the weights before
 * step t. Steps beyond a row's end, whose weights are zeros, add nothing.
 *
 * **Shapes.** `alignments` [B, T, S] -> [B].
 *
 * @see See et al. 2017, arXiv:1704.04368, equation 12.
 */
export function coverageLoss(alignments: Tensor3D): Tensor1D {
  const [batch, time, places] = alignments.shape;
  const earlier = Array.from({ length: time }, (_, from) =>
    Array.from({ length: time }, (_, to) => (from < to ? 1 : 0)),
  );
  return tidy(() => {
    // As a product: TF.js's gradient of running sums is wrong along any axis but the last.
    const rows: Tensor2D = reshape(transpose(alignments, [0, 2, 1]), [batch * places, time]);
    const had = matMul(rows, tensor2d(earlier, [time, time])); // [B·S, T]
    return sum(reshape(minimum(rows, had), [batch, places * time]), 1);
  });
}

/**
 * How unevenly each row looked at its places: Σ_j (1 - Σ_t a_tj)², over the places that its memory has.
 *
 * **Shapes.** `alignments` [B, T, S], a length of memory for each row -> [B].
 *
 * @see Xu et al. 2015, arXiv:1502.03044, section 4.2.1.
 */
export function doublyStochasticPenalty(alignments: Tensor3D, memoryLengths: ArrayLike<number>): Tensor1D {
  const [batch, , places] = alignments.shape;
  const present = Array.from({ length: batch }, (_, row) =>
    Array.from({ length: places }, (_, j) => (j < (memoryLengths[row] as number) ? 1 : 0)),
  );
  return tidy(() => {
    const missed: Tensor2D = square(sub(1, sum(alignments, 1))); // [B, S]
    return sum(mul(missed, tensor2d(present, [batch, places])), 1);
  });
}
