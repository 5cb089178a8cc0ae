import { ConfigError, type Random } from "@timestep/base";
import { glorotUniform, orthogonal, zeros } from "@timestep/engine";
import { add, concat, matMul, mul, sigmoid, type Tensor1D, type Tensor2D } from "@tensorflow/tfjs-core";
import { Cell, type CellState, type CellStep } from "./cell.js";

export interface ScrnOptions {
  readonly inputSize: number;
  /** H: fast units. */
  readonly hiddenSize: number;
  /** S: slow context units. Default a quarter of hiddenSize, at least 1. */
  readonly contextSize?: number;
  /** How much of the context stays at each step, in [0, 1). Default 0.95. */
  readonly alpha?: number;
  readonly random: Random;
}

/**
 * One step of a structurally constrained recurrent network: slow context units beside fast ones.
 *
 *   s' = (1-α) x·B + α s        h' = σ(s'·P + x·A + h·R + b)        output = [h', s']
 *
 * The context is linear and nearly an identity, so it keeps a topic where h forgets it.
 *
 * **Shapes.** `input` [B, I], state {h: [B, H], s: [B, S]}, output [B, H+S]. Parameters: `contextInputKernel` [I, S],
 * `contextKernel` [S, H], `inputKernel` [I, H], `recurrentKernel` [H, H], `bias` [H].
 *
 * @throws {ConfigError} SCRN_ALPHA when alpha is outside [0, 1).
 * @see Mikolov et al. 2014, Learning longer memory in recurrent neural networks, arXiv:1412.7753.
 */
export class ScrnCell extends Cell {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly stateSizes: Readonly<Record<"h" | "s", number>>;
  private readonly alpha: number;
  private readonly contextInputKernel: Tensor2D;
  private readonly contextKernel: Tensor2D;
  private readonly inputKernel: Tensor2D;
  private readonly recurrentKernel: Tensor2D;
  private readonly bias: Tensor1D;

  constructor({ inputSize, hiddenSize, contextSize, alpha = 0.95, random }: ScrnOptions) {
    super();
    if (!(alpha >= 0 && alpha < 1)) {
      throw new ConfigError("SCRN_ALPHA", `alpha must lie in [0, 1), got ${alpha}.`, {
        hint: "0.95 is usual.",
      });
    }
    const slow = contextSize ?? Math.max(1, Math.floor(hiddenSize / 4));
    this.inputSize = inputSize;
    this.outputSize = hiddenSize + slow;
    this.stateSizes = { h: hiddenSize, s: slow };
    this.alpha = alpha;
    this.contextInputKernel = this.parameter(
      "contextInputKernel",
      glorotUniform([inputSize, slow], random),
    ) as Tensor2D;
    this.contextKernel = this.parameter(
      "contextKernel",
      glorotUniform([slow, hiddenSize], random),
    ) as Tensor2D;
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
    const { h, s } = state as { h: Tensor2D; s: Tensor2D };
    const fresh = mul(1 - this.alpha, matMul(input, this.contextInputKernel));
    const context = add(fresh, mul(this.alpha, s)) as Tensor2D; // [B, S]
    const fromInput = add(matMul(input, this.inputKernel), matMul(context, this.contextKernel));
    const hidden = sigmoid(add(add(fromInput, matMul(h, this.recurrentKernel)), this.bias)) as Tensor2D; // [B, H]
    return { output: concat([hidden, context], 1), state: { h: hidden, s: context } };
  }

  override outputOf(state: CellState): Tensor2D {
    const { h, s } = state as { h: Tensor2D; s: Tensor2D };
    return concat([h, s], 1);
  }
}
