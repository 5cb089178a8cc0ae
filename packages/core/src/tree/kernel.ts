import {
  engine,
  getGradient,
  type GradConfig,
  registerGradient,
  type Tensor,
  type Tensor2D,
} from "@tensorflow/tfjs-core";
import { engineHas, gradientsAreRecorded } from "../own-kernels.js";
import type { TreePlan } from "./plan.js";
import type { TreeRequest, TreeState } from "./tree-cell.js";

const kernelName = "TimestepTreeLstm";

/** What an N-ary tree LSTM's kernel takes besides the leaves. */
export interface TreeKernelWeights {
  readonly arity: number;
  /** `inputKernel`, `recurrentKernel`, `bias`, as in the cell. */
  readonly parameters: readonly Tensor[];
}

/**
 * Runs a tree LSTM over a batch by the running engine's own kernel, or gives undefined when it has none.
 *
 * The kernel takes [leaves, ...parameters] and, as attributes, the plan in typed arrays: `leafRows`, `starts` (the
 * first row of each level above the leaves, and the number of nodes), `children` (of all levels, N for each node),
 * `trees`, and `arity`. It gives h, c and, with `training`, what its backward pass needs. Its "Grad" kernel takes
 * these three, the gradients of h and c, and then all that the kernel took; it gives the gradient of each of the
 * latter.
 */
export function runTreeKernel(
  { arity, parameters }: TreeKernelWeights,
  { leaves, plan }: TreeRequest,
): TreeState | undefined {
  if (!engineHas(kernelName)) return undefined;
  // TF.js gives undefined for what nobody has registered, and types that do not say so.
  if (!(getGradient(kernelName) as GradConfig | undefined)) registerGradient(gradient);
  const training = gradientsAreRecorded();
  const [h, c]: Tensor[] = engine().runKernel(kernelName, named([leaves, ...parameters]), {
    ...arraysOf(plan),
    arity,
    training,
  });
  return { h: h as Tensor2D, c: c as Tensor2D };
}

const gradient: GradConfig = {
  kernelName,
  saveAllInputs: true,
  outputsToSave: [true, true, true],
  gradFunc: (dy, saved, attributes) => {
    const [dH, dC] = dy as Tensor[] as [Tensor, Tensor];
    const inputs = saved.slice(0, -3);
    const results = saved.slice(-3);
    const gradients: Tensor[] = engine().runKernel(
      `${kernelName}Grad`,
      named([...results, dH, dC, ...inputs]),
      attributes,
    );
    return Object.fromEntries(gradients.map((one, index) => [index, () => one]));
  },
};

/** A plan laid out for a kernel. */
function arraysOf({ nodes, leaves, levels, trees }: TreePlan): Record<string, Int32Array> {
  const children = new Int32Array(levels.reduce((count, level) => count + level.children.length, 0));
  let next = 0;
  for (const level of levels) {
    children.set(level.children, next);
    next += level.children.length;
  }
  const starts = Int32Array.from([...levels.map(({ start }) => start), nodes]);
  return { leafRows: leaves, starts, children, trees };
}

/** TF.js names a kernel's inputs; with `saveAllInputs` it wants them as a list, whose names are its indices. */
function named(tensors: readonly Tensor[]): Record<string, Tensor> {
  return [...tensors] as unknown as Record<string, Tensor>;
}
