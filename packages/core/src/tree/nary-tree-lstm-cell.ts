import type { Random } from "@timestep/base";
import { glorotUniform, sideBySide } from "@timestep/engine";
import {
  add,
  concat,
  matMul,
  mul,
  reshape,
  sigmoid,
  slice,
  sum,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from "@tensorflow/tfjs-core";
import { checkArity } from "./arity.js";
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
import { runTreeKernel } from "./kernel.js";
import { TreeCell, type TreeRequest, type TreeState } from "./tree-cell.js";

export interface NaryTreeLstmOptions {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly random: Random;
  /** N: children that every merge takes. Default 2. */
  readonly arity?: number;
  /** Where the forget gates start; default 1, so that a new cell remembers. */
  readonly forgetBias?: number;
}

/**
 * One node of the N-ary tree LSTM, for trees whose children have an order, such as binary parse trees.
 *
 *   leaf:   i, o = σ(x·W + b)    u = tanh(x·W + b)    c = i∘u                  h = o∘tanh(c)
 *   merge:  s = [h₁; …; h_N]·U + b      i, o, f₁ … f_N = σ(s)    u = tanh(s)
 *           c = i∘u + f₁∘c₁ + … + f_N∘c_N                                      h = o∘tanh(c)
 *
 * Every child has a forget gate of its own, which sees all children through full H×H matrices; the gates share one
 * bias b_f. A leaf reads its input and has nothing below, a merge has no input.
 *
 * **Shapes.** leaf `x` [nodes, I], state {h: [nodes, H], c: [nodes, H]}. Parameters: `inputKernel` [I, 3H], gates in
 * order u, i, o; `recurrentKernel` [N·H, (3+N)·H], rows by child, gates in order u, i, o, f₁ … f_N; `bias` [4H] in
 * order u, i, o, f.
 *
 * @throws {ConfigError} TREE_ARITY when `arity` is not a whole number from 1.
 * @see Tai, Socher & Manning 2015, Improved semantic representations from tree-structured long short-term memory
 *   networks, doi:10.3115/v1/P15-1150, equations 9 to 14.
 */
export class NaryTreeLstmCell extends TreeCell {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly arity: number;
  readonly inputKernel: Tensor2D;
  readonly recurrentKernel: Tensor2D;
  readonly bias: Tensor1D;

  constructor({ inputSize, hiddenSize, random, arity = 2, forgetBias = 1 }: NaryTreeLstmOptions) {
    super();
    checkArity(arity);
    this.inputSize = inputSize;
    this.outputSize = hiddenSize;
    this.arity = arity;
    const gates = (count: number, rows: number) =>
      sideBySide(Array.from({ length: count }, () => glorotUniform([rows, hiddenSize], random)));
    this.inputKernel = this.parameter("inputKernel", gates(3, inputSize)) as Tensor2D;
    this.recurrentKernel = this.parameter(
      "recurrentKernel",
      gates(3 + arity, arity * hiddenSize),
    ) as Tensor2D;
    this.bias = this.parameter("bias", startBias(hiddenSize, forgetBias)) as Tensor1D;
  }

  override leaf(x: Tensor2D): TreeState {
    return apart(this.leafNode(x).state);
  }

  override merge(children: readonly TreeState[]): TreeState {
    const side = (parts: readonly (Tensor2D | undefined)[]): Tensor2D => concat(parts as Tensor2D[], 1);
    const h = side(children.map((child) => child.h)); // [nodes, N·H]
    const c = side(children.map((child) => child.c));
    return apart(this.mergeNode(h, c).node.state);
  }

  override fused(request: TreeRequest): TreeState {
    return apart(fusedTree(formulaOf(this), request));
  }

  override kernel(request: TreeRequest): TreeState | undefined {
    const parameters = [this.inputKernel, this.recurrentKernel, this.bias];
    return runTreeKernel({ arity: this.arity, parameters }, request);
  }

  /** Leaves from `x` [nodes, I]. */
  leafNode(x: Tensor2D): GatedNode {
    const size = this.outputSize;
    const sums: Tensor2D = add(matMul(x, this.inputKernel), slice(this.bias, 0, 3 * size));
    return closeNode(openGates(sums, size));
  }

  /** Merges from what lies below, child by child: `h` and `c`, each [nodes, N·H]. */
  mergeNode(h: Tensor2D, c: Tensor2D): { node: GatedNode; forget: Tensor2D } {
    const { arity, outputSize: size } = this;
    const forgetBias = slice(this.bias, 3 * size, size);
    const bias = concat([slice(this.bias, 0, 3 * size), ...Array<Tensor1D>(arity).fill(forgetBias)]);
    const sums: Tensor2D = add(matMul(h, this.recurrentKernel), bias); // [nodes, (3+N)·H]
    const forget: Tensor2D = sigmoid(columns(sums, 3 * size, arity * size)); // [nodes, N·H]
    const kept = reshape(mul(forget, c), [-1, arity, size]) as Tensor3D;
    return { node: closeNode(openGates(sums, size), sum(kept, 1)), forget };
  }
}

function formulaOf(cell: NaryTreeLstmCell): TreeFormula {
  const { inputKernel, recurrentKernel, bias, arity, outputSize: size } = cell;
  const beside = (x: Tensor2D): Tensor2D => concat(Array<Tensor2D>(arity).fill(x), 1); // [nodes, H] -> [nodes, N·H]
  return {
    width: 2 * size,
    inputKernel,
    kernels: [recurrentKernel],
    bias,
    leaf: (x) => cell.leafNode(x),
    leafGradient: (dState, kept) => nodeGradient(dState, kept as unknown as GatedNode["kept"]).sums,
    merge: (children, { count }) => {
      const h: Tensor2D = reshape(columns(children, 0, size), [count, arity * size]);
      const c: Tensor2D = reshape(columns(children, size, size), [count, arity * size]);
      const { node, forget } = cell.mergeNode(h, c);
      return { state: node.state, factors: [h], kept: [...node.kept, forget, c] };
    },
    mergeGradient: (dState, { kept }, { count }) => {
      const [u, i, o, squashed, forget, c] = kept as Six<Tensor2D>;
      const own = nodeGradient(dState, [u, i, o, squashed]);
      const dC = beside(own.c);
      const dForget: Tensor2D = mul(mul(dC, c), slopeOf(forget));
      const dSums = concat([own.sums, dForget], 1); // [nodes, (3+N)·H]
      const below = [matMul(dSums, recurrentKernel, false, true), mul(dC, forget)];
      const parts = below.map((each) => reshape(each, [count * arity, size]) as Tensor2D);
      return { children: concat(parts, 1), products: [dSums] };
    },
    biasGradient: (leaf, [product]) => {
      const part = (from: number, count: number): Tensor1D =>
        slice(product as Tensor1D, from * size, count * size);
      const gates = part(0, 3);
      const forget = Array.from({ length: arity }, (_, child) => part(3 + child, 1));
      return concat([add(leaf, gates) as Tensor1D, total(forget)]);
    },
  };
}

type Six<T> = [T, T, T, T, T, T];
