import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectClose } from "@timestep/testing";
import { tensor2d } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { setParameters } from "./cells.fixture.js";
import { LstmCell, type LstmOptions } from "./lstm-cell.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

/** Gate sums i, f, o, g for x = 1, h = 0.5: (0.5+0.5, -1+1+1, 1-1, 0.25+0.25) = (1, 1, 0, 0.5). */
function byHand(options: Partial<LstmOptions>): LstmCell {
  const cell = new LstmCell({ inputSize: 1, hiddenSize: 1, random: seeded(1), ...options });
  setParameters(cell, {
    inputKernel: [0.5, -1, 1, 0.25],
    recurrentKernel: [1, 2, -2, 0.5],
    bias: [0, 1, 0, 0],
  });
  if (options.peepholes === true) setParameters(cell, { peepholes: [0.5, -0.25, 1] });
  return cell;
}

describe("LstmCell", () => {
  it("has the parameters that it states", () => {
    const cell = new LstmCell({ inputSize: 3, hiddenSize: 5, random: seeded(1), peepholes: true });
    expect(cell.parameters().map(({ path, variable }) => [path, variable.shape])).toEqual([
      ["inputKernel", [3, 20]],
      ["recurrentKernel", [5, 20]],
      ["bias", [20]],
      ["peepholes", [15]],
    ]);
    const plain = new LstmCell({ inputSize: 3, hiddenSize: 5, random: seeded(1) });
    expect(plain.parameterCount()).toBe(4 * (3 * 5 + 5 * 5 + 5));
  });

  it.each([
    [undefined, 1],
    [0, 0],
    [2.5, 2.5],
  ])("starts its forget bias, given %s, at %s and the others at 0", async (forgetBias, expected) => {
    const options = { inputSize: 1, hiddenSize: 2, random: seeded(1) };
    const cell = new LstmCell(forgetBias === undefined ? options : { ...options, forgetBias });
    const bias = (await cell.weights()).get("bias");
    expect(Array.from(bias?.data ?? [])).toEqual([0, 0, expected, expected, 0, 0, 0, 0]);
  });

  it("draws each gate's recurrent kernel orthogonal on its own", async () => {
    const cell = new LstmCell({ inputSize: 1, hiddenSize: 3, random: seeded(1) });
    const kernel = (await cell.weights()).get("recurrentKernel")?.data ?? new Float32Array();
    for (let gate = 0; gate < 4; gate++) {
      for (let a = 0; a < 3; a++) {
        for (let b = 0; b < 3; b++) {
          let dot = 0;
          for (let row = 0; row < 3; row++) {
            dot += (kernel[row * 12 + gate * 3 + a] as number) * (kernel[row * 12 + gate * 3 + b] as number);
          }
          expect(dot).toBeCloseTo(a === b ? 1 : 0, 5);
        }
      }
    }
  });

  it.each<[string, Partial<LstmOptions>, number, number]>([
    // c' = σ(1)·2 + σ(1)·tanh(0.5) = 0.7310586·2.4621172 = 1.7999519; h' = σ(0)·tanh(c') = 0.4734005.
    ["as usual", {}, 1.79995187, 0.473400514],
    // h' = σ(0)·c'.
    ["with plain output", { plainOutput: true }, 1.79995187, 0.899975935],
    // i sees c: 1+0.5·2 = 2; f: 1-0.25·2 = 0.5; c' = σ(0.5)·2 + σ(2)·tanh(0.5) = 1.2449187+0.4070314 = 1.6519501;
    // o sees c': σ(0+1.6519501) = 0.8391544; h' = 0.8391544·tanh(1.6519501).
    ["with peepholes", { peepholes: true }, 1.6519501, 0.779679147],
    ["with both", { peepholes: true, plainOutput: true }, 1.6519501, 1.38624126],
  ])("takes one step by hand %s", (_, options, c, h) => {
    const { output, state } = byHand(options).step(tensor2d([[1]]), {
      h: tensor2d([[0.5]]),
      c: tensor2d([[2]]),
    });
    expectClose(output, [h], 1e-6);
    expect(state["h"]).toBe(output);
    expectClose(state["c"] as typeof output, [c], 1e-6);
  });
});
