import { type Random, ShapeError } from "@timestep/base";
import { glorotUniform, zeros } from "@timestep/engine";
import { add, matMul, reshape, type Tensor, type Tensor1D, type Tensor2D, tidy } from "@tensorflow/tfjs-core";
import { Module } from "../module.js";

export interface DenseOptions {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly random: Random;
  /** Default true. */
  readonly bias?: boolean;
}

/**
 * y = x·W + b over the last axis.
 *
 * **Shapes.** [..., I] -> [..., outputSize]. Parameters: `kernel` [I, outputSize], `bias` [outputSize].
 */
export class Dense extends Module {
  readonly inputSize: number;
  readonly outputSize: number;
  private readonly kernel: Tensor2D;
  private readonly bias: Tensor1D | undefined;

  constructor({ inputSize, outputSize, random, bias }: DenseOptions) {
    super();
    this.inputSize = inputSize;
    this.outputSize = outputSize;
    this.kernel = this.parameter("kernel", glorotUniform([inputSize, outputSize], random)) as Tensor2D;
    if (bias !== false) this.bias = this.parameter("bias", zeros([outputSize])) as Tensor1D;
  }

  /** @throws {ShapeError} DENSE_INPUT_SIZE when the last axis of `x` is not `inputSize`. */
  apply<T extends Tensor>(x: T): T {
    const shape = [...x.shape];
    if (shape.at(-1) !== this.inputSize) {
      throw new ShapeError(
        "DENSE_INPUT_SIZE",
        `Dense expects [..., ${this.inputSize}], got [${shape.join(", ")}].`,
        {
          hint: `Set inputSize: ${shape.at(-1) ?? 0}.`,
        },
      );
    }
    return tidy(() => {
      const rows = reshape(x, [-1, this.inputSize]) as Tensor2D;
      const product = matMul(rows, this.kernel);
      const sum = this.bias === undefined ? product : add(product, this.bias);
      return reshape(sum, [...shape.slice(0, -1), this.outputSize]) as T;
    });
  }
}
