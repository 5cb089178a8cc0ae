import type { Random } from "@timestep/base";
import { glorotUniform, orthogonal, sideBySide, zeros } from "@timestep/engine";
import {
  add,
  matMul,
  mul,
  sigmoid,
  slice,
  sub,
  tanh,
  type Tensor1D,
  type Tensor2D,
} from "@tensorflow/tfjs-core";
import {
  Cell,
  type CellState,
  type CellStep,
  type LinearInput,
  type SequenceRequest,
  type SequenceResult,
} from "./cell.js";
import { fusedGru } from "./fused-gru.js";
import type { CellKernel } from "./kernel.js";

/** Where the relevance gate acts: on the state, on its product with the kernel, or nowhere (the simplified GRU). */
export type GruReset = "before" | "after" | "none";

export interface GruOptions {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly random: Random;
  /** Default "after", the form of PyTorch and cuDNN. */
  readonly reset?: GruReset;
}

/**
 * One step of a gated recurrent unit, with update gate u and relevance gate r.
 *
 *   u = σ(x·Wu + h·Uu + bu)    r = σ(x·Wr + h·Ur + br)    h' = u∘n + (1-u)∘h
 *   before: n = tanh(x·Wn + (r∘h)·Un + bn)      after: n = tanh(x·Wn + r∘(h·Un + cn) + bn)
 *   none:   n = tanh(x·Wn + h·Un + bn), and there is no r
 *
 * Here u says how much is *new*. PyTorch, Keras and ONNX write z = 1-u; the importers turn the sign.
 *
 * **Shapes.** `input` [B, I], state {h: [B, H]}. Parameters, G = 3 gates in order u, r, n (2 without r):
 * `inputKernel` [I, G·H], `recurrentKernel` [H, G·H], `bias` [G·H]; with "after", `candidateBias` [H] (cn above).
 *
 * @see Cho et al. 2014, arXiv:1406.1078; the simplified form: Chung et al. 2014, arXiv:1412.3555 without its reset.
 */
export class GruCell extends Cell {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly stateSizes: Readonly<Record<"h", number>>;
  readonly reset: GruReset;
  readonly inputKernel: Tensor2D;
  readonly recurrentKernel: Tensor2D;
  readonly bias: Tensor1D;
  readonly candidateBias: Tensor1D | undefined;

  constructor({ inputSize, hiddenSize, random, reset }: GruOptions) {
    super();
    this.inputSize = inputSize;
    this.outputSize = hiddenSize;
    this.stateSizes = { h: hiddenSize };
    this.reset = reset ?? "after";
    const count = this.reset === "none" ? 2 : 3;
    const gates = <T>(make: () => T): T[] => Array.from({ length: count }, make);
    this.inputKernel = this.parameter(
      "inputKernel",
      sideBySide(gates(() => glorotUniform([inputSize, hiddenSize], random))),
    ) as Tensor2D;
    this.recurrentKernel = this.parameter(
      "recurrentKernel",
      sideBySide(gates(() => orthogonal(hiddenSize, hiddenSize, random))),
    ) as Tensor2D;
    this.bias = this.parameter("bias", zeros([count * hiddenSize])) as Tensor1D;
    if (this.reset === "after")
      this.candidateBias = this.parameter("candidateBias", zeros([hiddenSize])) as Tensor1D;
  }

  override step(input: Tensor2D, state: CellState): CellStep {
    return this.advance(matMul(input, this.inputKernel), state);
  }

  override linearInput(): LinearInput {
    return { kernel: this.inputKernel, step: (fromInput, state) => this.advance(fromInput, state) };
  }

  override fused(request: SequenceRequest): SequenceResult {
    return fusedGru(this, request);
  }

  override kernel(): CellKernel {
    return {
      name: "TimestepGru",
      parameters: [this.inputKernel, this.recurrentKernel, this.bias],
      states: ["h"],
      extra: this.candidateBias,
      keeps: true,
      form: { reset: this.reset },
    };
  }

  private advance(product: Tensor2D, state: CellState): CellStep {
    const { h } = state as { h: Tensor2D };
    const fromInput = add(product, this.bias) as Tensor2D; // [B, G·H]
    const gateCount = this.reset === "none" ? 1 : 2; // sigmoid gates, before the candidate
    const kernel = this.reset === "before" ? this.columns(this.recurrentKernel, 0, 2) : this.recurrentKernel;
    const fromState = matMul(h, kernel) as Tensor2D;
    const open = sigmoid(
      add(this.columns(fromInput, 0, gateCount), this.columns(fromState, 0, gateCount)),
    ) as Tensor2D;
    const candidate = tanh(
      add(this.columns(fromInput, gateCount), this.candidateFromState(h, fromState, open)),
    ); // [B, H]
    const update = this.columns(open, 0);
    const next = add(mul(update, candidate), mul(sub(1, update), h)) as Tensor2D; // [B, H]
    return { output: next, state: { h: next } };
  }

  private candidateFromState(h: Tensor2D, fromState: Tensor2D, open: Tensor2D): Tensor2D {
    switch (this.reset) {
      case "before":
        return matMul(mul(this.columns(open, 1), h) as Tensor2D, this.columns(this.recurrentKernel, 2));
      case "after":
        return mul(this.columns(open, 1), add(this.columns(fromState, 2), this.candidateBias as Tensor1D));
      case "none":
        return this.columns(fromState, 1);
    }
  }

  /** The part of gate `from`, or of `count` gates from there on. */
  private columns(x: Tensor2D, from: number, count = 1): Tensor2D {
    return slice(x, [0, from * this.outputSize], [-1, count * this.outputSize]);
  }
}
