import { ShapeError } from "@timestep/base";
import type { Tree } from "./tree.js";

/** Nodes of one height, which can all be merged at once. */
export interface TreeLevel {
  /** Row of the level's first node; the others follow it. */
  readonly start: number;
  readonly count: number;
  /** [count + 1]: where the children of each node begin in `children`. */
  readonly offsets: Int32Array;
  /** Rows of the children, node by node and left to right; each belongs to a lower level. */
  readonly children: Int32Array;
}

/**
 * The order in which the nodes of a batch of trees are computed, and thereby the rows of every tensor over nodes: first
 * all leaves, then all nodes of height 1, and so on. Nodes of the same height lie in the order of their trees and,
 * within a tree, of the text.
 */
export interface TreePlan {
  /** Number of nodes of all trees. */
  readonly nodes: number;
  /** [leaf nodes]: the row in the leaf matrix that each leaf node reads. */
  readonly leaves: Int32Array;
  /** Nodes of height 1, 2, …: a node's height is one more than that of its highest child. */
  readonly levels: readonly TreeLevel[];
  /** [trees]: the row of each tree's root. */
  readonly roots: Int32Array;
  /** For each tree the rows of its nodes in post-order: children left to right, then their parent; the root is last. */
  readonly rows: readonly Int32Array[];
  /** [nodes]: the tree that each row belongs to. */
  readonly trees: Int32Array;
}

/**
 * Orders a batch of trees level by level. Takes time and memory in proportion to the nodes, however deep the trees.
 *
 * @throws {ShapeError} TREE_EMPTY when there is no tree, or a node without leaf and without children; TREE_LEAF when a
 *   leaf is not a whole number from 0.
 *
 * @example
 * ```ts
 * const plan = planTrees([{ children: [{ leaf: 0 }, { leaf: 1 }] }]);
 * plan.levels[0]?.children; // Int32Array [0, 1]
 * plan.roots; // Int32Array [2]
 * ```
 */
export function planTrees(trees: readonly Tree[]): TreePlan {
  if (trees.length === 0) throw empty("the batch has no trees");
  const { leaf, parent, sizes } = numbered(trees);
  const nodes = leaf.length;
  const height = new Int32Array(nodes);
  const arity = new Int32Array(nodes);
  for (let node = 0; node < nodes; node++) {
    const above = parent[node] as number;
    if (above < 0) continue;
    height[above] = Math.max(height[above] as number, (height[node] as number) + 1);
    arity[above] = (arity[above] as number) + 1;
  }
  const { row, starts } = rowsByHeight(height);
  const levels = levelsOf(row, starts, parent, arity);
  const leaves = new Int32Array(starts[1] as number);
  const owner = new Int32Array(nodes);
  const rows: Int32Array[] = [];
  let first = 0;
  for (const [tree, size] of sizes.entries()) {
    rows.push(row.slice(first, first + size));
    for (let node = first; node < first + size; node++) {
      const at = row[node] as number;
      owner[at] = tree;
      if (arity[node] === 0) leaves[at] = leaf[node] as number;
    }
    first += size;
  }
  return {
    nodes,
    leaves,
    levels,
    roots: Int32Array.from(rows, (own) => own.at(-1) as number),
    rows,
    trees: owner,
  };
}

/** Nodes of all trees in post-order: what they read, the number of their parent, and how many each tree has. */
interface Numbered {
  readonly leaf: readonly number[];
  readonly parent: Int32Array;
  readonly sizes: readonly number[];
}

function numbered(trees: readonly Tree[]): Numbered {
  const leaf: number[] = [];
  const parents: number[] = [];
  const sizes: number[] = [];
  for (const [index, tree] of trees.entries()) {
    // Taking a node, then its children from the right, is post-order backwards.
    const stack: [Tree, number][] = [[tree, -1]];
    const found: number[] = [];
    const above: number[] = [];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const [node, parent] = next;
      const children = "children" in node ? node.children : undefined;
      for (const child of children ?? []) stack.push([child, found.length]);
      above.push(parent);
      found.push(children === undefined ? checkedLeaf(node, index) : -1);
      if (children?.length === 0) throw empty(`tree ${index} has a node without leaf and without children`);
    }
    const base = leaf.length;
    const last = base + found.length - 1;
    for (let at = found.length - 1; at >= 0; at--) {
      leaf.push(found[at] as number);
      parents.push(at === 0 ? -1 : last - (above[at] as number));
    }
    sizes.push(found.length);
  }
  return { leaf, parent: Int32Array.from(parents), sizes };
}

function checkedLeaf(node: Tree, tree: number): number {
  const leaf = "leaf" in node ? node.leaf : NaN;
  if (Number.isInteger(leaf) && leaf >= 0) return leaf;
  throw new ShapeError("TREE_LEAF", `tree ${tree} has leaf ${leaf}, expected a whole number from 0.`, {
    hint: "A leaf names a row of the leaf matrix.",
  });
}

function empty(what: string): ShapeError {
  return new ShapeError("TREE_EMPTY", `${what}.`, {
    hint: "Give every tree at least one leaf, and leave empty texts out of the batch.",
  });
}

/** The row of each node, sorted by height and otherwise left in order, and where each height begins. */
function rowsByHeight(height: Int32Array): { row: Int32Array; starts: Int32Array } {
  const heights = height.reduce((most, one) => Math.max(most, one), 0) + 1;
  const starts = new Int32Array(heights + 1);
  for (const one of height) starts[one + 1] = (starts[one + 1] as number) + 1;
  for (let one = 0; one < heights; one++) {
    starts[one + 1] = (starts[one + 1] as number) + (starts[one] as number);
  }
  const next = starts.slice();
  const row = height.map((one) => {
    const at = next[one] as number;
    next[one] = at + 1;
    return at;
  });
  return { row, starts };
}

function levelsOf(row: Int32Array, starts: Int32Array, parent: Int32Array, arity: Int32Array): TreeLevel[] {
  const arityOfRow = new Int32Array(row.length);
  row.forEach((at, node) => (arityOfRow[at] = arity[node] as number));
  const leaves = starts[1] as number;
  // Where the children of each row begin among those of all rows: rows of a level, and levels, follow one another.
  const begin = new Int32Array(row.length + 1);
  for (let at = leaves; at < row.length; at++)
    begin[at + 1] = (begin[at] as number) + (arityOfRow[at] as number);
  const next = begin.slice();
  const children = new Int32Array(begin[row.length] as number);
  parent.forEach((above, node) => {
    if (above < 0) return;
    const at = row[above] as number;
    const place = next[at] as number;
    children[place] = row[node] as number;
    next[at] = place + 1;
  });
  return Array.from({ length: starts.length - 2 }, (_, index) => {
    const start = starts[index + 1] as number;
    const end = starts[index + 2] as number;
    const offset = begin[start] as number;
    return {
      start,
      count: end - start,
      offsets: begin.slice(start, end + 1).map((at) => at - offset),
      children: children.slice(offset, begin[end]),
    };
  });
}
