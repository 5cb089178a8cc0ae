import {
  add,
  concat,
  matMul,
  split,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  zeros,
  zerosLike,
} from "@tensorflow/tfjs-core";
import { columnSums, fusedFunction } from "../recurrent/time-major.js";
import type { TreeLevel } from "./plan.js";
import { groupRows, sumGroups } from "./row-sums.js";
import type { TreeRequest } from "./tree-cell.js";
import { assemble, pick, wire } from "./wiring.js";

/** What a level gives: its nodes' states, the left factors of its products, and what else the backward pass reads. */
export interface LevelStep {
  /** [nodes, W] */
  readonly state: Tensor2D;
  /** One for each kernel. */
  readonly factors: readonly Tensor2D[];
  readonly kept: readonly Tensor2D[];
}

/** What goes down from a level: the gradients of its children's states and of the result of each product. */
export interface LevelGradient {
  /** [children, W] */
  readonly children: Tensor2D;
  /** One for each kernel. */
  readonly products: readonly Tensor2D[];
}

/** The algebra of a cell, a level at a time. All states of a node lie side by side in W columns. */
export interface TreeFormula {
  /** W */
  readonly width: number;
  readonly inputKernel: Tensor2D;
  /** What children are multiplied by. */
  readonly kernels: readonly Tensor2D[];
  readonly bias: Tensor1D;
  leaf(x: Tensor2D): Omit<LevelStep, "factors">;
  /** The gradient of the leaves' x·W, from that of their states. */
  leafGradient(dState: Tensor2D, kept: readonly Tensor2D[]): Tensor2D;
  merge(children: Tensor2D, level: TreeLevel): LevelStep;
  mergeGradient(dState: Tensor2D, step: Omit<LevelStep, "state">, level: TreeLevel): LevelGradient;
  /** From the column sums of the leaves' gradients and of each product's. */
  biasGradient(leaf: Tensor1D, products: readonly Tensor1D[]): Tensor1D;
}

/**
 * A batch of trees level by level: the nodes of a level of all trees are rows of one product. The backward pass goes
 * down the levels, and the gradient of each weight is one large product after them.
 *
 * @returns the states of all nodes, [nodes, W].
 */
export function fusedTree(formula: TreeFormula, { leaves, plan }: TreeRequest): Tensor2D {
  const { levels } = plan;
  const wiring = wire(plan);
  const { inputKernel, kernels, bias } = formula;
  let atLeaves = 0; // tensors that the leaves keep

  const forward = () => {
    const x = pick(leaves, plan.leaves); // [leaf nodes, I]
    const bottom = formula.leaf(x);
    atLeaves = bottom.kept.length;
    const states = [bottom.state];
    const saved = [x, ...bottom.kept];
    levels.forEach((level, index) => {
      const children = assemble(
        wiring.children[index + 1] as (typeof wiring.children)[number],
        states,
      ) as Tensor2D;
      const step = formula.merge(children, level);
      states.push(step.state);
      saved.push(...step.factors, ...step.kept);
    });
    return { results: [concat(states, 0)], saved };
  };

  const backward = ([dStates]: readonly Tensor2D[], saved: readonly Tensor[]): Tensor[] => {
    const own = split(dStates as Tensor2D, [plan.leaves.length, ...levels.map(({ count }) => count)], 0);
    const apart = levels.length === 0 ? 0 : (saved.length - 1 - atLeaves) / levels.length;
    const tensors = saved as Tensor2D[];
    const factors: Tensor2D[][] = kernels.map(() => []);
    const products: Tensor2D[][] = kernels.map(() => []);
    const dChildren: Tensor2D[] = [];
    const arrived = (level: number): Tensor2D => {
      const fromAbove = assemble(wiring.parents[level] as (typeof wiring.parents)[number], dChildren);
      return fromAbove === undefined ? (own[level] as Tensor2D) : add(own[level] as Tensor2D, fromAbove);
    };
    for (let index = levels.length - 1; index >= 0; index--) {
      const from = 1 + atLeaves + index * apart;
      const step = {
        factors: tensors.slice(from, from + kernels.length),
        kept: tensors.slice(from + kernels.length, from + apart),
      };
      const gradient = formula.mergeGradient(arrived(index + 1), step, levels[index] as TreeLevel);
      dChildren[index + 1] = gradient.children;
      kernels.forEach((_, kernel) => {
        (factors[kernel] as Tensor2D[]).push(step.factors[kernel] as Tensor2D);
        (products[kernel] as Tensor2D[]).push(gradient.products[kernel] as Tensor2D);
      });
    }
    const x = tensors[0] as Tensor2D;
    const dLeaf = formula.leafGradient(arrived(0), tensors.slice(1, 1 + atLeaves));
    const ofKernels = kernels.map((kernel, index) => {
      const parts = products[index] as Tensor2D[];
      // Trees that are all single leaves have no products.
      if (parts.length === 0)
        return { kernel: zerosLike(kernel), sums: zeros([kernel.shape[1]]) as Tensor1D };
      const product = concat(parts, 0);
      return {
        kernel: matMul(concat(factors[index] as Tensor2D[], 0), product, true),
        sums: columnSums(product),
      };
    });
    return [
      sumGroups(matMul(dLeaf, inputKernel, false, true), groupRows(plan.leaves, leaves.shape[0])),
      matMul(x, dLeaf, true),
      ...ofKernels.map(({ kernel }) => kernel),
      formula.biasGradient(
        columnSums(dLeaf),
        ofKernels.map(({ sums }) => sums),
      ),
    ];
  };

  const [states] = fusedFunction([leaves, inputKernel, ...kernels, bias], formula.width, forward, backward);
  return states as Tensor2D;
}
