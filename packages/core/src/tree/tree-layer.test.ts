import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectClose } from "@timestep/testing";
import {
  concat,
  gather,
  max,
  maximum,
  reshape,
  slice,
  split,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  zeros,
} from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { drawn, scattered, setParameters } from "../recurrent/cells.fixture.js";
import { ElmanCell } from "../recurrent/elman-cell.js";
import { LstmCell } from "../recurrent/lstm-cell.js";
import { Recurrent } from "../recurrent/recurrent.js";
import { ChildSumTreeLstmCell } from "./child-sum-tree-lstm-cell.js";
import { NaryTreeLstmCell } from "./nary-tree-lstm-cell.js";
import { planTrees } from "./plan.js";
import { RecursiveCell } from "./recursive-cell.js";
import { balanced, rightBranching, type Tree } from "./tree.js";
import { TreeCell, type TreeState } from "./tree-cell.js";
import { TreeLayer } from "./tree-layer.js";
import { binaryCells, hiddenSize, inputSize, randomTree, range } from "./trees.fixture.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

const coded = (code: string): unknown => expect.objectContaining({ code });
const sizes = () => ({ inputSize, hiddenSize, random: seeded(1) });

/** A leaf under `count` merges of one child. */
function stem(count: number): Tree {
  let tree: Tree = { leaf: 0 };
  for (let merge = 0; merge < count; merge++) tree = { children: [tree] };
  return tree;
}

describe("a chain of single children is a sequence whose later inputs are zeros", () => {
  const steps = 5;
  const x = () => drawn<Tensor2D>(5, [1, inputSize]);
  const sequence = (first: Tensor2D): Tensor3D =>
    reshape(concat([first, zeros([steps - 1, inputSize]) as Tensor2D], 0), [1, steps, inputSize]);

  /** An LSTM with the weights of a tree LSTM, whose gates come as u, i, o, f and not as i, f, o, g. */
  function lstmLike(input: Tensor2D, recurrent: Tensor2D, bias: Tensor1D): LstmCell {
    const [wu, wi, wo] = split(input, 3, 1) as Tensor2D[] as [Tensor2D, Tensor2D, Tensor2D];
    const [u, i, o, f] = split(recurrent, 4, 1) as Tensor2D[] as [Tensor2D, Tensor2D, Tensor2D, Tensor2D];
    const [bu, bi, bo, bf] = split(bias, 4) as [Tensor1D, Tensor1D, Tensor1D, Tensor1D];
    const cell = new LstmCell(sizes());
    setParameters(cell, {
      // The forget gate of the first step meets a state of zeros, so its input weights may be anything.
      inputKernel: Array.from(concat([wi, wi, wo, wu], 1).dataSync()),
      recurrentKernel: Array.from(concat([i, f, o, u], 1).dataSync()),
      bias: Array.from(concat([bi, bf, bo, bu]).dataSync()),
    });
    return cell;
  }

  it("NaryTreeLstmCell of one child: an LSTM", () => {
    const cell = scattered(new NaryTreeLstmCell({ ...sizes(), arity: 1 }));
    const { h } = new TreeLayer(cell).run(x(), planTrees([stem(steps - 1)]));
    const lstm = new Recurrent(lstmLike(cell.inputKernel, cell.recurrentKernel, cell.bias));
    expectClose(h, reshape(lstm.run(sequence(x())).output, [steps, hiddenSize]), 1e-5);
  });

  it("ChildSumTreeLstmCell: an LSTM", () => {
    const cell = scattered(new ChildSumTreeLstmCell(sizes()));
    const { h } = new TreeLayer(cell).run(x(), planTrees([stem(steps - 1)]));
    const recurrent = concat([cell.recurrentKernel, cell.forgetKernel], 1);
    const lstm = new Recurrent(lstmLike(cell.inputKernel, recurrent, cell.bias));
    expectClose(h, reshape(lstm.run(sequence(x())).output, [steps, hiddenSize]), 1e-5);
  });

  it("RecursiveCell: the simple recurrent network", () => {
    const cell = scattered(new RecursiveCell({ ...sizes(), arity: 1 }));
    const { h } = new TreeLayer(cell).run(x(), planTrees([stem(steps - 1)]));
    const elman = new ElmanCell(sizes());
    elman.loadWeights(
      new Map(
        cell
          .parameters()
          .map(({ path, variable }) => [
            path,
            { shape: variable.shape, data: variable.dataSync() as Float32Array },
          ]),
      ),
    );
    expectClose(h, reshape(new Recurrent(elman).run(sequence(x())).output, [steps, hiddenSize]), 1e-5);
  });
});

