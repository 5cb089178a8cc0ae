import type { Random } from "@timestep/base";
import { glorotUniform, zeros } from "@timestep/engine";
import {
  add,
  concat,
  matMul,
  reshape,
  sigmoid,
  slice,
  softmax,
  tanh,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  tidy,
  zeros as zerosTensor,
} from "@tensorflow/tfjs-core";
import { Cell, type CellState, type CellStep } from "./cell.js";

export interface JordanOptions {
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** K: size of the output that is fed back. */
  readonly outputSize: number;
  readonly random: Random;
  /** out(·) in y = out(h·V + c). Default "softmax". */
  readonly output?: "softmax" | "sigmoid" | "linear";
}

/**
 * One step of a Jordan network, which feeds back its *output*: h = tanh(x·W + y·U + b), y' = out(h·V + c).
 *
 * The hidden layer carries nothing; all memory passes through y, where a target can stand in for it. With the
 * targets known (`teacherForced`) no step waits for another.
 *
 * **Shapes.** `input` [B, I], state {y: [B, K]}, output y' [B, K]. Parameters: `inputKernel` [I, H], `feedbackKernel`
 * [K, H], `bias` [H], `outputKernel` [H, K], `outputBias` [K].
 *
 * @see Jordan 1986, Serial order: a parallel distributed processing approach.
 */
export class JordanCell extends Cell {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly stateSizes: Readonly<Record<"y", number>>;
  private readonly activation: "softmax" | "sigmoid" | "linear";
  private readonly inputKernel: Tensor2D;
  private readonly feedbackKernel: Tensor2D;
  private readonly bias: Tensor1D;
  private readonly outputKernel: Tensor2D;
  private readonly outputBias: Tensor1D;

  constructor({ inputSize, hiddenSize, outputSize, random, output }: JordanOptions) {
    super();
    this.inputSize = inputSize;
    this.outputSize = outputSize;
    this.stateSizes = { y: outputSize };
    this.activation = output ?? "softmax";
    this.inputKernel = this.parameter(
      "inputKernel",
      glorotUniform([inputSize, hiddenSize], random),
    ) as Tensor2D;
    this.feedbackKernel = this.parameter(
      "feedbackKernel",
      glorotUniform([outputSize, hiddenSize], random),
    ) as Tensor2D;
    this.bias = this.parameter("bias", zeros([hiddenSize])) as Tensor1D;
    this.outputKernel = this.parameter(
      "outputKernel",
      glorotUniform([hiddenSize, outputSize], random),
    ) as Tensor2D;
    this.outputBias = this.parameter("outputBias", zeros([outputSize])) as Tensor1D;
  }

  override step(input: Tensor2D, state: CellState): CellStep {
    const { y } = state as { y: Tensor2D };
    const next = this.advance(input, y); // [B, K]
    return { output: next, state: { y: next } };
  }

  override outputOf(state: CellState): Tensor2D {
    return state["y"] as Tensor2D;
  }

  /**
   * All steps at once with the true outputs fed back (teacher forcing): step t reads `targets` at t-1, step 0 zeros.
   *
   * `input` [B, T, I], `targets` [B, T, K] -> [B, T, K].
   */
  teacherForced(input: Tensor3D, targets: Tensor3D): Tensor3D {
    const [batch, time] = input.shape;
    return tidy(() => {
      const nothing = zerosTensor([batch, 1, this.outputSize]) as Tensor3D;
      const previous = concat([nothing, slice(targets, [0, 0, 0], [-1, time - 1, -1])], 1); // [B, T, K]
      const rows = this.advance(
        reshape(input, [batch * time, this.inputSize]),
        reshape(previous, [batch * time, this.outputSize]),
      );
      return reshape(rows, [batch, time, this.outputSize]);
    });
  }

  private advance(input: Tensor2D, fedBack: Tensor2D): Tensor2D {
    const hidden = tanh(
      add(add(matMul(input, this.inputKernel), matMul(fedBack, this.feedbackKernel)), this.bias),
    );
    const sum = add(matMul(hidden as Tensor2D, this.outputKernel), this.outputBias) as Tensor2D; // [B, K]
    switch (this.activation) {
      case "softmax":
        return softmax(sum);
      case "sigmoid":
        return sigmoid(sum);
      case "linear":
        return sum;
    }
  }
}
