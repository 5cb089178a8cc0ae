import {
  add,
  logSumExp,
  matMul,
  mean,
  mul,
  sub,
  type Tensor1D,
  type Tensor2D,
  tidy,
} from "@tensorflow/tfjs-core";
import { crossEntropy } from "../layers/index.js";

/** hidden·tableᵀ + bias: the logits of every row, [N, V]. */
export function logitsOf(hidden: Tensor2D, table: Tensor2D, bias: Tensor1D | undefined): Tensor2D {
  return tidy(() => {
    const product: Tensor2D = matMul(hidden, table, false, true);
    return bias === undefined ? product : add(product, bias);
  });
}

/**
 * Cross-entropy of each row's target with label smoothing ε: the target distribution is the target with 1-ε, and ε
 * spread evenly over all V symbols.
 *
 *   (1-ε)·(-log p_target) + ε/V·Σ_v -log p_v
 *
 * @see Szegedy et al. 2016, Rethinking the Inception architecture, arXiv:1512.00567, section 7.
 */
export function tokenLosses(logits: Tensor2D, targets: ArrayLike<number>, smoothing: number): Tensor1D {
  return tidy(() => {
    const sharp = crossEntropy(logits, targets);
    if (smoothing === 0) return sharp;
    const even = sub(logSumExp(logits, 1), mean(logits, 1)); // mean over symbols of -log p
    return add(mul(1 - smoothing, sharp), mul(smoothing, even));
  });
}
