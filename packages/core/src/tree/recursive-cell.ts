import type { Random } from "@timestep/base";
import { glorotUniform, zeros } from "@timestep/engine";
import {
  add,
  concat,
  matMul,
  mul,
  reshape,
  square,
  sub,
  tanh,
  type Tensor1D,
  type Tensor2D,
} from "@tensorflow/tfjs-core";
import { checkArity } from "./arity.js";
import { fusedTree, type TreeFormula } from "./fused-tree.js";
import { TreeCell, type TreeRequest, type TreeState } from "./tree-cell.js";

export interface RecursiveOptions {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly random: Random;
  /** N: children that every merge takes. Default 2. */
  readonly arity?: number;
}

/**
 * One node of the plain recursive network: the same kernels at every leaf and at every merge.
 *
 *   leaf: h = tanh(x·W + b)      merge: h = tanh([h₁; …; h_N]·U + b)
 *
 * **Shapes.** leaf `x` [nodes, I], state {h: [nodes, H]}. Parameters: `inputKernel` [I, H], `recurrentKernel`
 * [N·H, H] with the first child's rows first, `bias` [H].
 *
 * @throws {ConfigError} TREE_ARITY when `arity` is not a whole number from 1.
 * @see Socher et al. 2011, Parsing natural scenes and natural language with recursive neural networks; Goller & Küchler
 *   1996, doi:10.1109/ICNN.1996.548916.
 */
export class RecursiveCell extends TreeCell {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly arity: number;
  readonly inputKernel: Tensor2D;
  readonly recurrentKernel: Tensor2D;
  readonly bias: Tensor1D;

  constructor({ inputSize, hiddenSize, random, arity = 2 }: RecursiveOptions) {
    super();
    checkArity(arity);
    this.inputSize = inputSize;
    this.outputSize = hiddenSize;
    this.arity = arity;
    const input = glorotUniform([inputSize, hiddenSize], random);
    const recurrent = glorotUniform([arity * hiddenSize, hiddenSize], random);
    this.inputKernel = this.parameter("inputKernel", input) as Tensor2D;
    this.recurrentKernel = this.parameter("recurrentKernel", recurrent) as Tensor2D;
    this.bias = this.parameter("bias", zeros([hiddenSize])) as Tensor1D;
  }

  override leaf(x: Tensor2D): TreeState {
    return { h: tanh(add(matMul(x, this.inputKernel), this.bias)) };
  }

  override merge(children: readonly TreeState[]): TreeState {
    const below = concat(
      children.map(({ h }) => h),
      1,
    ); // [nodes, N·H]
    return { h: tanh(add(matMul(below, this.recurrentKernel), this.bias)) };
  }

  override fused(request: TreeRequest): TreeState {
    return { h: fusedTree(formulaOf(this), request) };
  }
}

function formulaOf(cell: RecursiveCell): TreeFormula {
  const { inputKernel, recurrentKernel, bias, arity, outputSize: size } = cell;
  const slope = (h: Tensor2D): Tensor2D => sub(1, square(h));
  return {
    width: size,
    inputKernel,
    kernels: [recurrentKernel],
    bias,
    leaf: (x) => {
      const { h } = cell.leaf(x);
      return { state: h, kept: [h] };
    },
    leafGradient: (dState, [h]) => mul(dState, slope(h as Tensor2D)),
    merge: (children, { count }) => {
      const below: Tensor2D = reshape(children, [count, arity * size]);
      const h: Tensor2D = tanh(add(matMul(below, recurrentKernel), bias));
      return { state: h, factors: [below], kept: [h] };
    },
    mergeGradient: (dState, { kept: [h] }, { count }) => {
      const dSum: Tensor2D = mul(dState, slope(h as Tensor2D));
      const dBelow = matMul(dSum, recurrentKernel, false, true);
      return { children: reshape(dBelow, [count * arity, size]), products: [dSum] };
    },
    biasGradient: (leaf, [product]) => add(leaf, product as Tensor1D),
  };
}
