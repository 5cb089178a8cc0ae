import type { Random } from "@timestep/base";
import {
  ChildSumTreeLstmCell,
  Module,
  NaryTreeLstmCell,
  RecursiveCell,
  type TreeCell,
  TreeLayer,
  type TreePath,
} from "@timestep/core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { TreeLayout } from "./batch.js";
import type { SentimentModelSettings } from "./settings.js";

/**
 * Phrases as one vector each: the same cell at every merge of a tree.
 *
 * @see Tai, Socher & Manning 2015, doi:10.3115/v1/P15-1150; plain recursion: Socher et al. 2011.
 */
export class TreeBody extends Module {
  readonly outputSize: number;
  private readonly layer: TreeLayer;

  constructor(inputSize: number, { tree }: SentimentModelSettings, random: Random, path: TreePath = "auto") {
    super();
    const sizes = { inputSize, hiddenSize: tree.hiddenSize, random };
    this.layer = this.child("layer", new TreeLayer(cellOf(tree.cell, sizes), { path }));
    this.outputSize = this.layer.outputSize;
  }

  /** `x` [N, I], the words of all trees -> [nodes, H]. */
  run(x: Tensor2D, { plan }: TreeLayout): Tensor2D {
    return this.layer.run(x, plan).h;
  }
}

function cellOf(
  kind: SentimentModelSettings["tree"]["cell"],
  sizes: { readonly inputSize: number; readonly hiddenSize: number; readonly random: Random },
): TreeCell {
  switch (kind) {
    case "recursive":
      return new RecursiveCell(sizes);
    case "nary":
      return new NaryTreeLstmCell(sizes);
    case "child-sum":
      return new ChildSumTreeLstmCell(sizes);
  }
}
