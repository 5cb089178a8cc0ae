import { ShapeError } from "@timestep/base";
import {
  logSoftmax,
  mul,
  neg,
  oneHot,
  sum,
  type Tensor1D,
  tensor1d,
  type Tensor2D,
  tidy,
} from "@tensorflow/tfjs-core";

/**
 * Cross-entropy of each row's target: -log softmax(logits)[target].
 *
 * **Shapes.** `logits` [N, K], `targets` N ids 0 … K-1 -> [N]. Rows that do not count are for the caller to leave out.
 *
 * @throws {ShapeError} LOSS_TARGETS when there is not one target a row, or one is none of 0 … K-1.
 */
export function crossEntropy(logits: Tensor2D, targets: ArrayLike<number>): Tensor1D {
  const [rows, classes] = logits.shape;
  const ids = Array.from(targets);
  const wrong = ids.findIndex((id) => !Number.isInteger(id) || id < 0 || id >= classes);
  if (ids.length !== rows || wrong >= 0) {
    const came = ids.length !== rows ? `${ids.length} targets` : `target ${ids[wrong] ?? ""} in row ${wrong}`;
    throw new ShapeError("LOSS_TARGETS", `cross-entropy over [${rows}, ${classes}] got ${came}.`, {
      hint: `Give ${rows} whole numbers from 0 to ${classes - 1}.`,
    });
  }
  return tidy(() => {
    const picked = oneHot(tensor1d(ids, "int32"), classes); // [N, K]
    return neg(sum(mul(logSoftmax(logits), picked), -1));
  });
}
