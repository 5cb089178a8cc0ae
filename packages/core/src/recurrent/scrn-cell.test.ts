import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectClose } from "@timestep/testing";
import { type Tensor2D, tensor2d } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { setParameters } from "./cells.fixture.js";
import { ScrnCell } from "./scrn-cell.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

describe("ScrnCell", () => {
  it("has the parameters that it states", () => {
    const cell = new ScrnCell({ inputSize: 3, hiddenSize: 5, contextSize: 2, random: seeded(1) });
    expect(cell.parameters().map(({ path, variable }) => [path, variable.shape])).toEqual([
      ["contextInputKernel", [3, 2]],
      ["contextKernel", [2, 5]],
      ["inputKernel", [3, 5]],
      ["recurrentKernel", [5, 5]],
      ["bias", [5]],
    ]);
    expect(cell.outputSize).toBe(7);
  });

  it.each([
    [8, 2],
    [9, 2],
    [3, 1],
  ])("gives %i fast units %i slow ones", (hiddenSize, context) => {
    const cell = new ScrnCell({ inputSize: 1, hiddenSize, random: seeded(1) });
    expect(cell.stateSizes).toEqual({ h: hiddenSize, s: context });
  });

  it("takes one step by hand", () => {
    const cell = new ScrnCell({
      inputSize: 1,
      hiddenSize: 1,
      contextSize: 1,
      alpha: 0.75,
      random: seeded(1),
    });
    setParameters(cell, {
      contextInputKernel: [2],
      contextKernel: [1],
      inputKernel: [0.5],
      recurrentKernel: [-1],
      bias: [-2],
    });
    // s' = 0.25·(2·2) + 0.75·4 = 4; h' = σ(1·4 + 0.5·2 - 1·3 - 2) = σ(0) = 0.5.
    const { output, state } = cell.step(tensor2d([[2]]), { h: tensor2d([[3]]), s: tensor2d([[4]]) });
    expectClose(output, [0.5, 4], 1e-6);
    expectClose(state["h"] as Tensor2D, [0.5], 1e-6);
    expectClose(state["s"] as Tensor2D, [4], 1e-6);
  });

  it("starts with 95 % of its context kept", () => {
    const cell = new ScrnCell({ inputSize: 1, hiddenSize: 1, random: seeded(1) });
    const { state } = cell.step(tensor2d([[0]]), { h: tensor2d([[0]]), s: tensor2d([[2]]) });
    expectClose(state["s"] as Tensor2D, [1.9], 1e-6);
  });

  it.each([-0.1, 1, 2, NaN])("refuses alpha %s", (alpha) => {
    const make = (): ScrnCell => new ScrnCell({ inputSize: 1, hiddenSize: 1, alpha, random: seeded(1) });
    expect(make).toThrow(expect.objectContaining({ code: "SCRN_ALPHA" }));
  });
});
