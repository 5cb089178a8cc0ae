import { add, addN, grads, mul, sum, type Tensor, type Tensor2D, tidy } from "@tensorflow/tfjs-core";
import { drawn } from "../recurrent/cells.fixture.js";
import type { TreePlan } from "./plan.js";
import type { TreeCell } from "./tree-cell.js";
import { TreeLayer, type TreePath } from "./tree-layer.js";
import { everything } from "./trees.fixture.js";

/** The states of all nodes, and the gradients of a weighted sum of them in leaves and parameters. */
export function valueAndGradients(
  cell: TreeCell,
  path: TreePath,
  leaves: Tensor2D,
  plan: TreePlan,
): Tensor[] {
  const layer = new TreeLayer(cell, { path });
  // TF.js wants every input to take part: single leaves read no more than one of the kernels.
  const absent = (): Tensor => mul(0, addN(cell.parameters().map(({ variable }) => sum(variable))));
  const f = (x: Tensor): Tensor => add(everything(layer.run(x as Tensor2D, plan)), absent());
  return tidy(() => {
    const value = f(leaves);
    const weights = drawn(11, value.shape);
    const inputs = [leaves, ...cell.parameters().map(({ variable }) => variable)];
    return [value, ...grads((...[x]: Tensor[]) => sum(mul(f(x as Tensor), weights)))(inputs)];
  });
}
