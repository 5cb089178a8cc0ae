import { type Random, seeded } from "@timestep/base";
import { concat, reshape, type Tensor } from "@tensorflow/tfjs-core";
import { ChildSumTreeLstmCell } from "./child-sum-tree-lstm-cell.js";
import { NaryTreeLstmCell } from "./nary-tree-lstm-cell.js";
import { RecursiveCell } from "./recursive-cell.js";
import { balanced, rightBranching, type Tree } from "./tree.js";
import type { TreeCell, TreeState } from "./tree-cell.js";

export const inputSize = 3;
export const hiddenSize = 4;

const sizes = () => ({ inputSize, hiddenSize, random: seeded(1) });

/** Every cell that merges two children. */
export const binaryCells: readonly (readonly [string, () => TreeCell])[] = [
  ["RecursiveCell", () => new RecursiveCell(sizes())],
  ["NaryTreeLstmCell", () => new NaryTreeLstmCell(sizes())],
  ["ChildSumTreeLstmCell", () => new ChildSumTreeLstmCell(sizes())],
];

/** Those that merge three. */
export const ternaryCells: readonly (readonly [string, () => TreeCell])[] = [
  ["RecursiveCell of three", () => new RecursiveCell({ ...sizes(), arity: 3 })],
  ["NaryTreeLstmCell of three", () => new NaryTreeLstmCell({ ...sizes(), arity: 3 })],
  ["ChildSumTreeLstmCell", () => new ChildSumTreeLstmCell(sizes())],
];

/** A tree over `leaves` whose merges take what `arityOf` says, neighbours drawn at random. */
export function randomTree(leaves: readonly number[], random: Random, arityOf: () => number = () => 2): Tree {
  const nodes: Tree[] = leaves.map((leaf) => ({ leaf }));
  while (nodes.length > 1) {
    const take = Math.min(arityOf(), nodes.length);
    const at = random.integer(nodes.length - take + 1);
    const children = nodes.slice(at, at + take);
    nodes.splice(at, take, { children });
  }
  return nodes[0] as Tree;
}

/** first … first + count - 1 */
export function range(count: number, first = 0): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

/** All states as one vector. */
export function everything({ h, c }: TreeState): Tensor {
  return concat((c === undefined ? [h] : [h, c]).map((part) => reshape(part, [-1])));
}

const random = seeded(3);
/** Batches of binary trees: a name, the trees, and the rows of their leaf matrix. */
export const batches: readonly (readonly [string, readonly Tree[], number])[] = [
  ["a single leaf", [{ leaf: 0 }], 1],
  ["nothing but single leaves", [{ leaf: 1 }, { leaf: 0 }], 2],
  ["one merge", [balanced(2)], 2],
  ["a chain", [rightBranching(6)], 6],
  ["a balanced tree", [balanced(8)], 8],
  ["chain, leaf and balanced tree side by side", [rightBranching(4), { leaf: 4 }, balanced(5, 5)], 10],
  ["random trees", [0, 5, 12].map((first) => randomTree(range(4 + first, first), random)), 28],
  ["leaves read twice, out of order or never", [balanced(3, 2), { children: [{ leaf: 4 }, { leaf: 0 }] }], 7],
];
