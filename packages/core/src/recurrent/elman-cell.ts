import type { Random } from "@timestep/base";
import { glorotUniform, orthogonal, zeros } from "@timestep/engine";
import { add, matMul, relu, tanh, type Tensor1D, type Tensor2D } from "@tensorflow/tfjs-core";
import {
  Cell,
  type CellState,
  type CellStep,
  type LinearInput,
  type SequenceRequest,
  type SequenceResult,
} from "./cell.js";
import { fusedElman } from "./fused-elman.js";
import type { CellKernel } from "./kernel.js";

export interface ElmanOptions {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly random: Random;
  /** Default tanh. */
  readonly activation?: "tanh" | "relu";
}

/**
 * One step of the simple recurrent network: h' = act(x·W + h·U + b).
 *
 * **Shapes.** `input` [B, I], state {h: [B, H]}. Parameters: `inputKernel` [I, H], `recurrentKernel` [H, H], `bias` [H].
 *
 * @see Elman 1990, Finding structure in time, doi:10.1207/s15516709cog1402_1.
 */
export class ElmanCell extends Cell {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly stateSizes: Readonly<Record<"h", number>>;
  readonly activation: "tanh" | "relu";
  readonly inputKernel: Tensor2D;
  readonly recurrentKernel: Tensor2D;
  readonly bias: Tensor1D;

  constructor({ inputSize, hiddenSize, random, activation }: ElmanOptions) {
    super();
    this.inputSize = inputSize;
    this.outputSize = hiddenSize;
    this.stateSizes = { h: hiddenSize };
    this.activation = activation ?? "tanh";
    this.inputKernel = this.parameter(
      "inputKernel",
      glorotUniform([inputSize, hiddenSize], random),
    ) as Tensor2D;
    this.recurrentKernel = this.parameter(
      "recurrentKernel",
      orthogonal(hiddenSize, hiddenSize, random),
    ) as Tensor2D;
    this.bias = this.parameter("bias", zeros([hiddenSize])) as Tensor1D;
  }

  override step(input: Tensor2D, state: CellState): CellStep {
    return this.advance(matMul(input, this.inputKernel), state);
  }

  override linearInput(): LinearInput {
    return { kernel: this.inputKernel, step: (fromInput, state) => this.advance(fromInput, state) };
  }

  override fused(request: SequenceRequest): SequenceResult {
    return fusedElman(this, request);
  }

  override kernel(): CellKernel {
    return {
      name: "TimestepElman",
      parameters: [this.inputKernel, this.recurrentKernel, this.bias],
      states: ["h"],
      keeps: false,
      form: { relu: this.activation === "relu" },
    };
  }
  private advance(fromInput: Tensor2D, state: CellState): CellStep {
    const { h } = state as { h: Tensor2D };
    const sum = add(add(fromInput, matMul(h, this.recurrentKernel)), this.bias);
    const next = (this.activation === "relu" ? relu(sum) : tanh(sum)) as Tensor2D; // [B, H]
    return { output: next, state: { h: next } };
  }
}
