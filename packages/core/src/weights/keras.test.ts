import { seeded } from "@timestep/base";
import { startEngine, type Values } from "@timestep/engine";
import { expectClose } from "@timestep/testing";
import type { Tensor3D } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import type { Cell } from "../recurrent/cell.js";
import { drawn } from "../recurrent/cells.fixture.js";
import { ElmanCell } from "../recurrent/elman-cell.js";
import { GruCell } from "../recurrent/gru-cell.js";
import { LstmCell } from "../recurrent/lstm-cell.js";
import { Recurrent } from "../recurrent/recurrent.js";
import { fromKeras, type KerasKind } from "./keras.js";
import { add, affine, columns, drawnValues, multiply, rows, sigmoid, tanh } from "./plain.fixture.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

const [inputs, hidden] = [3, 4];
const sizes = { inputSize: inputs, hiddenSize: hidden, random: seeded(1) };
const gates: Record<KerasKind, number> = { SimpleRNN: 1, LSTM: 4, GRU: 3 };

interface Case {
  readonly name: string;
  readonly kind: KerasKind;
  readonly cell: () => Cell;
  /** GRU only. */
  readonly resetAfter: boolean;
}

const cases: Case[] = [
  { name: "SimpleRNN", kind: "SimpleRNN", cell: () => new ElmanCell(sizes), resetAfter: false },
  { name: "LSTM", kind: "LSTM", cell: () => new LstmCell(sizes), resetAfter: false },
  {
    name: "GRU, reset_after",
    kind: "GRU",
    cell: () => new GruCell({ ...sizes, reset: "after" }),
    resetAfter: true,
  },
  {
    name: "GRU, reset before",
    kind: "GRU",
    cell: () => new GruCell({ ...sizes, reset: "before" }),
    resetAfter: false,
  },
];

function layerOf({ kind, resetAfter }: Case): Map<string, Values> {
  const width = gates[kind] * hidden;
  return new Map([
    ["kernel", drawnValues(1, [inputs, width])],
    ["recurrent_kernel", drawnValues(2, [hidden, width])],
    ["bias", drawnValues(3, resetAfter ? [2, width] : [width])],
  ]);
}

/** Keras' layers in plain code: gates i, f, c, o and z, r, h; h = z h' + (1-z) ĥ. */
function byDocumentation(
  { kind, resetAfter }: Case,
  weights: Map<string, Values>,
  x: readonly number[][],
): number[][] {
  const count = gates[kind];
  const stored = weights.get("bias") as Values;
  const width = count * hidden;
  const biasOf = (row: number): Values => ({
    shape: [width],
    data: stored.data.slice(row * width, (row + 1) * width),
  });
  const kernel = (name: string, gate: number): Values => columns(weights.get(name) as Values, count, gate);
  const fromInput = (gate: number, step: number[]): number[] =>
    affine(kernel("kernel", gate), step, rows(biasOf(0), count, gate));
  const fromState = (gate: number, h: number[]): number[] =>
    affine(kernel("recurrent_kernel", gate), h, resetAfter ? rows(biasOf(1), count, gate) : undefined);
  let h = new Array<number>(hidden).fill(0);
  let c = h;
  return x.map((step) => {
    const sum = (gate: number): number[] => add(fromInput(gate, step), fromState(gate, h));
    if (kind === "SimpleRNN") h = tanh(sum(0));
    else if (kind === "LSTM") {
      c = add(multiply(sigmoid(sum(1)), c), multiply(sigmoid(sum(0)), tanh(sum(2))));
      h = multiply(sigmoid(sum(3)), tanh(c));
    } else {
      const [z, r] = [sigmoid(sum(0)), sigmoid(sum(1))];
      const recurrent = resetAfter ? multiply(r, fromState(2, h)) : fromState(2, multiply(r, h));
      const candidate = tanh(add(fromInput(2, step), recurrent));
      h = h.map((old, k) => (z[k] as number) * old + (1 - (z[k] as number)) * (candidate[k] as number));
    }
    return h;
  });
}

describe.each(cases)("$name of Keras", (given) => {
  it("computes what Keras' documentation says", () => {
    const weights = layerOf(given);
    const cell = given.cell();
    cell.loadWeights(fromKeras(given.kind, weights));
    const x = drawn<Tensor3D>(5, [1, 6, inputs]);
    const { output } = new Recurrent(cell).run(x);
    expectClose(output, byDocumentation(given, weights, x.arraySync()[0] as number[][]).flat(), 1e-5);
  });

  it("names what is missing", () => {
    const weights = layerOf(given);
    weights.delete("recurrent_kernel");
    expect(() => fromKeras(given.kind, weights)).toThrow(expect.objectContaining({ code: "IMPORT_MISSING" }));
    expect(() => fromKeras(given.kind, weights)).toThrow(/"recurrent_kernel"/);
  });

  it("refuses shapes that do not hold the gates", () => {
    const shape = given.kind === "SimpleRNN" ? [inputs] : [inputs, gates[given.kind] * hidden + 1];
    const weights = layerOf(given).set("kernel", drawnValues(1, shape));
    expect(() => fromKeras(given.kind, weights)).toThrow(expect.objectContaining({ code: "IMPORT_SHAPE" }));
  });
});

it("refuses two biases where Keras has one", () => {
  const lstm = cases[1] as Case;
  const weights = layerOf(lstm).set("bias", drawnValues(3, [2, 4 * hidden]));
  expect(() => fromKeras("LSTM", weights)).toThrow(expect.objectContaining({ code: "IMPORT_SHAPE" }));
});
