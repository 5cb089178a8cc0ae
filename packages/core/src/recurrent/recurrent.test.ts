import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { type Tensor2D, type Tensor3D, zeros } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { drawn } from "./cells.fixture.js";
import type { CellState } from "./cell.js";
import { JordanCell } from "./jordan-cell.js";
import { LstmCell } from "./lstm-cell.js";
import { Recurrent } from "./recurrent.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

const layer = (): Recurrent =>
  new Recurrent(new LstmCell({ inputSize: 3, hiddenSize: 5, random: seeded(7) }), { name: "encoder" });
const coded = (code: string): Error => expect.objectContaining({ code }) as Error;

describe("Recurrent", () => {
  it("runs the example of its documentation", () => {
    const { output, state } = layer().run(drawn(1, [2, 4, 3]), { lengths: [4, 2] });
    expect(output.shape).toEqual([2, 4, 5]);
    expect(Object.entries(state).map(([name, { shape }]) => [name, shape])).toEqual([
      ["h", [2, 5]],
      ["c", [2, 5]],
    ]);
  });

  it("takes lengths as any list of numbers", () => {
    const x = drawn<Tensor3D>(1, [2, 4, 3]);
    const plain = layer()
      .run(x, { lengths: [4, 2] })
      .output.dataSync();
    expect(
      layer()
        .run(x, { lengths: Int32Array.of(4, 2) })
        .output.dataSync(),
    ).toEqual(plain);
  });

  it("starts from zeros", () => {
    const x = drawn<Tensor3D>(1, [2, 4, 3]);
    const one = layer();
    expect(one.run(x, { initialState: one.zeroState(2) }).output.dataSync()).toEqual(
      one.run(x).output.dataSync(),
    );
  });

  it.each([[[4, 3]], [[2, 4, 3, 1]]])("refuses an input of shape %j", (shape) => {
    expect(() => layer().run(zeros(shape) as unknown as Tensor3D)).toThrow(coded("RNN_INPUT_RANK"));
  });

  it("refuses an input of another size, and names itself and both sizes", () => {
    expect(() => layer().run(drawn(1, [2, 4, 4]))).toThrow(coded("RNN_INPUT_SIZE"));
    expect(() => layer().run(drawn(1, [2, 4, 4]))).toThrow(
      /encoder expects inputs of size 3, got \[2, 4, 4\][^]*inputSize: 4/,
    );
  });

  it.each([
    ["negative", [-1, 2]],
    ["fractional", [1.5, 2]],
    ["above T", [5, 2]],
    ["NaN", [NaN, 2]],
    ["too few", [2]],
    ["too many", [2, 2, 2]],
  ])("refuses lengths that are %s", (_, lengths) => {
    expect(() => layer().run(drawn(1, [2, 4, 3]), { lengths })).toThrow(coded("RNN_LENGTHS"));
  });

  it.each<[string, Record<string, [number, number]>]>([
    ["lacks a part", { h: [2, 5] }],
    ["has another batch", { h: [3, 5], c: [3, 5] }],
    ["has another size", { h: [2, 5], c: [2, 4] }],
  ])("refuses a state that %s", (_, shapes) => {
    const parts = Object.entries(shapes).map(([name, shape]): [string, Tensor2D] => [name, zeros(shape)]);
    const initialState: CellState = Object.fromEntries(parts);
    expect(() => layer().run(drawn(1, [2, 4, 3]), { initialState })).toThrow(coded("RNN_STATE"));
  });

  it("refuses the fused path for a cell that has none", () => {
    const cell = new JordanCell({ inputSize: 3, hiddenSize: 5, outputSize: 2, random: seeded(1) });
    expect(() => new Recurrent(cell, { path: "fused" })).toThrow(coded("RNN_PATH"));
    expect(() => new Recurrent(cell)).not.toThrow();
  });
});
