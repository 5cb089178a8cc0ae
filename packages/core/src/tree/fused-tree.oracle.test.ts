import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectClose, expectNoLeaks } from "@timestep/testing";
import { dispose, grads, sum, type Tensor, type Tensor2D, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { drawn, scattered } from "../recurrent/cells.fixture.js";
import { planTrees } from "./plan.js";
import { balanced, rightBranching, type Tree } from "./tree.js";
import type { TreeCell } from "./tree-cell.js";
import { valueAndGradients } from "./states.fixture.js";
import { TreeLayer } from "./tree-layer.js";
import {
  batches,
  binaryCells,
  everything,
  inputSize,
  randomTree,
  range,
  ternaryCells,
} from "./trees.fixture.js";

function expectAgreement(cell: TreeCell, trees: readonly Tree[], rows: number): void {
  const plan = planTrees(trees);
  const leaves = drawn<Tensor2D>(5, [rows, inputSize]);
  const fused = valueAndGradients(cell, "fused", leaves, plan);
  const reference = valueAndGradients(cell, "reference", leaves, plan);
  expect(fused).toHaveLength(2 + cell.parameters().length);
  fused.forEach((found, index) => {
    expectClose(found, reference[index] as Tensor, 2e-5);
  });
  dispose([...fused, ...reference, leaves]);
  cell.dispose();
}

const random = seeded(4);
const wide: readonly (readonly [string, readonly Tree[], number])[] = [
  ["one merge of three", [{ children: range(3).map((leaf) => ({ leaf })) }], 3],
  [
    "two levels, and a leaf",
    [{ children: [{ children: range(3).map((leaf) => ({ leaf })) }, { leaf: 3 }, { leaf: 4 }] }, { leaf: 5 }],
    6,
  ],
];
const anyArity: readonly Tree[] = [
  randomTree(range(12), random, () => 1 + random.integer(4)),
  { children: [{ children: [{ leaf: 12 }] }] },
  { children: range(5, 13).map((leaf) => ({ leaf })) },
];

describe.each(["cpu", "wasm"])(
  "on %s, level by level equals node by node in value and every gradient",
  (name) => {
    beforeAll(async () => {
      await startEngine({ engine: name });
    });

    describe.each(binaryCells)("%s", (_, make) => {
      it.each(batches)("%s", (_name, trees, rows) => {
        expectAgreement(scattered(make()), trees, rows);
      });

      it("leaves nothing behind, with or without gradients", async () => {
        const cell = scattered(make());
        const layer = new TreeLayer(cell);
        const plan = planTrees([rightBranching(3), balanced(3, 3)]);
        const leaves = drawn<Tensor2D>(6, [6, inputSize]);
        await expectNoLeaks(() => {
          dispose({ ...layer.run(leaves, plan) });
        });
        await expectNoLeaks(() => {
          dispose(tidy(() => grads((x) => sum(everything(layer.run(x as Tensor2D, plan))))([leaves])));
        });
      });
    });

    it.each(ternaryCells.flatMap(([cell, make]) => wide.map((batch) => [cell, ...batch, make] as const)))(
      "%s, %s",
      (_cell, _name, trees, rows, make) => {
        expectAgreement(scattered(make()), trees, rows);
      },
    );

    it("ChildSumTreeLstmCell, nodes of every arity", () => {
      const [, make] = ternaryCells[2] as (typeof ternaryCells)[number];
      expectAgreement(scattered(make()), anyArity, 18);
    });
  },
);
