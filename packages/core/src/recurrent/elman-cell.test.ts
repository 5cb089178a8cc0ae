import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectClose } from "@timestep/testing";
import { type Tensor2D, tensor2d } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { drawn, setParameters } from "./cells.fixture.js";
import { ElmanCell } from "./elman-cell.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

describe("ElmanCell", () => {
  it("has the parameters and shapes that it states", () => {
    const cell = new ElmanCell({ inputSize: 3, hiddenSize: 5, random: seeded(1) });
    expect(cell.parameters().map(({ path, variable }) => [path, variable.shape])).toEqual([
      ["inputKernel", [3, 5]],
      ["recurrentKernel", [5, 5]],
      ["bias", [5]],
    ]);
    expect(cell.parameterCount()).toBe(3 * 5 + 5 * 5 + 5);
    const { output, state } = cell.step(drawn(1, [2, 3]), { h: drawn<Tensor2D>(2, [2, 5]) });
    expect(output.shape).toEqual([2, 5]);
    expect(state["h"]).toBe(output);
  });

  // x·W = (1·1 + 2·0.5, 1·-1 + 2·2) = (2, 3); h·U = (-1·1, 3·1) = (-1, 3); with the bias (-2, -4): (-1, 2).
  it.each([
    ["tanh", [-0.761594156, 0.96402758]],
    ["relu", [0, 2]],
  ] as const)("takes one step by hand with %s", (activation, expected) => {
    const cell = new ElmanCell({ inputSize: 2, hiddenSize: 2, random: seeded(1), activation });
    setParameters(cell, { inputKernel: [1, -1, 0.5, 2], recurrentKernel: [0, 1, 1, 0], bias: [-2, -4] });
    const { output } = cell.step(tensor2d([[1, 2]]), { h: tensor2d([[3, -1]]) });
    expectClose(output, expected, 1e-6);
  });

  it("starts from the same weights for the same seed", async () => {
    const make = (seed: number): ElmanCell =>
      new ElmanCell({ inputSize: 3, hiddenSize: 5, random: seeded(seed) });
    const [one, same, other] = await Promise.all([1, 1, 2].map((seed) => make(seed).weights()));
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
  });
});
