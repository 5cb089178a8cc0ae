import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectClose, expectNoLeaks } from "@timestep/testing";
import { tensor2d, tensor3d } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { setParameters } from "./cells.fixture.js";
import { ClockworkCell } from "./clockwork-cell.js";
import { Recurrent } from "./recurrent.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

/** Two units: the first moves at each step and hears both, the second moves at even steps and hears itself alone. */
function byHand(): ClockworkCell {
  const cell = new ClockworkCell({ inputSize: 1, hiddenSize: 2, random: seeded(1), periods: [1, 2] });
  // The 9 leads from the fast unit to the slow one and must not be heard.
  setParameters(cell, { inputKernel: [1, 1], recurrentKernel: [0.5, 9, 0.25, -0.5], bias: [0, 0] });
  return cell;
}

describe("ClockworkCell", () => {
  it("takes three steps by hand", () => {
    const layer = new Recurrent(byHand());
    const { output, state } = layer.run(tensor3d([[[1], [-1], [0.5]]]));
    expectClose(
      output,
      [
        // t = 0, both move: tanh(1), tanh(1)
        0.761594156, 0.761594156,
        // t = 1, the first alone: tanh(-1 + 0.5·0.7615942 + 0.25·0.7615942) = tanh(-0.4288044)
        -0.40432163, 0.761594156,
        // t = 2, both: tanh(0.5 - 0.5·0.4043216 + 0.25·0.7615942) = tanh(0.4882377), tanh(0.5 - 0.5·0.7615942)
        0.452816617,
        0.118641515,
      ],
      1e-6,
    );
    expect(state["clock"]?.dataSync()[0]).toBe(3);
  });

  it("keeps a clock for each row", () => {
    const state = {
      h: tensor2d([
        [0, 0.5],
        [0, 0.5],
      ]),
      clock: tensor2d([[4], [7]]),
    };
    const { output } = byHand().step(tensor2d([[1], [1]]), state);
    const [, slowOfEven, , slowOfOdd] = Array.from(output.dataSync());
    expect(slowOfEven).toBeCloseTo(Math.tanh(1 - 0.25), 5);
    expect(slowOfOdd).toBe(0.5);
  });

  it("stops the clock of a row that has ended", () => {
    const { state } = new Recurrent(byHand()).run(
      tensor3d([
        [[1], [1]],
        [[1], [1]],
      ]),
      { lengths: [2, 1] },
    );
    expect(Array.from(state["clock"]?.dataSync() ?? [])).toEqual([2, 1]);
  });

  it.each([
    [[2, 1], 4],
    [[1, 1], 4],
    [[0, 1], 4],
    [[1.5], 4],
    [[], 4],
    [[1, 2, 4], 4],
  ])("refuses periods %j for %i units", (periods, hiddenSize) => {
    const make = (): ClockworkCell =>
      new ClockworkCell({ inputSize: 1, hiddenSize, random: seeded(1), periods });
    expect(make).toThrow(expect.objectContaining({ code: "CLOCKWORK_PERIODS" }));
  });

  it("has periods 1, 2, 4, 8 unless told otherwise, and frees all that it holds", async () => {
    await expectNoLeaks(() => {
      const cell = new ClockworkCell({ inputSize: 1, hiddenSize: 8, random: seeded(1) });
      expect(() => new ClockworkCell({ inputSize: 1, hiddenSize: 6, random: seeded(1) })).toThrow(
        /1, 2, 4, 8/,
      );
      cell.dispose();
    });
  });
});
