import {
  clone,
  customGrad,
  engine,
  type GradSaveFunc,
  mul,
  type NamedTensorMap,
  type Scalar,
  type Tensor,
  type Tensor1D,
} from "@tensorflow/tfjs-core";
import { engineHas, gradientsAreRecorded } from "../own-kernels.js";
import type { CheckedRows, Projection } from "./projected-cross-entropy.js";

/**
 * Kernel of an engine for {@link projectedCrossEntropy}: {hidden [N, H], table [V, H], bias [V] or none} and the
 * attributes `targets`, `weights`, `smoothing`, `gradient` -> the weighted sum [], the rows' losses [N] without their
 * weights (0 where the weight is 0), and with `gradient` those of the sum in hidden, table and, where there is one, bias.
 */
const kernelName = "TimestepProjectedCrossEntropy";

/** Whether the running engine has it; `withoutGradients` for callers that it serves only when none are recorded. */
export function projectionKernelServes({ withoutGradients = false } = {}): boolean {
  return engineHas(kernelName) && !(withoutGradients && gradientsAreRecorded());
}

/** The weighted sum; its gradients come with it, and are only multiplied by what arrives from above. */
export function projectedLossByKernel(projection: Projection, rows: CheckedRows): Scalar {
  const gradient = gradientsAreRecorded();
  const { hidden, table, bias } = projection;
  const given: Tensor[] = bias === undefined ? [hidden, table] : [hidden, table, bias];
  const run = customGrad((...inputs) => {
    const save = inputs[given.length] as GradSaveFunc;
    const [value, losses, ...gradients] = runKernel(projection, rows, gradient);
    losses?.dispose();
    save(gradients);
    return {
      value: value as Tensor,
      gradFunc: (upstream: Tensor, saved: Tensor[]) => saved.map((slope) => scaled(slope, upstream)),
    };
  });
  return run(...given) as Scalar;
}

/** A loss that nothing is added to or multiplied by has 1 for its slope: that saves a pass over a large table. */
function scaled(slope: Tensor, upstream: Tensor): Tensor {
  return upstream.dataSync()[0] === 1 ? clone(slope) : mul(slope, upstream);
}

/** The rows' losses, which no gradient passes through. */
export function projectedLossesByKernel(projection: Projection, rows: CheckedRows): Tensor1D {
  const [value, losses] = runKernel(projection, rows, false);
  value?.dispose();
  return losses as Tensor1D;
}

function runKernel({ hidden, table, bias }: Projection, rows: CheckedRows, gradient: boolean): Tensor[] {
  const { targets, weights, smoothing } = rows;
  const inputs: NamedTensorMap = bias === undefined ? { hidden, table } : { hidden, table, bias };
  // TF.js types attributes as numbers and strings; it hands on whatever it gets.
  const results: Tensor | Tensor[] = engine().runKernel(kernelName, inputs, {
    targets,
    weights,
    smoothing,
    gradient,
  } as never);
  return results as Tensor[];
}
