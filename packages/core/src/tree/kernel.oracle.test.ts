import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectClose } from "@timestep/testing";
import {
  dispose,
  engine,
  memory,
  sum,
  type Tensor,
  type Tensor2D,
  tidy,
  variableGrads,
} from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { drawn, scattered } from "../recurrent/cells.fixture.js";
import { NaryTreeLstmCell } from "./nary-tree-lstm-cell.js";
import { planTrees } from "./plan.js";
import { RecursiveCell } from "./recursive-cell.js";
import { valueAndGradients } from "./states.fixture.js";
import { balanced, rightBranching, type Tree } from "./tree.js";
import { TreeLayer, type TreePath } from "./tree-layer.js";
import { batches, everything, hiddenSize, inputSize, randomTree, range } from "./trees.fixture.js";

/** The engine with kernels of its own, or the reason why it is not here: its tests are then skipped. */
const missing = await startEngine({ engine: "native" }).then(
  () => undefined,
  (failure: unknown) => String(failure),
);
if (missing !== undefined) console.warn(`tests of the tree kernel are skipped: ${missing}`);

const cellOf = (arity = 2, size = hiddenSize): NaryTreeLstmCell =>
  scattered(new NaryTreeLstmCell({ inputSize, hiddenSize: size, arity, random: seeded(1) }), 2, 0.3);

function expectAgreement(
  cell: NaryTreeLstmCell,
  trees: readonly Tree[],
  rows: number,
  paths: readonly TreePath[],
): void {
  const plan = planTrees(trees);
  const leaves = drawn<Tensor2D>(5, [rows, inputSize]);
  const kernel = valueAndGradients(cell, "kernel", leaves, plan);
  for (const path of paths) {
    const other = valueAndGradients(cell, path, leaves, plan);
    expect(kernel).toHaveLength(other.length);
    kernel.forEach((found, index) => {
      expectClose(found, other[index] as Tensor, 5e-5);
    });
  }
}

describe.skipIf(missing !== undefined)("the kernel of tree LSTMs", () => {
  beforeAll(() => startEngine({ engine: "native" }));

  it.each(batches)("agrees with the fused path and the reference: %s", (_, trees, rows) => {
    expectAgreement(cellOf(), trees, rows, ["fused", "reference"]);
  });

  it.each([1, 3])("agrees for merges of %i", (arity) => {
    const merged = (first: number): Tree => ({ children: range(arity, first).map((leaf) => ({ leaf })) });
    const above: Tree = { children: [merged(0), ...range(arity - 1, arity).map((leaf) => ({ leaf }))] };
    expectAgreement(cellOf(arity), [above, { leaf: 0 }, merged(2)], 2 * arity + 2, ["fused"]);
  });

  it("agrees where every thread has trees of its own", () => {
    const random = seeded(6);
    let next = 0;
    const trees = Array.from({ length: 40 }, () => {
      const first = next;
      next += 1 + random.integer(30);
      return randomTree(range(next - first, first), random);
    });
    expectAgreement(cellOf(2, 37), trees, next, ["fused"]);
  });

  it("agrees on a chain of a thousand", () => {
    expectAgreement(cellOf(), [rightBranching(1000)], 1000, ["fused"]);
  });

  it("leaves no tensor behind, in training and at inference", () => {
    const layer = new TreeLayer(cellOf(), { path: "kernel" });
    const plan = planTrees([balanced(3), rightBranching(3, 3)]);
    const leaves = drawn<Tensor2D>(5, [6, inputSize]);
    const train = (): void => {
      dispose(variableGrads(() => sum(everything(layer.run(leaves, plan)))) as never);
    };
    train();
    const before = memory().numTensors;
    train();
    tidy(() => void layer.run(leaves, plan));
    expect(memory().numTensors).toBe(before);
  });

  it("is what auto takes", () => {
    const { state } = engine();
    const kernels = (path: TreePath): string[] => {
      const layer = new TreeLayer(cellOf(), { path });
      const before = state.activeProfile;
      state.profiling = true;
      state.activeProfile = { ...before, kernels: [] };
      layer.run(drawn(5, [3, inputSize]), planTrees([balanced(3)]));
      state.profiling = false;
      const names = state.activeProfile.kernels.map(({ name }) => name);
      state.activeProfile = before;
      return names;
    };
    expect(kernels("auto")).toContain("TimestepTreeLstm");
    expect(kernels("fused")).not.toContain("TimestepTreeLstm");
  });

  it("is refused for cells that have none, and on engines that have none", async () => {
    const coded = expect.objectContaining({ code: "TREE_PATH" }) as unknown;
    const plain = new RecursiveCell({ inputSize, hiddenSize, random: seeded(1) });
    expect(() => new TreeLayer(plain, { path: "kernel" })).toThrow(coded);
    await startEngine({ engine: "cpu" });
    const layer = new TreeLayer(cellOf(), { path: "kernel" });
    const run = (): unknown => layer.run(drawn(5, [3, inputSize]), planTrees([balanced(3)]));
    expect(run).toThrow(coded);
    expect(run).toThrow(/no kernel on engine "cpu"/);
    await startEngine({ engine: "native" });
  });

  const numbers = (...values: number[]): Int32Array => Int32Array.from(values);
  it.each([
    ["a leaf that is no row", { leafRows: numbers(0, 3, 2) }, /reads a row/],
    ["starts that do not end at the nodes", { starts: numbers(3, 4, 6) }, /starts must go/],
    ["starts that do not begin at the merges", { starts: numbers(2, 4, 5) }, /starts must go/],
    ["a level without nodes", { starts: numbers(3, 3, 5) }, /a level has no nodes/],
    ["a child on its own level", { children: numbers(0, 3, 3, 2) }, /not on a lower level/],
    ["a child below zero", { children: numbers(0, -1, 3, 2) }, /not on a lower level/],
    ["a child with two parents", { children: numbers(0, 1, 3, 0) }, /two parents/],
    ["a child of another tree", { trees: numbers(0, 0, 1, 0, 0) }, /another tree/],
    ["trees out of order", { trees: numbers(1, 0, 0, 0, 0) }, /not in the order/],
    ["a tree below zero", { trees: numbers(-1, 0, 0, 0, 0) }, /not there/],
    ["too few children", { children: numbers(0, 1, 3) }, /children must have 4/],
    ["an arity of zero", { arity: 0 }, /arity must be/],
    ["children in floats", { children: Float32Array.of(0, 1, 3, 2) }, /children must be an Int32Array/],
  ])("refuses %s", (_, change, message) => {
    const cell = cellOf();
    const run = (attributes: object): unknown =>
      engine().runKernel(
        "TimestepTreeLstm",
        [drawn(5, [3, inputSize]), cell.inputKernel, cell.recurrentKernel, cell.bias] as never,
        { ...good, ...attributes } as never,
      );
    const good = {
      leafRows: numbers(0, 1, 2),
      starts: numbers(3, 4, 5),
      children: numbers(0, 1, 3, 2),
      trees: numbers(0, 0, 0, 0, 0),
      arity: 2,
      training: false,
    };
    expect(() => run({})).not.toThrow();
    expect(() => run(change)).toThrow(message);
  });
});
