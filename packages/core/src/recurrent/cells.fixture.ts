import { seeded } from "@timestep/base";
import { concat, reshape, type Tensor, tensor, type Tensor2D, type Tensor3D } from "@tensorflow/tfjs-core";
import type { Module } from "../module.js";
import type { Cell, CellState, SequenceResult } from "./cell.js";
import { ClockworkCell } from "./clockwork-cell.js";
import { ElmanCell } from "./elman-cell.js";
import { GruCell } from "./gru-cell.js";
import { JordanCell } from "./jordan-cell.js";
import { LstmCell } from "./lstm-cell.js";
import { ScrnCell } from "./scrn-cell.js";
import { scan } from "./scan.js";

export const inputSize = 2;
export const hiddenSize = 4;

const sizes = () => ({ inputSize, hiddenSize, random: seeded(1) });

/** Every cell with every option that changes its equations. */
export const everyCell: Readonly<Record<string, () => Cell>> = {
  "Elman tanh": () => new ElmanCell(sizes()),
  "Elman relu": () => new ElmanCell({ ...sizes(), activation: "relu" }),
  LSTM: () => new LstmCell(sizes()),
  "LSTM plain output": () => new LstmCell({ ...sizes(), plainOutput: true }),
  "LSTM peepholes": () => new LstmCell({ ...sizes(), peepholes: true }),
  "LSTM peepholes, plain output": () => new LstmCell({ ...sizes(), peepholes: true, plainOutput: true }),
  "GRU after": () => new GruCell({ ...sizes(), reset: "after" }),
  "GRU before": () => new GruCell({ ...sizes(), reset: "before" }),
  "GRU none": () => new GruCell({ ...sizes(), reset: "none" }),
  "Jordan softmax": () => new JordanCell({ ...sizes(), outputSize: 3 }),
  "Jordan sigmoid": () => new JordanCell({ ...sizes(), outputSize: 3, output: "sigmoid" }),
  "Jordan linear": () => new JordanCell({ ...sizes(), outputSize: 3, output: "linear" }),
  Clockwork: () => new ClockworkCell({ ...sizes(), periods: [1, 2] }),
  SCRN: () => new ScrnCell({ ...sizes(), contextSize: 2, alpha: 0.7 }),
};

/** Those with a time-fused form. */
export const fusedCells = Object.entries(everyCell).filter(([name]) => /^(Elman|LSTM|GRU)/.test(name));

/** Seeded normal values. */
export function drawn<T extends Tensor>(seed: number, shape: readonly number[], deviation = 1): T {
  const random = seeded(seed);
  const size = shape.reduce((product, n) => product * n, 1);
  return tensor(
    Float32Array.from({ length: size }, () => deviation * random.normal()),
    [...shape],
  ) as T;
}

/** Gives every parameter normal values, so that none is at a zero where a mistake would not show. */
export function scattered<M extends Module>(module: M, seed = 2, deviation = 0.5): M {
  const random = seeded(seed);
  module.loadWeights(
    new Map(
      module.parameters().map(({ path, variable }) => {
        const data = Float32Array.from({ length: variable.size }, () => deviation * random.normal());
        return [path, { shape: variable.shape, data }];
      }),
    ),
  );
  return module;
}

/** A state away from zero; a clock stands at another whole time in each row. */
export function drawnState(cell: Cell, batch: number, seed = 3): CellState {
  return Object.fromEntries(
    Object.entries(cell.stateSizes).map(([name, size], index): [string, Tensor2D] => [
      name,
      name === "clock"
        ? (tensor(
            Array.from({ length: batch }, (_, row) => row),
            [batch, 1],
          ) as Tensor2D)
        : drawn(seed + index, [batch, size], 0.5),
    ]),
  );
}

/** Output and every state as one vector. */
export function everything({ output, state }: SequenceResult): Tensor {
  return concat([output, ...Object.values(state)].map((part) => reshape(part, [-1])));
}

/** What a gradient check of a cell over a sequence needs: a function of input and state, and all that it depends on. */
export interface SequenceCheck {
  readonly f: (...inputs: Tensor[]) => Tensor;
  readonly inputs: readonly Tensor[];
}

/**
 * A cell scanned over three steps of three rows of lengths 3, 1 and 2, from a state away from zero. A clock is whole
 * time and has no gradient, so it is held fixed.
 */
export function sequenceCheck(cell: Cell, options: { reverse: boolean }): SequenceCheck {
  const lengths = [3, 1, 2];
  const state = drawnState(scattered(cell), lengths.length);
  const names = Object.keys(state).filter((name) => name !== "clock");
  const input = drawn<Tensor3D>(7, [lengths.length, 3, cell.inputSize]);
  const f = (x: Tensor, ...states: Tensor[]): Tensor => {
    const given = Object.fromEntries(names.map((name, index) => [name, states[index] as Tensor2D]));
    const initialState = { ...state, ...given };
    return everything(scan(cell, { input: x as Tensor3D, lengths, initialState, ...options }));
  };
  return {
    f: f as (...inputs: Tensor[]) => Tensor,
    inputs: [
      input,
      ...names.map((name) => state[name] as Tensor2D),
      ...cell.parameters().map((p) => p.variable),
    ],
  };
}

/** Sets a parameter by hand; values row by row. */
export function setParameter(module: Module, path: string, values: readonly number[]): void {
  const parameter = module.parameters().find((candidate) => candidate.path === path);
  if (parameter === undefined) throw new Error(`no parameter "${path}"`);
  const next = tensor([...values], parameter.variable.shape, "float32");
  parameter.variable.assign(next as typeof parameter.variable);
  next.dispose();
}

/** Sets several parameters by hand. */
export function setParameters(module: Module, values: Readonly<Record<string, readonly number[]>>): void {
  for (const [path, numbers] of Object.entries(values)) setParameter(module, path, numbers);
}
