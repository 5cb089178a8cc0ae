import type { Random } from "@timestep/base";
import { glorotUniform, orthogonal, sideBySide, zeros, type Values } from "@timestep/engine";
import { add, matMul, mul, sigmoid, split, tanh, type Tensor1D, type Tensor2D } from "@tensorflow/tfjs-core";
import {
  Cell,
  type CellState,
  type CellStep,
  type LinearInput,
  type SequenceRequest,
  type SequenceResult,
} from "./cell.js";
import { fusedLstm } from "./fused-lstm.js";
import type { CellKernel } from "./kernel.js";

export interface LstmOptions {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly random: Random;
  /** Lets the gates see the cell state (Gers & Schmidhuber 2000). Default false. */
  readonly peepholes?: boolean;
  /** a = o∘c without the tanh, as some texts write it. Default false. */
  readonly plainOutput?: boolean;
  /** Where the forget gate starts; default 1, so that a new cell remembers. */
  readonly forgetBias?: number;
}

/**
 * One step of long short-term memory.
 *
 *   i = σ(x·Wi + h·Ui + pi∘c + bi)    f = σ(x·Wf + h·Uf + pf∘c + bf)    g = tanh(x·Wg + h·Ug + bg)
 *   c' = f∘c + i∘g                    o = σ(x·Wo + h·Uo + po∘c' + bo)   h' = o∘tanh(c')
 *
 * The peephole terms p are there with `peepholes` only; with `plainOutput`, h' = o∘c'.
 *
 * **Shapes.** `input` [B, I], state {h: [B, H], c: [B, H]}. Parameters: `inputKernel` [I, 4H], `recurrentKernel`
 * [H, 4H], `bias` [4H], gates in order i, f, o, g; `peepholes` [3H] in order i, f, o.
 *
 * @see Hochreiter & Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735; forget gate: Gers et al. 2000,
 *   doi:10.1162/089976600300015015; peepholes: Gers & Schmidhuber 2000, doi:10.1109/IJCNN.2000.861302.
 */
export class LstmCell extends Cell {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly stateSizes: Readonly<Record<"h" | "c", number>>;
  readonly plainOutput: boolean;
  readonly inputKernel: Tensor2D;
  readonly recurrentKernel: Tensor2D;
  readonly bias: Tensor1D;
  readonly peepholes: Tensor1D | undefined;

  constructor({ inputSize, hiddenSize, random, peepholes, plainOutput, forgetBias }: LstmOptions) {
    super();
    this.inputSize = inputSize;
    this.outputSize = hiddenSize;
    this.stateSizes = { h: hiddenSize, c: hiddenSize };
    this.plainOutput = plainOutput ?? false;
    const gates = <T>(make: () => T): T[] => Array.from({ length: 4 }, make);
    this.inputKernel = this.parameter(
      "inputKernel",
      sideBySide(gates(() => glorotUniform([inputSize, hiddenSize], random))),
    ) as Tensor2D;
    this.recurrentKernel = this.parameter(
      "recurrentKernel",
      sideBySide(gates(() => orthogonal(hiddenSize, hiddenSize, random))),
    ) as Tensor2D;
    this.bias = this.parameter("bias", startBias(hiddenSize, forgetBias ?? 1)) as Tensor1D;
    if (peepholes === true) this.peepholes = this.parameter("peepholes", zeros([3 * hiddenSize])) as Tensor1D;
  }

  override step(input: Tensor2D, state: CellState): CellStep {
    return this.advance(matMul(input, this.inputKernel), state);
  }

  override linearInput(): LinearInput {
    return { kernel: this.inputKernel, step: (fromInput, state) => this.advance(fromInput, state) };
  }

  override fused(request: SequenceRequest): SequenceResult {
    return fusedLstm(this, request);
  }

  override kernel(): CellKernel {
    return {
      name: "TimestepLstm",
      parameters: [this.inputKernel, this.recurrentKernel, this.bias],
      states: ["h", "c"],
      extra: this.peepholes,
      keeps: true,
      form: { plainOutput: this.plainOutput },
    };
  }
  private advance(fromInput: Tensor2D, state: CellState): CellStep {
    const { h, c } = state as { h: Tensor2D; c: Tensor2D };
    const gates = add(add(fromInput, matMul(h, this.recurrentKernel)), this.bias); // [B, 4H]
    const [i, f, o, g] = split(gates, 4, 1) as [Tensor2D, Tensor2D, Tensor2D, Tensor2D];
    const [pi, pf, po]: Tensor1D[] = this.peepholes === undefined ? [] : split(this.peepholes, 3);
    const peep = (gate: Tensor2D, weights: Tensor1D | undefined, cell: Tensor2D): Tensor2D =>
      weights === undefined ? gate : add(gate, mul(weights, cell));
    const kept = mul(sigmoid(peep(f, pf, c)), c);
    const written = mul(sigmoid(peep(i, pi, c)), tanh(g));
    const nextC = add(kept, written) as Tensor2D; // [B, H]
    const open = sigmoid(peep(o, po, nextC));
    const nextH = mul(open, this.plainOutput ? nextC : tanh(nextC)) as Tensor2D; // [B, H]
    return { output: nextH, state: { h: nextH, c: nextC } };
  }
}

/** Zeros, and `forgetBias` for the forget gate. */
function startBias(hiddenSize: number, forgetBias: number): Values {
  const data = new Float32Array(4 * hiddenSize).fill(forgetBias, hiddenSize, 2 * hiddenSize);
  return { shape: [4 * hiddenSize], data };
}
