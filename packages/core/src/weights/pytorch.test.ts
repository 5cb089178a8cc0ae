import { seeded } from "@timestep/base";
import { startEngine, type Values } from "@timestep/engine";
import { expectClose } from "@timestep/testing";
import type { Tensor3D } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import type { Cell } from "../recurrent/cell.js";
import { drawn, scattered } from "../recurrent/cells.fixture.js";
import { ElmanCell } from "../recurrent/elman-cell.js";
import { GruCell } from "../recurrent/gru-cell.js";
import { LstmCell } from "../recurrent/lstm-cell.js";
import { Recurrent } from "../recurrent/recurrent.js";
import { add, affine, drawnValues, multiply, rows, sigmoid, tanh } from "./plain.fixture.js";
import { fromPyTorch, type PyTorchKind, toPyTorch } from "./pytorch.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

const [inputs, hidden] = [3, 4];
const sizes = { inputSize: inputs, hiddenSize: hidden, random: seeded(1) };
const cells: Record<PyTorchKind, () => Cell> = {
  RNN: () => new ElmanCell(sizes),
  LSTM: () => new LstmCell(sizes),
  GRU: () => new GruCell(sizes),
};
const gates: Record<PyTorchKind, number> = { RNN: 1, LSTM: 4, GRU: 3 };
const kinds = Object.keys(cells) as PyTorchKind[];

/** A layer of PyTorch with drawn weights under PyTorch's names and shapes. */
function layerOf(kind: PyTorchKind, suffix = "l0"): Map<string, Values> {
  const height = gates[kind] * hidden;
  return new Map([
    [`weight_ih_${suffix}`, drawnValues(1, [height, inputs])],
    [`weight_hh_${suffix}`, drawnValues(2, [height, hidden])],
    [`bias_ih_${suffix}`, drawnValues(3, [height])],
    [`bias_hh_${suffix}`, drawnValues(4, [height])],
  ]);
}

/** The equations of torch.nn.RNN, LSTM and GRU, as their documentation states them, in plain code. */
function byDocumentation(
  kind: PyTorchKind,
  weights: Map<string, Values>,
  x: readonly number[][],
): number[][] {
  const part = (name: string, gate: number): Values =>
    rows(weights.get(`${name}_l0`) as Values, gates[kind], gate);
  const fromInput = (gate: number, step: number[]): number[] =>
    affine(part("weight_ih", gate), step, part("bias_ih", gate));
  const fromState = (gate: number, h: number[]): number[] =>
    affine(part("weight_hh", gate), h, part("bias_hh", gate));
  let h = new Array<number>(hidden).fill(0);
  let c = h;
  return x.map((step) => {
    const sum = (gate: number): number[] => add(fromInput(gate, step), fromState(gate, h));
    if (kind === "RNN") h = tanh(sum(0));
    else if (kind === "LSTM") {
      const [i, f, g, o] = [sigmoid(sum(0)), sigmoid(sum(1)), tanh(sum(2)), sigmoid(sum(3))];
      c = add(multiply(f, c), multiply(i, g));
      h = multiply(o, tanh(c));
    } else {
      const [r, z] = [sigmoid(sum(0)), sigmoid(sum(1))];
      const n = tanh(add(fromInput(2, step), multiply(r, fromState(2, h))));
      h = h.map((old, k) => (1 - (z[k] as number)) * (n[k] as number) + (z[k] as number) * old);
    }
    return h;
  });
}

describe.each(kinds)("%s of PyTorch", (kind) => {
  it("computes what PyTorch's documentation says", () => {
    const weights = layerOf(kind);
    const cell = cells[kind]();
    cell.loadWeights(fromPyTorch(kind, weights));
    const x = drawn<Tensor3D>(5, [1, 6, inputs]);
    const { output } = new Recurrent(cell).run(x);
    expectClose(output, byDocumentation(kind, weights, x.arraySync()[0] as number[][]).flat(), 1e-5);
  });

  it("comes back from PyTorch's layout to the bit", async () => {
    const cell = scattered(cells[kind]());
    const weights = await cell.weights();
    expect(fromPyTorch(kind, toPyTorch(kind, weights))).toEqual(weights);
  });

  it("goes to PyTorch's layout and back as the same layer, biases added up", () => {
    const weights = layerOf(kind);
    const again = toPyTorch(kind, fromPyTorch(kind, weights));
    expect([...again.keys()].toSorted()).toEqual([...weights.keys()].toSorted());
    for (const [name, values] of again) expect(values.shape, name).toEqual(weights.get(name)?.shape);
    expect(again.get("weight_ih_l0")).toEqual(weights.get("weight_ih_l0"));
    expect(again.get("weight_hh_l0")).toEqual(weights.get("weight_hh_l0"));
    const x = Array.from({ length: 3 }, (_, t) => [t, 0.5, -t]);
    expectClose(byDocumentation(kind, again, x).flat(), byDocumentation(kind, weights, x).flat(), 1e-5);
  });

  it("picks layer and direction by name", () => {
    const both = new Map([...layerOf(kind), ...layerOf(kind, "l1_reverse")]);
    for (const [name, values] of both)
      if (name.endsWith("reverse")) values.data.forEach((v, n) => (values.data[n] = -v));
    const forward = fromPyTorch(kind, both).get("inputKernel") as Values;
    const backward = fromPyTorch(kind, both, "l1_reverse").get("inputKernel") as Values;
    expectClose(backward, { shape: forward.shape, data: forward.data.map((v) => -v) }, 0);
  });

  it("names what is missing, and shapes that do not hold the gates", () => {
    const weights = layerOf(kind);
    weights.delete("bias_hh_l0");
    expect(() => fromPyTorch(kind, weights)).toThrow(expect.objectContaining({ code: "IMPORT_MISSING" }));
    expect(() => fromPyTorch(kind, weights)).toThrow(/"bias_hh_l0"[^]*weight_ih_l0/);
    expect(() => toPyTorch(kind, new Map())).toThrow(expect.objectContaining({ code: "IMPORT_MISSING" }));
    const flat = layerOf(kind).set("weight_hh_l0", drawnValues(1, [gates[kind] * hidden * hidden]));
    expect(() => fromPyTorch(kind, flat)).toThrow(expect.objectContaining({ code: "IMPORT_SHAPE" }));
    if (kind === "RNN") return; // any number of rows is one gate
    const uneven = layerOf(kind).set("weight_hh_l0", drawnValues(1, [gates[kind] * hidden + 1, hidden]));
    expect(() => fromPyTorch(kind, uneven)).toThrow(expect.objectContaining({ code: "IMPORT_SHAPE" }));
  });
});
