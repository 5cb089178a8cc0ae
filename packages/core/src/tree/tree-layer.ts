import { ConfigError, ShapeError } from "@timestep/base";
import { concat, getBackend, split, type Tensor2D, tidy } from "@tensorflow/tfjs-core";
import { Module } from "../module.js";
import type { TreePlan } from "./plan.js";
import type { TreeCell, TreeRequest, TreeState } from "./tree-cell.js";

/**
 * How a layer runs: by the engine's `kernel` for the cell, `fused` a level of all trees at once, or the `reference`, a
 * node at a time with gradients by TF.js's tape. `auto` takes the first of these that the cell and the running engine
 * have.
 */
export type TreePath = "auto" | "reference" | "fused" | "kernel";

export interface TreeLayerOptions {
  readonly path?: TreePath;
  /** Used in errors. */
  readonly name?: string;
}

/**
 * A cell over a batch of trees.
 *
 * **Shapes.** `leaves` [N, I], a plan of M nodes -> `h` [M, H], and `c` [M, H] where the cell has one. Rows are in the
 * order of the plan: `plan.roots` names those of the roots, `plan.rows` those of every node. A row of `leaves` may
 * serve several leaves, or none.
 *
 * **Cost.** With the fused path one product for all leaves and one for each level, with as many rows as the level has
 * nodes. The caller owns the tensors that come back.
 *
 * @throws {ShapeError} TREE_INPUT when `leaves` is not [N, I]; TREE_LEAF when a tree has a leaf that is no row of it;
 *   TREE_ARITY when a node has a number of children that the cell cannot merge.
 * @throws {ConfigError} TREE_PATH when a path is asked for that the cell, or for `kernel` the running engine, has not.
 *
 * @example
 * ```ts
 * const layer = new TreeLayer(new NaryTreeLstmCell({ inputSize: 3, hiddenSize: 5, random: seeded(7) }));
 * const plan = planTrees([rightBranching(4), balanced(2, 4)]);
 * const { h } = layer.run(leaves, plan); // leaves [6, 3] -> h [10, 5]
 * const ofRoots = gather(h, Array.from(plan.roots)); // [2, 5]
 * ```
 */
export class TreeLayer<C extends TreeCell = TreeCell> extends Module {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly cell: C;
  private readonly path: TreePath;
  private readonly name: string;

  constructor(cell: C, options: TreeLayerOptions = {}) {
    super();
    this.cell = this.child("cell", cell);
    this.inputSize = cell.inputSize;
    this.outputSize = cell.outputSize;
    this.path = options.path ?? "auto";
    this.name = options.name ?? cell.constructor.name;
    if (this.path === "fused" && cell.fused === undefined)
      throw this.without("form that takes a level at once");
    if (this.path === "kernel" && cell.kernel === undefined) throw this.without("kernel on any engine");
  }

  run(leaves: Tensor2D, plan: TreePlan): TreeState {
    this.check(leaves, plan);
    const request = { leaves, plan };
    return tidy(() => {
      return { ...this.along(request) };
    });
  }

  private along(request: TreeRequest): TreeState {
    if (this.path === "kernel" || this.path === "auto") {
      const states = this.cell.kernel?.(request);
      if (states !== undefined) return states;
      if (this.path === "kernel") throw this.without(`kernel on engine "${getBackend()}"`);
    }
    if (this.path !== "reference" && this.cell.fused !== undefined) return this.cell.fused(request);
    return nodeByNode(this.cell, request);
  }

  private without(what: string): ConfigError {
    return new ConfigError("TREE_PATH", `${this.name} has no ${what}.`, { hint: 'Use path: "auto".' });
  }

  private check(leaves: Tensor2D, plan: TreePlan): void {
    const shape: readonly number[] = leaves.shape;
    if (shape.length !== 2 || shape[1] !== this.inputSize) {
      throw new ShapeError(
        "TREE_INPUT",
        `${this.name} expects leaves [N, ${this.inputSize}], got [${shape.join(", ")}].`,
        { hint: "Give one row for each leaf of the batch; inputSize is the length of a row." },
      );
    }
    const rows = leaves.shape[0];
    const outside = plan.leaves.findIndex((leaf) => leaf >= rows);
    if (outside >= 0) {
      const tree = plan.trees[outside] ?? 0;
      throw new ShapeError(
        "TREE_LEAF",
        `${this.name} got ${rows} leaves, and tree ${tree} reads leaf ${plan.leaves[outside] ?? ""}.`,
        {
          hint: "The leaves of a batch's trees are numbered through: give each tree the rows before its own.",
        },
      );
    }
    if (this.cell.arity !== undefined) this.checkArity(plan, this.cell.arity);
  }

  private checkArity({ levels, trees }: TreePlan, arity: number): void {
    for (const { start, count, offsets } of levels) {
      for (let node = 0; node < count; node++) {
        const children = (offsets[node + 1] as number) - (offsets[node] as number);
        if (children === arity) continue;
        throw new ShapeError(
          "TREE_ARITY",
          `${this.name} merges ${arity} children, and tree ${trees[start + node] ?? 0} has a node with ${children}.`,
          { hint: "Binarise the trees, leave out nodes with one child, or use a cell for any arity." },
        );
      }
    }
  }
}

/** The definition that the faster path is held to: one node after another, in the order of the plan. */
function nodeByNode(cell: TreeCell, { leaves, plan }: TreeRequest): TreeState {
  // TF.js has no gradient for a split into one part.
  const rows = leaves.shape[0] === 1 ? [leaves] : (split(leaves, leaves.shape[0], 0) as Tensor2D[]); // N times [1, I]
  const states = Array.from(plan.leaves, (leaf) => cell.leaf(rows[leaf] as Tensor2D));
  for (const { count, offsets, children } of plan.levels) {
    for (let node = 0; node < count; node++) {
      const below = children.subarray(offsets[node], offsets[node + 1]);
      states.push(cell.merge(Array.from(below, (child) => states[child] as TreeState)));
    }
  }
  const h = concat(
    states.map((state) => state.h),
    0,
  );
  const cells = states.flatMap(({ c }) => (c === undefined ? [] : [c]));
  return cells.length === 0 ? { h } : { h, c: concat(cells, 0) };
}
