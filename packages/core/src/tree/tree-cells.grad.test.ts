import { startEngine } from "@timestep/engine";
import { expectGradients } from "@timestep/testing";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { beforeAll, describe, it } from "vitest";
import { drawn, scattered } from "../recurrent/cells.fixture.js";
import { planTrees } from "./plan.js";
import { balanced, rightBranching } from "./tree.js";
import { TreeLayer } from "./tree-layer.js";
import { binaryCells, everything, inputSize, ternaryCells } from "./trees.fixture.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

describe.each(["reference", "fused"] as const)("on the %s path", (path) => {
  it.each(binaryCells)("%s matches numeric gradients of leaves and every parameter", async (_, make) => {
    const cell = scattered(make());
    const layer = new TreeLayer(cell, { path });
    const plan = planTrees([rightBranching(3), balanced(4, 3)]);
    const f = (x: Tensor): Tensor => everything(layer.run(x as Tensor2D, plan));
    const inputs = [drawn(7, [7, inputSize]), ...cell.parameters().map(({ variable }) => variable)];
    await expectGradients(f as (...xs: Tensor[]) => Tensor, inputs, { sample: 48 }).within(1e-3);
  });

  it.each(ternaryCells)("%s, merges of three", async (_, make) => {
    const cell = scattered(make());
    const layer = new TreeLayer(cell, { path });
    const three = (first: number) => [first, first + 1, first + 2].map((leaf) => ({ leaf }));
    const plan = planTrees([{ children: [...three(0).slice(1), { children: three(3) }] }, { leaf: 0 }]);
    const f = (x: Tensor): Tensor => everything(layer.run(x as Tensor2D, plan));
    const inputs = [drawn(7, [6, inputSize]), ...cell.parameters().map(({ variable }) => variable)];
    await expectGradients(f as (...xs: Tensor[]) => Tensor, inputs, { sample: 32 }).within(1e-3);
  });
});
