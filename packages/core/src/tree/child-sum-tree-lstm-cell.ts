import type { Random } from "@timestep/base";
import { glorotUniform, orthogonal, sideBySide } from "@timestep/engine";
import {
  add,
  concat,
  gather,
  matMul,
  mul,
  sigmoid,
  slice,
  tensor1d,
  type Tensor1D,
  type Tensor2D,
} from "@tensorflow/tfjs-core";
import { fusedTree, type TreeFormula } from "./fused-tree.js";
import {
  apart,
  closeNode,
  columns,
  type GatedNode,
  nodeGradient,
  openGates,
  slopeOf,
  startBias,
  total,
} from "./gated-node.js";
import type { TreeLevel } from "./plan.js";
import { groupRows, sumGroups } from "./row-sums.js";
import { TreeCell, type TreeRequest, type TreeState } from "./tree-cell.js";

export interface ChildSumTreeLstmOptions {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly random: Random;
  /** Where the forget gate starts; default 1, so that a new cell remembers. */
  readonly forgetBias?: number;
}

/**
 * One node of the child-sum tree LSTM, for trees of any arity whose children have no order.
 *
 *   leaf:   i, o = σ(x·W + b)    u = tanh(x·W + b)    c = i∘u            h = o∘tanh(c)
 *   merge:  s = (h₁ + … + h_n)·U + b      i, o = σ(s)    u = tanh(s)      f_k = σ(h_k·U_f + b_f)
 *           c = i∘u + f₁∘c₁ + … + f_n∘c_n                                h = o∘tanh(c)
 *
 * The forget gate of a child sees that child alone. Only leaves read an input here: a merge has none, which takes the
 * terms of x out of its equations.
 *
 * **Shapes.** leaf `x` [nodes, I], state {h: [nodes, H], c: [nodes, H]}. Parameters: `inputKernel` [I, 3H] and
 * `recurrentKernel` [H, 3H], gates in order u, i, o; `forgetKernel` [H, H]; `bias` [4H] in order u, i, o, f.
 *
 * @see Tai, Socher & Manning 2015, doi:10.3115/v1/P15-1150, equations 2 to 8.
 */
export class ChildSumTreeLstmCell extends TreeCell {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly arity = undefined;
  readonly inputKernel: Tensor2D;
  readonly recurrentKernel: Tensor2D;
  readonly forgetKernel: Tensor2D;
  readonly bias: Tensor1D;

  constructor({ inputSize, hiddenSize, random, forgetBias = 1 }: ChildSumTreeLstmOptions) {
    super();
    this.inputSize = inputSize;
    this.outputSize = hiddenSize;
    const inputGates = sideBySide([0, 1, 2].map(() => glorotUniform([inputSize, hiddenSize], random)));
    const gates = sideBySide([0, 1, 2].map(() => orthogonal(hiddenSize, hiddenSize, random)));
    this.inputKernel = this.parameter("inputKernel", inputGates) as Tensor2D;
    this.recurrentKernel = this.parameter("recurrentKernel", gates) as Tensor2D;
    this.forgetKernel = this.parameter(
      "forgetKernel",
      orthogonal(hiddenSize, hiddenSize, random),
    ) as Tensor2D;
    this.bias = this.parameter("bias", startBias(hiddenSize, forgetBias)) as Tensor1D;
  }

  override leaf(x: Tensor2D): TreeState {
    return apart(this.leafNode(x).state);
  }

  override merge(children: readonly TreeState[]): TreeState {
    const carried = children.map(({ h, c }) => mul(this.forget(h), c as Tensor2D) as Tensor2D);
    return apart(this.mergeNode(total(children.map(({ h }) => h)), total(carried)).state);
  }

  override fused(request: TreeRequest): TreeState {
    return apart(fusedTree(formulaOf(this), request));
  }

  /** Leaves from `x` [nodes, I]. */
  leafNode(x: Tensor2D): GatedNode {
    return this.opened(matMul(x, this.inputKernel));
  }

  /** The forget gate of children with outputs `h` [children, H]. */
  forget(h: Tensor2D): Tensor2D {
    const size = this.outputSize;
    return sigmoid(add(matMul(h, this.forgetKernel), slice(this.bias, 3 * size, size)));
  }

  /** Merges from the sum of their children's outputs, and what these carry over; each [nodes, H]. */
  mergeNode(h: Tensor2D, carried: Tensor2D): GatedNode {
    return this.opened(matMul(h, this.recurrentKernel), carried);
  }

  private opened(products: Tensor2D, carried?: Tensor2D): GatedNode {
    const size = this.outputSize;
    return closeNode(openGates(add(products, slice(this.bias, 0, 3 * size)), size), carried);
  }
}

function formulaOf(cell: ChildSumTreeLstmCell): TreeFormula {
  const { inputKernel, recurrentKernel, forgetKernel, bias, outputSize: size } = cell;
  return {
    width: 2 * size,
    inputKernel,
    kernels: [recurrentKernel, forgetKernel],
    bias,
    leaf: (x) => cell.leafNode(x),
    leafGradient: (dState, kept) => nodeGradient(dState, kept as unknown as GatedNode["kept"]).sums,
    merge: (children, level) => {
      const h = columns(children, 0, size); // [children, H]
      const c = columns(children, size, size);
      const forget = cell.forget(h);
      const below = sumGroups(
        concat([h, mul(forget, c) as Tensor2D], 1),
        groupRows(parentOfEach(level), level.count),
      );
      const sumOfH = columns(below, 0, size); // [nodes, H]
      const { state, kept } = cell.mergeNode(sumOfH, columns(below, size, size));
      return { state, factors: [sumOfH, h], kept: [...kept, forget, c] };
    },
    mergeGradient: (dState, { kept }, level) => {
      const [u, i, o, squashed, forget, c] = kept as Six<Tensor2D>;
      const own = nodeGradient(dState, [u, i, o, squashed]);
      const dSumOfH: Tensor2D = matMul(own.sums, recurrentKernel, false, true);
      const parents = tensor1d(parentOfEach(level), "int32");
      const toEach: Tensor2D = gather(concat([dSumOfH, own.c] as Tensor2D[], 1), parents); // [children, 2H]
      const dC = columns(toEach, size, size);
      const dForget: Tensor2D = mul(mul(dC, c), slopeOf(forget));
      const dH: Tensor2D = add(columns(toEach, 0, size), matMul(dForget, forgetKernel, false, true));
      return { children: concat([dH, mul(dC, forget) as Tensor2D], 1), products: [own.sums, dForget] };
    },
    biasGradient: (leaf, [gates, forget]) =>
      concat([add(leaf, gates as Tensor1D) as Tensor1D, forget as Tensor1D]),
  };
}

/** [children]: the place of each child's parent in its level. */
function parentOfEach({ count, offsets, children }: TreeLevel): Int32Array {
  const parents = new Int32Array(children.length);
  for (let node = 0; node < count; node++) parents.fill(node, offsets[node], offsets[node + 1]);
  return parents;
}

type Six<T> = [T, T, T, T, T, T];
