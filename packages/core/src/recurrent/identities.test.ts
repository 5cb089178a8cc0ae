import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectClose } from "@timestep/testing";
import {
  add,
  grad,
  matMul,
  mul,
  reshape,
  slice,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { drawn, everything, scattered, setParameters } from "./cells.fixture.js";
import type { Cell, CellState, SequenceResult } from "./cell.js";
import { ClockworkCell } from "./clockwork-cell.js";
import { ElmanCell } from "./elman-cell.js";
import { GruCell, type GruReset } from "./gru-cell.js";
import { LstmCell } from "./lstm-cell.js";
import { Recurrent } from "./recurrent.js";
import { ScrnCell } from "./scrn-cell.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

const inputSize = 2;
const hiddenSize = 3;
const lengths = [4, 2];
const sizes = { inputSize, hiddenSize, random: seeded(1) };
const input = (): Tensor3D => drawn(5, [2, 4, inputSize]);
const startH = (): Tensor2D => drawn(6, [2, hiddenSize], 0.5);

/** A bias under which a sigmoid is 1 to the last bit; under its negative the sigmoid is below 1e-17. */
const open = 40;
const times = (value: number): number[] => new Array<number>(hiddenSize).fill(value);
const valuesOf = (cell: Cell, name: string): Tensor =>
  cell.parameters().find(({ path }) => path === name)?.variable as Tensor;
const numbers = (x: Tensor): number[] => Array.from(x.dataSync());

/** Compares two runs in value and in the gradient of the input. */
function expectEqualRuns(one: (x: Tensor3D) => Tensor, other: (x: Tensor3D) => Tensor): void {
  const x = input();
  const value = one(x);
  expect(value.size).toBeGreaterThan(0);
  expectClose(value, other(x), 1e-5);
  const weights = drawn(7, value.shape);
  const slope = (f: (x: Tensor3D) => Tensor): Tensor =>
    grad((given: Tensor) => sum(mul(f(given as Tensor3D), weights)))(x);
  expectClose(slope(one), slope(other), 1e-4);
}

const outputOf =
  (cell: Cell, path: "reference" | "auto", initialState: CellState) =>
  (x: Tensor3D): Tensor =>
    new Recurrent(cell, { path }).run(x, { lengths, initialState }).output;

/** An Elman cell with the given weights. */
function elman(inputKernel: Tensor, recurrentKernel: Tensor, bias: Tensor): ElmanCell {
  const cell = new ElmanCell(sizes);
  setParameters(cell, {
    inputKernel: numbers(inputKernel),
    recurrentKernel: numbers(recurrentKernel),
    bias: numbers(bias),
  });
  return cell;
}

/** The columns of one gate. */
const gate = (kernel: Tensor, index: number): Tensor =>
  kernel.rank === 1
    ? slice(kernel as Tensor1D, index * hiddenSize, hiddenSize)
    : slice(kernel as Tensor2D, [0, index * hiddenSize], [-1, hiddenSize]);

describe.each(["reference", "auto"] as const)("by the %s path", (path) => {
  it.each([false, true])("an LSTM with zero peepholes is an LSTM, plain output %s", async (plainOutput) => {
    const plain = scattered(new LstmCell({ ...sizes, plainOutput }));
    const peeping = new LstmCell({ ...sizes, plainOutput, peepholes: true });
    const weights = await plain.weights();
    peeping.loadWeights(
      weights.set("peepholes", { shape: [3 * hiddenSize], data: new Float32Array(3 * hiddenSize) }),
    );
    const initialState = { h: startH(), c: drawn<Tensor2D>(8, [2, hiddenSize]) };
    const run =
      (cell: Cell) =>
      (x: Tensor3D): Tensor =>
        everything(new Recurrent(cell, { path }).run(x, { lengths, initialState }));
    expectEqualRuns(run(peeping), run(plain));
    // And the peepholes are not idle: other values give another result.
    setParameters(peeping, { peepholes: new Array<number>(3 * hiddenSize).fill(0.5) });
    expect(numbers(run(peeping)(input()))).not.toEqual(numbers(run(plain)(input())));
  });

  it("an LSTM that forgets all, with open gates and plain output, is an Elman network", () => {
    // c' = 0·c + 1·g and h' = 1·c' leave h' = tanh(x·Wg + h·Ug + bg).
    const lstm = scattered(new LstmCell({ ...sizes, plainOutput: true }));
    const bias = numbers(gate(valuesOf(lstm, "bias"), 3));
    setParameters(lstm, { bias: [...times(open), ...times(-open), ...times(open), ...bias] });
    const same = elman(
      gate(valuesOf(lstm, "inputKernel"), 3),
      gate(valuesOf(lstm, "recurrentKernel"), 3),
      gate(valuesOf(lstm, "bias"), 3),
    );
    const c = drawn<Tensor2D>(8, [2, hiddenSize]);
    expectEqualRuns(outputOf(lstm, path, { h: startH(), c }), outputOf(same, path, { h: startH() }));
  });

  it.each<GruReset>(["before", "after", "none"])(
    "a GRU with u = r = 1 is an Elman network, reset %s",
    (reset) => {
      const gru = scattered(new GruCell({ ...sizes, reset }));
      const last = reset === "none" ? 1 : 2;
      const candidate = numbers(gate(valuesOf(gru, "bias"), last));
      const gates = new Array<number[]>(last).fill(times(open)).flat();
      setParameters(gru, { bias: [...gates, ...candidate] });
      const bias = gate(valuesOf(gru, "bias"), last);
      const same = elman(
        gate(valuesOf(gru, "inputKernel"), last),
        gate(valuesOf(gru, "recurrentKernel"), last),
        reset === "after" ? add(bias, valuesOf(gru, "candidateBias")) : bias,
      );
      expectEqualRuns(outputOf(gru, path, { h: startH() }), outputOf(same, path, { h: startH() }));
    },
  );

  it("a clockwork network of one module that moves each step is an Elman network", () => {
    const clockwork = scattered(new ClockworkCell({ ...sizes, periods: [1] }));
    const [inputKernel, recurrentKernel, bias] = ["inputKernel", "recurrentKernel", "bias"].map((name) =>
      valuesOf(clockwork, name),
    ) as [Tensor, Tensor, Tensor];
    const { clock } = new Recurrent(clockwork).zeroState(2) as { clock: Tensor2D };
    expectEqualRuns(
      outputOf(clockwork, path, { h: startH(), clock }),
      outputOf(elman(inputKernel, recurrentKernel, bias), path, { h: startH() }),
    );
  });

  it("an SCRN with alpha 0 is an Elman network read through (1 + h)/2", () => {
    // With s' = x·B, h' = σ(x·(A + B·P) + h·R + b). As σ(z) = (1 + tanh(z/2))/2, k = 2h - 1 follows
    // k' = tanh(x·(A + B·P)/2 + k·R/4 + b/2 + Σ rows of R/4).
    const scrn = scattered(new ScrnCell({ ...sizes, contextSize: 2, alpha: 0 }));
    const [contextInput, context, inputKernel, recurrent, bias] = [
      "contextInputKernel",
      "contextKernel",
      "inputKernel",
      "recurrentKernel",
      "bias",
    ].map((name) => valuesOf(scrn, name)) as [Tensor2D, Tensor2D, Tensor2D, Tensor2D, Tensor1D];
    const same = elman(
      mul(0.5, add(inputKernel, matMul(contextInput, context))),
      mul(0.25, recurrent),
      add(mul(0.5, bias), mul(0.25, sum(recurrent, 0))),
    );
    const full =
      (cell: Cell, initialState: CellState) =>
      (x: Tensor3D): SequenceResult =>
        new Recurrent(cell, { path }).run(x, { initialState });
    const slow = full(scrn, { h: startH(), s: drawn(9, [2, 2]) });
    const fast = full(same, { h: sub(mul(2, startH()), 1) });
    const fastUnits = (x: Tensor3D): Tensor => slice(slow(x).output, [0, 0, 0], [-1, -1, hiddenSize]);
    expectEqualRuns(fastUnits, (x) => mul(0.5, add(1, fast(x).output)));
    // The context holds the last input alone.
    const contextUnits = (x: Tensor3D): Tensor => slice(slow(x).output, [0, 0, hiddenSize], [-1, -1, 2]);
    expectEqualRuns(contextUnits, (x) =>
      reshape(matMul(reshape(x, [8, inputSize]), contextInput), [2, 4, 2]),
    );
  });
});
