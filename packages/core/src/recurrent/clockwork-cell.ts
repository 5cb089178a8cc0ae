import { ConfigError, type Random } from "@timestep/base";
import { glorotUniform, orthogonal, zeros } from "@timestep/engine";
import {
  add,
  equal,
  floor,
  matMul,
  mul,
  sub,
  tanh,
  tensor2d,
  type Tensor1D,
  type Tensor2D,
  tile,
  div,
  cast,
  keep,
} from "@tensorflow/tfjs-core";
import { Cell, type CellState, type CellStep } from "./cell.js";

export interface ClockworkOptions {
  readonly inputSize: number;
  /** Divided evenly among the modules. */
  readonly hiddenSize: number;
  readonly random: Random;
  /** Steps between the moves of each module, fastest first. Default 1, 2, 4, 8. */
  readonly periods?: readonly number[];
}

/**
 * One step of a clockwork network: an Elman network whose hidden units form modules with clocks. A module moves only
 * when its period divides t, and hears only from modules as slow as itself or slower.
 *
 *   h'ₘ = tanh(x·W + h·U + b)ₘ where t mod periodₘ = 0, else hₘ      U is zero from faster to slower modules
 *
 * The time t is part of the state, so that each row of a batch, and each stream, has its own.
 *
 * **Shapes.** `input` [B, I], state {h: [B, H], clock: [B, 1]}. Parameters: `inputKernel` [I, H], `recurrentKernel`
 * [H, H] (from row to column), `bias` [H].
 *
 * @throws {ConfigError} CLOCKWORK_PERIODS when the periods are not whole, not rising or do not divide hiddenSize evenly.
 * @see Koutník et al. 2014, arXiv:1402.3511.
 */
export class ClockworkCell extends Cell {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly stateSizes: Readonly<Record<"h" | "clock", number>>;
  private readonly inputKernel: Tensor2D;
  private readonly recurrentKernel: Tensor2D;
  private readonly bias: Tensor1D;
  /** [1, H]: the period of each unit. */
  private readonly periods: Tensor2D;
  /** [H, H]: 1 where a connection is allowed. */
  private readonly allowed: Tensor2D;

  constructor({ inputSize, hiddenSize, random, periods = [1, 2, 4, 8] }: ClockworkOptions) {
    super();
    checkPeriods(periods, hiddenSize);
    this.inputSize = inputSize;
    this.outputSize = hiddenSize;
    this.stateSizes = { h: hiddenSize, clock: 1 };
    this.inputKernel = this.parameter(
      "inputKernel",
      glorotUniform([inputSize, hiddenSize], random),
    ) as Tensor2D;
    this.recurrentKernel = this.parameter(
      "recurrentKernel",
      orthogonal(hiddenSize, hiddenSize, random),
    ) as Tensor2D;
    this.bias = this.parameter("bias", zeros([hiddenSize])) as Tensor1D;
    const unitPeriods = Array.from(
      { length: hiddenSize },
      (_, unit) => periods[Math.floor((unit * periods.length) / hiddenSize)] as number,
    );
    this.periods = keep(tensor2d([unitPeriods]));
    this.allowed = keep(tensor2d(unitPeriods.map((from) => unitPeriods.map((to) => (from >= to ? 1 : 0)))));
  }

  override step(input: Tensor2D, state: CellState): CellStep {
    const { h, clock } = state as { h: Tensor2D; clock: Tensor2D };
    const kernel = mul(this.recurrentKernel, this.allowed) as Tensor2D;
    const proposal = tanh(add(add(matMul(input, this.inputKernel), matMul(h, kernel)), this.bias));
    const turns = div(tile(clock, [1, this.outputSize]), this.periods); // [B, H]
    const moves = cast(equal(floor(turns), turns), "float32");
    const next = add(mul(proposal, moves), mul(h, sub(1, moves))) as Tensor2D; // [B, H]
    return { output: next, state: { h: next, clock: add(clock, 1) as Tensor2D } };
  }

  override dispose(): void {
    super.dispose();
    this.periods.dispose();
    this.allowed.dispose();
  }
}

function checkPeriods(periods: readonly number[], hiddenSize: number): void {
  const rising = periods.every(
    (p, i) => Number.isInteger(p) && p >= 1 && (i === 0 || p > (periods[i - 1] as number)),
  );
  if (periods.length === 0 || !rising || hiddenSize % periods.length !== 0) {
    throw new ConfigError(
      "CLOCKWORK_PERIODS",
      `a clockwork cell of size ${hiddenSize} got periods [${periods.join(", ")}]; they must be whole, rising, and their number must divide the size.`,
      { hint: "For instance periods [1, 2, 4, 8] with a size that is a multiple of 4." },
    );
  }
}