describe("by hand", () => {
  const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
  const one = { inputSize: 1, hiddenSize: 1, random: seeded(1) };
  const plan = () => planTrees([balanced(2)]);
  const leaves = () => drawn<Tensor2D>(1, [2, 1]);

  it("RecursiveCell: U is read left child first", () => {
    const cell = new RecursiveCell(one);
    setParameters(cell, { inputKernel: [2], recurrentKernel: [3, -1], bias: [0.5] });
    const [x, y] = leaves().dataSync() as unknown as [number, number];
    const [left, right] = [Math.tanh(2 * x + 0.5), Math.tanh(2 * y + 0.5)];
    const { h, c } = new TreeLayer(cell).run(leaves(), plan());
    expectClose(h, [left, right, Math.tanh(3 * left - right + 0.5)], 1e-5);
    expect(c).toBeUndefined();
  });

  it("NaryTreeLstmCell: each child has a forget gate that sees both", () => {
    const cell = new NaryTreeLstmCell(one);
    setParameters(cell, {
      inputKernel: [0.5, -1, 2],
      recurrentKernel: [0.1, 0.2, 0.3, 0.4, 0.5, -0.6, -0.7, -0.8, -0.9, 1.1],
      bias: [0.1, 0.2, 0.3, 0.4],
    });
    const at = (x: number): { h: number; c: number } => {
      const c = Math.tanh(0.5 * x + 0.1) * sigmoid(-x + 0.2);
      return { c, h: sigmoid(2 * x + 0.3) * Math.tanh(c) };
    };
    const [left, right] = (Array.from(leaves().dataSync()) as [number, number]).map(at) as [
      ReturnType<typeof at>,
      ReturnType<typeof at>,
    ];
    const sum = (l: number, r: number, bias: number): number => l * left.h + r * right.h + bias;
    const written = Math.tanh(sum(0.1, -0.6, 0.1)) * sigmoid(sum(0.2, -0.7, 0.2));
    const kept = sigmoid(sum(0.4, -0.9, 0.4)) * left.c + sigmoid(sum(0.5, 1.1, 0.4)) * right.c;
    const result = new TreeLayer(cell).run(leaves(), plan());
    const root = { c: written + kept, h: sigmoid(sum(0.3, -0.8, 0.3)) * Math.tanh(written + kept) };
    expectClose(result.h, [left.h, right.h, root.h], 1e-5);
    expectClose(result.c as Tensor2D, [left.c, right.c, root.c], 1e-5);
  });

  it("ChildSumTreeLstmCell: a forget gate sees its child alone", () => {
    const cell = new ChildSumTreeLstmCell(one);
    setParameters(cell, {
      inputKernel: [0.5, -1, 2],
      recurrentKernel: [0.7, -0.6, 0.4],
      forgetKernel: [1.5],
      bias: [0.1, 0.2, 0.3, 0.4],
    });
    const result = new TreeLayer(cell).run(leaves(), plan());
    const [lh, rh, h] = result.h.dataSync() as unknown as [number, number, number];
    const [lc, rc] = (result.c as Tensor2D).dataSync() as unknown as [number, number];
    const forget = (child: number): number => sigmoid(1.5 * child + 0.4);
    const both = lh + rh;
    const c = Math.tanh(0.7 * both + 0.1) * sigmoid(-0.6 * both + 0.2) + forget(lh) * lc + forget(rh) * rc;
    expectClose([h], [sigmoid(0.4 * both + 0.3) * Math.tanh(c)], 1e-5);
  });
});

