import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectClose } from "@timestep/testing";
import { tensor2d } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { setParameters } from "./cells.fixture.js";
import { GruCell, type GruReset } from "./gru-cell.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

describe("GruCell", () => {
  it.each<[GruReset, number, boolean]>([
    ["after", 3, true],
    ["before", 3, false],
    ["none", 2, false],
  ])("%s has the parameters that it states", (reset, gates, candidateBias) => {
    const cell = new GruCell({ inputSize: 3, hiddenSize: 5, random: seeded(1), reset });
    expect(cell.parameters().map(({ path, variable }) => [path, variable.shape])).toEqual([
      ["inputKernel", [3, 5 * gates]],
      ["recurrentKernel", [5, 5 * gates]],
      ["bias", [5 * gates]],
      ...(candidateBias ? [["candidateBias", [5]]] : []),
    ]);
  });

  it("has PyTorch's form unless told otherwise", () => {
    expect(new GruCell({ inputSize: 1, hiddenSize: 1, random: seeded(1) }).reset).toBe("after");
  });

  // x = 1, h = 0.5. u = σ(1 - 2·0.5) = 1/2; r = σ(0 + 2·0.5) = 0.7310586; h' = n/2 + 0.25 with
  it.each<[GruReset, Record<string, number[]>, number]>([
    // n = tanh(0.5 + r·(0.5 + 0.25)) = tanh(1.0482939) = 0.7811422
    ["after", { recurrentKernel: [-2, 2, 1], candidateBias: [0.25] }, 0.640571095],
    // n = tanh(0.5 + (r·0.5)·1) = tanh(0.8655293) = 0.6990955
    ["before", { recurrentKernel: [-2, 2, 1] }, 0.599547774],
    // n = tanh(0.5 + 0.5) = tanh(1) = 0.7615942
    ["none", { recurrentKernel: [-2, 1], inputKernel: [1, 0.5], bias: [0, 0] }, 0.630797078],
  ])("takes one step by hand, reset %s", (reset, parameters, expected) => {
    const cell = new GruCell({ inputSize: 1, hiddenSize: 1, random: seeded(1), reset });
    setParameters(cell, { inputKernel: [1, 0, 0.5], bias: [0, 0, 0], ...parameters });
    const { output, state } = cell.step(tensor2d([[1]]), { h: tensor2d([[0.5]]) });
    expectClose(output, [expected], 1e-6);
    expect(state["h"]).toBe(output);
  });

  it("keeps its state where the update gate is shut", () => {
    const cell = new GruCell({ inputSize: 1, hiddenSize: 1, random: seeded(1) });
    setParameters(cell, { bias: [-40, 0, 0] });
    const { output } = cell.step(tensor2d([[3]]), { h: tensor2d([[0.625]]) });
    expectClose(output, [0.625], 1e-7);
  });
});
