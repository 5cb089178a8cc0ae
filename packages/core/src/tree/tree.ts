import { ShapeError } from "@timestep/base";

/** A leaf: a row of the batch's leaf matrix. */
export interface TreeLeaf {
  readonly leaf: number;
}

/** A node that merges the nodes below it, left to right. */
export interface TreeMerge {
  readonly children: readonly Tree[];
}

/** An ordered tree over rows of a matrix. It may be as deep as memory allows: nothing here recurses over it. */
export type Tree = TreeLeaf | TreeMerge;

/**
 * Leaves first … first + count - 1, each merged with all that follows it: (0 (1 (2 3))). A recursive network over this
 * tree is a recurrent one that reads from the last leaf to the first.
 *
 * @throws {ShapeError} TREE_EMPTY when `count` is not a whole number from 1.
 */
export function rightBranching(count: number, first = 0): Tree {
  checkCount(count);
  let tree: Tree = { leaf: first + count - 1 };
  for (let leaf = first + count - 2; leaf >= first; leaf--) tree = { children: [{ leaf }, tree] };
  return tree;
}

/**
 * Leaves first … first + count - 1 in halves of halves, the larger half on the left: ((0 1) 2). Its height is
 * ⌈log₂ count⌉, the least that a binary tree can have.
 *
 * @throws {ShapeError} TREE_EMPTY when `count` is not a whole number from 1.
 */
export function balanced(count: number, first = 0): Tree {
  checkCount(count);
  if (count === 1) return { leaf: first };
  const left = Math.ceil(count / 2);
  return { children: [balanced(left, first), balanced(count - left, first + left)] };
}

function checkCount(count: number): void {
  if (Number.isInteger(count) && count >= 1) return;
  throw new ShapeError("TREE_EMPTY", `a tree needs a whole number of leaves from 1, got ${count}.`, {
    hint: "Leave texts without a token out of the batch.",
  });
}