describe.each(binaryCells)("%s", (_, make) => {
  it("gives a tree the same states whatever else is in the batch", () => {
    const layer = new TreeLayer(scattered(make()));
    const random = seeded(4);
    const tree = (first: number): Tree => randomTree(range(6, first), seeded(9));
    const alone = planTrees([tree(0)]);
    const among = planTrees([rightBranching(3), tree(3), randomTree(range(7, 9), random)]);
    const leaves = drawn<Tensor2D>(5, [16, inputSize]);
    const own = layer.run(slice(leaves, [3, 0], [6, -1]), alone).h;
    const all = layer.run(leaves, among).h;
    const rows = (h: Tensor2D, of: Int32Array | undefined) => gather(h, Array.from(of ?? []));
    expectClose(rows(all, among.rows[1]), rows(own, alone.rows[0]), 1e-6);
  });

  it("is finite and alive at the end of a chain of five hundred", () => {
    const layer = new TreeLayer(make());
    const { h } = layer.run(drawn<Tensor2D>(5, [500, inputSize]), planTrees([rightBranching(500)]));
    const root = slice(h, [h.shape[0] - 1, 0], [1, -1]).dataSync();
    for (const value of root) expect(Math.abs(value)).toBeLessThanOrEqual(1.0001);
    expect(Math.max(...root.map(Math.abs))).toBeGreaterThan(1e-3);
  });
});

it("does not depend on the order of a child-sum cell's children", () => {
  const layer = new TreeLayer(scattered(new ChildSumTreeLstmCell(sizes())));
  const leaves = drawn<Tensor2D>(5, [4, inputSize]);
  const root = (order: number[]): Tensor2D =>
    slice(layer.run(leaves, planTrees([{ children: order.map((leaf) => ({ leaf })) }])).h, [4, 0], [1, -1]);
  expectClose(root([3, 1, 0, 2]), root([0, 1, 2, 3]), 1e-5);
});

describe("TreeLayer refuses", () => {
  const layer = () => new TreeLayer(new NaryTreeLstmCell(sizes()), { name: "encoder" });

  it.each([[[4]], [[4, 2]], [[1, 4, 3]]])("leaves of shape %j", (shape) => {
    const run = () => layer().run(zeros(shape) as unknown as Tensor2D, planTrees([balanced(4)]));
    expect(run).toThrow(coded("TREE_INPUT"));
    expect(run).toThrow(/encoder expects leaves \[N, 3\], got/);
  });

  it("a leaf that is no row, and names tree and leaf", () => {
    const run = () => layer().run(drawn(1, [3, inputSize]), planTrees([{ leaf: 0 }, balanced(2, 2)]));
    expect(run).toThrow(coded("TREE_LEAF"));
    expect(run).toThrow(/got 3 leaves, and tree 1 reads leaf 3/);
  });

  it.each([1, 3])("a node of %i children under a cell for two", (count) => {
    const trees = [balanced(2), { children: range(count).map((leaf) => ({ leaf })) }];
    const run = () => layer().run(drawn(1, [3, inputSize]), planTrees(trees));
    expect(run).toThrow(coded("TREE_ARITY"));
    expect(run).toThrow(new RegExp(`merges 2 children, and tree 1 has a node with ${count}`));
  });

  it("the fused path for a cell that has none, which auto runs node by node", () => {
    class Maximum extends TreeCell {
      readonly inputSize = inputSize;
      readonly outputSize = inputSize;
      readonly arity = undefined;
      override leaf(x: Tensor2D): TreeState {
        return { h: x };
      }
      override merge(children: readonly TreeState[]): TreeState {
        return { h: children.map(({ h }) => h).reduce((most, h) => maximum(most, h)) };
      }
    }
    expect(() => new TreeLayer(new Maximum(), { path: "fused" })).toThrow(coded("TREE_PATH"));
    const leaves = drawn<Tensor2D>(1, [5, inputSize]);
    const { h } = new TreeLayer(new Maximum()).run(leaves, planTrees([rightBranching(5)]));
    expectClose(slice(h, [8, 0], [1, -1]), max(leaves, 0, true), 1e-6);
  });

  it.each([0, 1.5])("cells for %s children", (arity) => {
    expect(() => new NaryTreeLstmCell({ ...sizes(), arity })).toThrow(coded("TREE_ARITY"));
    expect(() => new RecursiveCell({ ...sizes(), arity })).toThrow(coded("TREE_ARITY"));
  });
});
