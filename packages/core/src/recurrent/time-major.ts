import {
  concat,
  customGrad,
  matMul,
  mul,
  ones,
  reshape,
  slice,
  split,
  sub,
  type Tensor,
  tensor2d,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  transpose,
} from "@tensorflow/tfjs-core";
import { aliveAt } from "./scan.js";

/**
 * What the time-fused passes share. Inside them a sequence lies time-major as rows [T·B, size], so that one step is
 * a run of B rows and a product over all steps is one matrix product.
 */

/** [B, T, size] -> [T·B, size] */
export function toRows(sequence: Tensor3D): Tensor2D {
  const [batch, time, size] = sequence.shape;
  return reshape(transpose(sequence, [1, 0, 2]), [time * batch, size]);
}

/** [T·B, size] -> [B, T, size] */
export function fromRows(rows: Tensor2D, batch: number): Tensor3D {
  const size = rows.shape[1];
  return transpose(reshape(rows, [rows.shape[0] / batch, batch, size]), [1, 0, 2]);
}

/** [T·B, size] -> T times [B, size] */
export function stepsOf(rows: Tensor2D, batch: number): Tensor2D[] {
  return split(rows, rows.shape[0] / batch, 0);
}

/** The order in which the steps run. */
export function runOrder(time: number, reverse: boolean): number[] {
  return Array.from({ length: time }, (_, i) => (reverse ? time - 1 - i : i));
}

/** Which rows are alive when: per step, and for all steps at once; undefined where nothing has ended. */
export interface Mask {
  readonly steps: readonly (Tensor2D | undefined)[];
  /** [T·B, 1] */
  readonly rows: Tensor2D | undefined;
}

export function maskOf(lengths: readonly number[], time: number): Mask {
  const steps = Array.from({ length: time }, (_, t) => aliveAt(t, lengths));
  if (steps.every((step) => step === undefined)) return { steps, rows: undefined };
  const alive = Array.from({ length: time }, (_, t) => lengths.map((length) => (t < length ? 1 : 0))).flat();
  return { steps, rows: tensor2d(alive, [alive.length, 1]) };
}

/** x, or zeros in rows that have ended. */
export function alive<T extends Tensor>(x: T, mask: Tensor2D | undefined): T {
  return mask === undefined ? x : mul(x, mask);
}

/** 1 - mask, or undefined. */
export function ended(mask: Tensor2D | undefined): Tensor2D | undefined {
  return mask === undefined ? undefined : sub(1, mask);
}

/** The gradients that all fused passes end with, from dz, the gradient of the gate sums. */
export interface ProductGradients {
  readonly input: Tensor3D;
  readonly inputKernel: Tensor2D;
  readonly recurrentKernel: Tensor2D;
  readonly bias: Tensor1D;
}

export interface ProductInputs {
  /** [T·B, G·H] */
  readonly dz: Tensor2D;
  /** As `dz`, where the recurrent product has another gradient than the input product. */
  readonly dzRecurrent?: Tensor2D;
  /** [T·B, I] */
  readonly inputRows: Tensor2D;
  /** What the recurrent kernel was multiplied with at each step, [T·B, H]. */
  readonly previous: Tensor2D;
  readonly inputKernel: Tensor2D;
  readonly batch: number;
}

/** One large product each, after the time loop. */
export function productGradients(inputs: ProductInputs): ProductGradients {
  const { dz, dzRecurrent = dz, inputRows, previous, inputKernel, batch } = inputs;
  return {
    input: fromRows(matMul(dz, inputKernel, false, true), batch),
    inputKernel: matMul(inputRows, dz, true, false),
    recurrentKernel: matMul(previous, dzRecurrent, true, false),
    bias: columnSums(dz),
  };
}

/** Σ over rows, as a product: faster than a reduction on every engine tried. */
export function columnSums(rows: Tensor2D): Tensor1D {
  return reshape(matMul(ones([1, rows.shape[0]]) as Tensor2D, rows), [rows.shape[1]]);
}

/**
 * A function of several tensors with a hand-written gradient that gives several tensors: TF.js's `customGrad` takes
 * one result, so they are laid under one another as rows of equal width and cut apart again.
 */
export function fusedFunction(
  inputs: readonly Tensor[],
  width: number,
  forward: () => { readonly results: readonly Tensor2D[]; readonly saved: readonly Tensor[] },
  backward: (gradients: readonly Tensor2D[], saved: readonly Tensor[]) => Tensor[],
): Tensor2D[] {
  const heights: number[] = [];
  const cut = (rows: Tensor2D): Tensor2D[] => {
    if (heights.length === 1) return [rows];
    let offset = 0;
    return heights.map((height) => {
      const part = slice(rows, [offset, 0], [height, width]);
      offset += height;
      return part;
    });
  };
  const run = customGrad((...args) => {
    const save = args.at(-1) as unknown as (tensors: readonly Tensor[]) => void;
    const { results, saved } = forward();
    for (const result of results) heights.push(result.shape[0]);
    save(saved);
    return {
      value: concat([...results], 0),
      gradFunc: (dy: Tensor, kept: Tensor[]) => backward(cut(dy as Tensor2D), kept),
    };
  });
  return cut(run(...inputs) as Tensor2D);
}
