import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectClose, expectNoLeaks } from "@timestep/testing";
import { grads, sum, type Tensor, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { Bidirectional, type Merge } from "./bidirectional.js";
import { drawn, drawnState, scattered } from "./cells.fixture.js";
import { GruCell } from "./gru-cell.js";
import { LstmCell } from "./lstm-cell.js";
import { Recurrent } from "./recurrent.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

const lengths = [4, 2, 0];

function directions(): { ahead: Recurrent; back: Recurrent } {
  const cell = (seed: number): LstmCell =>
    scattered(new LstmCell({ inputSize: 2, hiddenSize: 3, random: seeded(1) }), seed);
  return { ahead: new Recurrent(cell(2)), back: new Recurrent(cell(3), { reverse: true }) };
}

describe("Bidirectional", () => {
  it.each<[Merge, (a: number, b: number) => number]>([
    ["sum", (a, b) => a + b],
    ["average", (a, b) => (a + b) / 2],
    ["product", (a, b) => a * b],
  ])("merges by %s, value by value", (merge, combine) => {
    const { ahead, back } = directions();
    const x = drawn<Tensor3D>(1, [3, 4, 2]);
    const { output } = new Bidirectional(ahead, back, merge).run(x, { lengths });
    const [a, b] = [ahead, back].map((layer) => layer.run(x, { lengths }).output.dataSync()) as [
      Float32Array,
      Float32Array,
    ];
    expect(output.shape).toEqual([3, 4, 3]);
    expectClose(
      output,
      a.map((value, n) => combine(value, b[n] as number)),
      1e-6,
    );
  });

  it("lays both side by side unless told otherwise, forward first", () => {
    const { ahead, back } = directions();
    const x = drawn<Tensor3D>(1, [3, 4, 2]);
    const both = new Bidirectional(ahead, back);
    expect(both.outputSize).toBe(6);
    const { output } = both.run(x, { lengths });
    expect(output.shape).toEqual([3, 4, 6]);
    const [left, right] = [ahead, back].map((layer) => layer.run(x, { lengths }).output.arraySync()) as [
      number[][][],
      number[][][],
    ];
    expect(output.arraySync()).toEqual(
      left.map((row, b) => row.map((step, t) => [...step, ...(right[b]?.[t] ?? [])])),
    );
  });

  it("hands each direction its own state and gives both back", () => {
    const { ahead, back } = directions();
    const x = drawn<Tensor3D>(1, [3, 4, 2]);
    const initialState = { forward: drawnState(ahead.cell, 3, 4), backward: drawnState(back.cell, 3, 8) };
    const { state } = new Bidirectional(ahead, back).run(x, { lengths, initialState });
    const alone = [
      ahead.run(x, { lengths, initialState: initialState.forward }),
      back.run(x, { lengths, initialState: initialState.backward }),
    ];
    for (const name of ["h", "c"]) {
      expectClose(state.forward[name] as Tensor, alone[0]?.state[name] as Tensor, 0);
      expectClose(state.backward[name] as Tensor, alone[1]?.state[name] as Tensor, 0);
    }
  });

  it("names its parameters by direction", () => {
    const { ahead, back } = directions();
    expect(new Bidirectional(ahead, back).parameters().map(({ path }) => path)).toEqual([
      "forward.cell.inputKernel",
      "forward.cell.recurrentKernel",
      "forward.cell.bias",
      "backward.cell.inputKernel",
      "backward.cell.recurrentKernel",
      "backward.cell.bias",
    ]);
  });

  it("refuses directions that do not fit", () => {
    const layer = (inputSize: number, hiddenSize: number): Recurrent =>
      new Recurrent(new GruCell({ inputSize, hiddenSize, random: seeded(1) }));
    const refused = expect.objectContaining({ code: "RNN_DIRECTIONS" }) as Error;
    expect(() => new Bidirectional(layer(2, 3), layer(3, 3))).toThrow(refused);
    expect(() => new Bidirectional(layer(2, 3), layer(2, 4), "sum")).toThrow(refused);
    expect(new Bidirectional(layer(2, 3), layer(2, 4)).outputSize).toBe(7);
  });

  it.each<Merge>(["concat", "sum", "average", "product"])("leaves nothing behind with %s", async (merge) => {
    const { ahead, back } = directions();
    const both = new Bidirectional(ahead, back, merge);
    const x = drawn<Tensor3D>(1, [3, 4, 2]);
    await expectNoLeaks(() => void both.run(x, { lengths }), { keeps: 5 }); // the output, and h and c twice
    await expectNoLeaks(() => {
      tidy(() => grads((input) => sum(both.run(input as Tensor3D, { lengths }).output))([x]))[0]?.dispose();
    });
  });
});
