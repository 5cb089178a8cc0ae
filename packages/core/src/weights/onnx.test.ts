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
import { fromOnnx, type OnnxKind } from "./onnx.js";
import { add, affine, drawnValues, multiply, rows, sigmoid, tanh } from "./plain.fixture.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

const [inputs, hidden, directions] = [3, 4, 2];
const sizes = { inputSize: inputs, hiddenSize: hidden, random: seeded(1) };
const gates: Record<OnnxKind, number> = { RNN: 1, LSTM: 4, GRU: 3 };

interface Case {
  readonly name: string;
  readonly kind: OnnxKind;
  readonly cell: () => Cell;
  readonly linearBeforeReset: boolean;
  readonly peepholes: boolean;
  readonly bias: boolean;
}

const plain = { linearBeforeReset: false, peepholes: false, bias: true };
const cases: Case[] = [
  { ...plain, name: "RNN", kind: "RNN", cell: () => new ElmanCell(sizes) },
  { ...plain, name: "LSTM", kind: "LSTM", cell: () => new LstmCell(sizes) },
  {
    ...plain,
    name: "LSTM with peepholes",
    kind: "LSTM",
    cell: () => new LstmCell({ ...sizes, peepholes: true }),
    peepholes: true,
  },
  { ...plain, name: "LSTM without biases", kind: "LSTM", cell: () => new LstmCell(sizes), bias: false },
  { ...plain, name: "GRU", kind: "GRU", cell: () => new GruCell({ ...sizes, reset: "before" }) },
  {
    ...plain,
    name: "GRU, linear_before_reset",
    kind: "GRU",
    cell: () => new GruCell({ ...sizes, reset: "after" }),
    linearBeforeReset: true,
  },
];

function operator({ kind, peepholes, bias }: Case): Map<string, Values> {
  const height = gates[kind] * hidden;
  const weights = new Map([
    ["W", drawnValues(1, [directions, height, inputs])],
    ["R", drawnValues(2, [directions, height, hidden])],
  ]);
  if (bias) weights.set("B", drawnValues(3, [directions, 2 * height]));
  if (peepholes) weights.set("P", drawnValues(4, [directions, 3 * hidden]));
  return weights;
}

/** ONNX's operators in plain code: gates i, o, f, c, peepholes i, o, f; gates z, r, h. */
function byDocumentation(
  { kind, linearBeforeReset, bias, peepholes }: Case,
  weights: Map<string, Values>,
  direction: number,
  x: readonly number[][],
): number[][] {
  const count = gates[kind];
  const of = (name: string): Values => {
    const { shape, data } = rows(weights.get(name) as Values, directions, direction);
    return { shape: shape.slice(1), data };
  };
  const biasOf = (gate: number): Values | undefined => (bias ? rows(of("B"), 2 * count, gate) : undefined);
  const fromInput = (gate: number, step: number[]): number[] =>
    affine(rows(of("W"), count, gate), step, biasOf(gate));
  const fromState = (gate: number, h: number[]): number[] =>
    affine(rows(of("R"), count, gate), h, biasOf(count + gate));
  const peep = (index: number, c: number[]): number[] =>
    peepholes ? multiply(Array.from(rows(of("P"), 3, index).data), c) : c.map(() => 0);
  let h = new Array<number>(hidden).fill(0);
  let c = h;
  return x.map((step) => {
    const sum = (gate: number): number[] => add(fromInput(gate, step), fromState(gate, h));
    if (kind === "RNN") h = tanh(sum(0));
    else if (kind === "LSTM") {
      const i = sigmoid(add(sum(0), peep(0, c)));
      const f = sigmoid(add(sum(2), peep(2, c)));
      c = add(multiply(f, c), multiply(i, tanh(sum(3))));
      h = multiply(sigmoid(add(sum(1), peep(1, c))), tanh(c));
    } else {
      const [z, r] = [sigmoid(sum(0)), sigmoid(sum(1))];
      // (r∘h)·R leaves R's bias outside the reset; r∘(h·R + bias) takes it in.
      const reset = multiply(r, h);
      const recurrent = linearBeforeReset ? multiply(r, fromState(2, h)) : fromState(2, reset);
      const candidate = tanh(add(fromInput(2, step), recurrent));
      h = h.map((old, k) => (1 - (z[k] as number)) * (candidate[k] as number) + (z[k] as number) * old);
    }
    return h;
  });
}

describe.each(cases)("$name of ONNX", (given) => {
  it.each([0, 1])("computes what the operator's documentation says, direction %i", (direction) => {
    const weights = operator(given);
    const cell = given.cell();
    cell.loadWeights(
      fromOnnx(given.kind, weights, { direction, linearBeforeReset: given.linearBeforeReset }),
    );
    const x = drawn<Tensor3D>(5, [1, 6, inputs]);
    const steps = x.arraySync()[0] as number[][];
    const { output } = new Recurrent(cell).run(x);
    expectClose(output, byDocumentation(given, weights, direction, steps).flat(), 1e-5);
  });

  it("names what is missing and refuses what does not fit", () => {
    const lacking = operator(given);
    lacking.delete("R");
    expect(() => fromOnnx(given.kind, lacking)).toThrow(expect.objectContaining({ code: "IMPORT_MISSING" }));
    const refused = expect.objectContaining({ code: "IMPORT_SHAPE" }) as Error;
    expect(() => fromOnnx(given.kind, operator(given), { direction: 2 })).toThrow(refused);
    const flat = operator(given).set("W", drawnValues(1, [directions, gates[given.kind] * hidden * inputs]));
    expect(() => fromOnnx(given.kind, flat)).toThrow(refused);
  });
});
