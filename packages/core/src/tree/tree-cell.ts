import type { Tensor2D } from "@tensorflow/tfjs-core";
import { Module } from "../module.js";
import type { TreePlan } from "./plan.js";

/** What a node hands to its parent, each [nodes, H]: what it says, `h`, and what it remembers, `c`, if anything. */
export interface TreeState {
  readonly h: Tensor2D;
  readonly c?: Tensor2D;
}

/** A batch of trees for a cell. */
export interface TreeRequest {
  /** [N, I] */
  readonly leaves: Tensor2D;
  readonly plan: TreePlan;
}

/**
 * One node of a recursive network: pure functions of what comes from below, with named parameters. Nodes are rows, so
 * one call serves any number of nodes of the same arity.
 *
 * A cell says nothing about trees: `TreeLayer` runs it over them. A cell that can take a whole level of a batch at
 * once with its own gradient overrides `fused`, one that engines have a kernel for `kernel`.
 */
export abstract class TreeCell extends Module {
  /** I: what a leaf reads. */
  abstract readonly inputSize: number;
  /** H */
  abstract readonly outputSize: number;
  /** Children that every merge takes; undefined for any number. */
  abstract readonly arity: number | undefined;

  /** Leaves: `x` [nodes, I]. */
  abstract leaf(x: Tensor2D): TreeState;

  /** Nodes above others: the states of their first children, of their second, and so on. */
  abstract merge(children: readonly TreeState[]): TreeState;

  /** All trees with a hand-written backward pass; rows in the order of the plan. */
  fused?(request: TreeRequest): TreeState;

  /** All trees by the running engine's kernel for the cell; undefined where the engine has none. */
  kernel?(request: TreeRequest): TreeState | undefined;
}
