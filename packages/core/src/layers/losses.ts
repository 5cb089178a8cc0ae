import { ShapeError } from "@timestep/base";
import {
  customGrad,
  engine,
  expandDims,
  type GradSaveFunc,
  logSoftmax,
  mul,
  neg,
  oneHot,
  sum,
  type Tensor,
  type Tensor1D,
  tensor1d,
  type Tensor2D,
  tidy,
} from "@tensorflow/tfjs-core";
import { engineHas, gradientsAreRecorded } from "../own-kernels.js";

/**
 * Cross-entropy of each row's target: -log softmax(logits)[target].
 *
 * **Shapes.** `logits` [N, K], `targets` N ids 0 … K-1 -> [N]. Rows that do not count are for the caller to leave out.
 *
 * **Cost.** On an engine that has the kernel `TimestepCrossEntropy`, one pass over the logits for losses and slopes;
 * elsewhere log-softmax times one-hot rows, [N, K] numbers each.
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
  if (engineHas(kernelName)) return crossEntropyByKernel(logits, ids);
  return tidy(() => {
    const picked = oneHot(tensor1d(ids, "int32"), classes); // [N, K]
    return neg(sum(mul(logSoftmax(logits), picked), -1));
  });
}

const kernelName = "TimestepCrossEntropy";

/** The kernel gives the slopes softmax - one-hot [N, K] with the losses, or none of them when nobody will ask. */
function crossEntropyByKernel(logits: Tensor2D, ids: number[]): Tensor1D {
  const slopes = gradientsAreRecorded();
  return tidy(() => {
    const targets = tensor1d(ids, "int32");
    const losses = customGrad((x, save) => {
      const results: Tensor[] = engine().runKernel(kernelName, { logits: x as Tensor, targets }, { slopes });
      const [value, slope] = results as [Tensor1D, Tensor2D];
      (save as GradSaveFunc)([slope]);
      return {
        value,
        gradFunc: (dy: Tensor, saved: Tensor[]) => mul(saved[0] as Tensor2D, expandDims(dy, 1)),
      };
    });
    return losses(logits) as Tensor1D;
  });
}
