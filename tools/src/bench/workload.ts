import type { CellKind } from "@timestep/core";

/** Cells whose products are counted here. */
export const benchCells = ["elman", "gru", "lstm"] as const satisfies readonly CellKind[];
export type BenchCell = (typeof benchCells)[number];

/** Forward and backward with every gradient, the input's too; or forward alone. */
export const benchModes = ["train", "infer"] as const;
export type BenchMode = (typeof benchModes)[number];

/** A recurrent layer over a batch of sequences, all of full length. */
export interface Workload {
  readonly cell: BenchCell;
  readonly mode: BenchMode;
  readonly bidirectional: boolean;
  readonly T: number;
  readonly B: number;
  readonly I: number;
  readonly H: number;
}

/** Sizes and directions without a cell. */
export type WorkloadShape = Omit<Workload, "cell" | "mode">;

const gates: Readonly<Record<BenchCell, number>> = { elman: 1, gru: 3, lstm: 4 };

/** Floats that the backward pass finds for each unit and step, beside the output. */
const kept: Readonly<Record<BenchCell, number>> = { elman: 0, gru: 4, lstm: 5 };

const trainingShapes: readonly WorkloadShape[] = [
  shape(50, 32, 256, 256),
  shape(30, 32, 128, 128),
  { ...shape(200, 16, 128, 256), bidirectional: true },
  shape(50, 64, 512, 512),
];
const inferenceShapes: readonly WorkloadShape[] = [
  shape(50, 32, 256, 256),
  shape(50, 64, 512, 512),
  shape(20, 1, 128, 128),
];

/** The workloads that results are stated for: training of LSTM and GRU, inference of the LSTM. */
export const standardWorkloads: readonly Workload[] = [
  ...(["lstm", "gru"] as const).flatMap((cell) =>
    trainingShapes.map((sizes): Workload => ({ cell, mode: "train", ...sizes })),
  ),
  ...inferenceShapes.map((sizes): Workload => ({ cell: "lstm", mode: "infer", ...sizes })),
];

function shape(T: number, B: number, I: number, H: number): WorkloadShape {
  return { bidirectional: false, T, B, I, H };
}

/**
 * Reads `T,B,I,H` or `T,B,I,H,bi`.
 *
 * @throws {RangeError} when the text is neither.
 */
export function parseShape(text: string): WorkloadShape {
  const parts = text.split(",");
  const bidirectional = parts[4] === "bi";
  const sizes = parts.slice(0, bidirectional ? 4 : undefined).map(Number);
  const [T = 0, B = 0, I = 0, H = 0] = sizes;
  if (sizes.length !== 4 || sizes.some((size) => !Number.isInteger(size) || size < 1)) {
    throw new RangeError(
      `--shape takes T,B,I,H as four whole numbers from 1, then ",bi" for both directions; got "${text}"`,
    );
  }
  return { ...shape(T, B, I, H), bidirectional };
}

/** For instance `lstm train T50 B32 I256 H256`, with `bilstm` for both directions. */
export function workloadName({ cell, mode, bidirectional, T, B, I, H }: Workload): string {
  return `${bidirectional ? "bi" : ""}${cell} ${mode} T${T} B${B} I${I} H${H}`;
}

/**
 * Multiplications and additions of the products, two for each pair: 2·B·T·G·H·(I + H) for each direction with G gates.
 * The backward pass has two products for each of the forward pass. What the gates themselves compute is not counted.
 */
export function operations({ cell, mode, bidirectional, T, B, I, H }: Workload): number {
  return 2 * B * T * gates[cell] * H * (I + H) * (bidirectional ? 2 : 1) * (mode === "train" ? 3 : 1);
}

/** Bytes that a workload cannot do without. */
export interface WorkloadBytes {
  /** Read or written once in a pass: input, weights, output, what is kept for the backward pass, and gradients. */
  readonly once: number;
  /** Recurrent weights, which every step needs again. */
  readonly again: number;
  /** The size of those weights: it says which cache they are read from. */
  readonly weights: number;
}

/**
 * The least traffic of a workload. Each tensor is counted once for each pass that needs it; the recurrent weights are
 * counted for every step, because a step cannot start before the last one has ended.
 */
export function workloadBytes({ cell, mode, bidirectional, T, B, I, H }: Workload): WorkloadBytes {
  const directions = bidirectional ? 2 : 1;
  const recurrent = gates[cell] * H * H * directions;
  const parameters = recurrent + gates[cell] * H * (I + 1) * directions;
  const input = B * T * I;
  const output = B * T * H * directions;
  const forward = input + parameters + output;
  if (mode === "infer") return { once: 4 * forward, again: 4 * recurrent * (T - 1), weights: 4 * recurrent };
  const saved = kept[cell] * output;
  // Backward: input, output, its gradient, what was kept and the weights in; gradients of input and weights out.
  const backward = input + 2 * output + saved + parameters + input + parameters;
  return {
    once: 4 * (forward + saved + backward),
    again: 4 * recurrent * 2 * (T - 1),
    weights: 4 * recurrent,
  };
}
