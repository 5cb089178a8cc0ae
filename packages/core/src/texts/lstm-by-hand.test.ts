import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectClose } from "@timestep/testing";
import { tensor3d } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { setParameters } from "../recurrent/cells.fixture.js";
import type { CellState } from "../recurrent/cell.js";
import { LstmCell } from "../recurrent/lstm-cell.js";
import { Recurrent } from "../recurrent/recurrent.js";

/*
 * The worked example of Hung-yi Lee's lecture on recurrent networks: one memory cell over inputs (x1, x2, x3).
 * x2 = 1 adds x1 to the memory, x2 = -1 clears it, x3 = 1 shows it. Its gates are nearly switches:
 *
 *   input gate σ(100·x2 - 10)     forget gate σ(100·x2 + 10)     output gate σ(100·x3 - 10)     candidate x1
 *
 * The lecture leaves candidate and output without an activation. Ours has tanh on the candidate, so what is written is
 * tanh(scale·x1); `plainOutput` leaves the output as it is.
 */
const sequence = [
  [3, 1, 0],
  [4, 1, 0],
  [2, 0, 0],
  [1, 0, 1],
  [3, -1, 0],
];

function lectureCell(scale: number): LstmCell {
  const cell = new LstmCell({ inputSize: 3, hiddenSize: 1, random: seeded(1), plainOutput: true });
  setParameters(cell, {
    // Rows x1, x2, x3; columns input gate, forget gate, output gate, candidate.
    inputKernel: [0, 0, 0, scale, 100, 100, 0, 0, 0, 0, 100, 0],
    recurrentKernel: [0, 0, 0, 0],
    bias: [-10, 10, -10, 0],
  });
  return cell;
}

describe.each(["cpu", "wasm"])("the LSTM gate example on %s", (engine) => {
  beforeAll(async () => {
    await startEngine({ engine });
  });

  it.each(["reference", "fused"] as const)("gives the numbers worked by hand, %s", (path) => {
    const layer = new Recurrent(lectureCell(1), { path });
    // σ(-10) = 0.0000454 and σ(10) = 0.9999546; the other gate sums are ±90 and beyond, so 0 or 1.
    const memory = [
      0.9950548, // 0 + tanh(3)
      1.9943841, // + tanh(4) = 0.9993293
      1.9943373, // 1.9943841·0.9999546 + 0.0000454·tanh(2)
      1.9942814, // 1.9943373·0.9999546 + 0.0000454·tanh(1)
      0, // cleared: 1.9942814·σ(-90) + σ(-110)·tanh(3)
    ];
    // Shut, the output gate lets 0.0000454 of the memory through; open, all of it.
    const shown = [0.0000452, 0.0000905, 0.0000905, 1.9942814, 0];
    let state: CellState | undefined;
    sequence.forEach((step, t) => {
      const result = layer.run(tensor3d([[step]]), { initialState: state });
      state = result.state;
      expectClose(state["c"]?.dataSync() ?? [], [memory[t] as number], 1e-6);
      const output = result.output.dataSync()[0] as number;
      expect(Math.abs(output - (shown[t] as number))).toBeLessThan(1e-6);
    });
    expectClose(layer.run(tensor3d([sequence])).output, shown, 1e-6);
  });

  it("gives the lecture's own numbers where tanh is nearly straight", () => {
    // A hundredth of x1 is written, and 100·tanh(x1/100) differs from x1 by less than 1 in 1000.
    const { output, state } = new Recurrent(lectureCell(0.01)).run(tensor3d([sequence]));
    const shown = Array.from(output.dataSync(), (value) => Math.round(1000 * value) / 10);
    expect(shown).toEqual([0, 0, 0, 7, 0]);
    expect(state["c"]?.dataSync()[0]).toBeCloseTo(0, 20);
  });
});
